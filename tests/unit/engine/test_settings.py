"""Settings are read strictly: what cannot be meant is refused with the remedy."""

import base64
from pathlib import Path

import pytest

from handrail.engine.settings import BadSetting, Settings, read_settings

KEY = base64.b64encode(bytes(range(32))).decode()


def test_nothing_said_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({"HANDRAIL_PORT": "", "PATH": "/bin"}) == Settings()


def test_each_kind_of_setting_is_read() -> None:
    read = read_settings(
        {
            "HANDRAIL_DATA_DIR": "/srv/handrail",
            "HANDRAIL_MASTER_KEY": KEY,
            "HANDRAIL_ROLE": "worker",
            "HANDRAIL_PORT": "80",
            "HANDRAIL_OBSERVE": "Yes",
            "HANDRAIL_HOSTS": "a.example, b.example,",
        }
    )
    assert read == Settings(
        data_dir=Path("/srv/handrail"),
        master_key=bytes(range(32)),
        role="worker",
        port=80,
        observe=True,
        hosts=("a.example", "b.example"),
    )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("PORT", "65536", "from 0 to 65535"),
        ("PORT", "-1", "from 0 to 65535"),
        ("PORT", "٨", "from 0 to 65535"),
        ("ROLE", "boss", "all, web, worker"),
        ("SMTP_SECURITY", "ssl", "tls, starttls, none"),
        ("OBSERVE", "maybe", "true"),
        ("MASTER_KEY", "short", "32 bytes in base64"),
        ("MASTER_KEY", base64.b64encode(bytes(32)).decode(), "no secret"),
        ("PUBLIC_URL", "handrail.example", "https://"),
        ("WEBHOOK_URL", "https://x.example", "go together"),
        ("SMTP_HOST", "mail.example", "go together"),
        ("MICROSOFT_TENANT", "acme.example", "go together"),
        ("MICROSOFT_GRAPH_URL", "http://graph.example", "begins with https"),
        ("DATABASE_URI", "x", "did you mean HANDRAIL_DATABASE_URL"),
    ],
)
def test_what_cannot_be_meant_is_refused(name: str, text: str, said: str) -> None:
    with pytest.raises(BadSetting, match=f"HANDRAIL_{name}.*{said}"):
        read_settings({f"HANDRAIL_{name}": text})


@pytest.mark.parametrize("text", ["Handrail", "handrail@", "@acme.example", "a@b", "A <a>"])
def test_the_sender_of_mail_is_an_address(text: str) -> None:
    given = {"HANDRAIL_SMTP_HOST": "mail.example"}
    with pytest.raises(BadSetting, match="HANDRAIL_MAIL_FROM is .*; write an address"):
        read_settings(given | {"HANDRAIL_MAIL_FROM": text})


@pytest.mark.parametrize("text", ["h@acme.example", "Handrail <h@acme.example>", "h@localhost"])
def test_with_or_without_a_name(text: str) -> None:
    given = {"HANDRAIL_SMTP_HOST": "mail.example", "HANDRAIL_MAIL_FROM": text}
    assert read_settings(given).mail_from == text


def test_a_webhook_secret_is_one() -> None:
    given = {"HANDRAIL_WEBHOOK_URL": "https://x.example/in"}
    good = read_settings(given | {"HANDRAIL_WEBHOOK_SECRETS": f"whsec_{KEY},whsec_{KEY}"})
    assert len(good.webhook_secrets) == 2
    for bad in ("secret", KEY, "whsec_c2hvcnQ=", f"whsec_{KEY},x"):
        with pytest.raises(BadSetting, match="HANDRAIL_WEBHOOK_SECRETS"):
            read_settings(given | {"HANDRAIL_WEBHOOK_SECRETS": bad})


def test_a_refusal_never_prints_the_master_key() -> None:
    with pytest.raises(BadSetting) as refused:
        read_settings({"HANDRAIL_MASTER_KEY": "hunter2"})
    assert "hunter2" not in str(refused.value)
