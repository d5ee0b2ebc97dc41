"""Forms that anybody may fill in: what they ask for, and what tells a person from a program."""

import base64
import binascii
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

LEAST_FILL = timedelta(seconds=2)  # nobody types an address faster; a program needs none of it
OPEN_FOR = timedelta(hours=12)
NONCE_BYTES = 16
TOKEN_CHARACTERS_MAX = 300
VALUE_CHARACTERS_MAX = 500
FIELDS_MAX = 40
TRAP = "website_2"  # seen by programs only: whoever fills it in is none of ours
TOKEN = "form_token"
DISPOSABLE = "lead.disposable_email"

Kind = Literal["text", "email", "tel", "select", "checkbox"]


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """`name`: ours, such as `lead.country`, or `email`; `also`: names that other forms have for
    it; `options`: what a select offers."""

    name: str
    label: str
    kind: Kind = "text"
    required: bool = False
    also: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


EMAIL = FormField(name="email", label="Work e-mail", kind="email", required=True)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """`signals`: what filling it in is; `always`: attributes that every lead of it has; `source`
    chooses the contract; `origins`: pages elsewhere that may send it, such as
    `https://www.acme.example`."""

    title: str = "Talk to us"
    button: str = "Send"
    thanks: str = "Thank you. You will hear from us."
    fields: tuple[FormField, ...] = (EMAIL,)
    signals: tuple[str, ...] = ()
    always: Mapping[str, str] = {}
    source: str | None = None
    origins: tuple[str, ...] = ()


class FormsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `HANDRAIL_FORMS` names. `disposable`: a file of mail domains, one a line, that throw
    addresses away; leads with one of them are flagged, and none is refused."""

    forms: Mapping[str, Form] = {}
    disposable: str | None = None


class Forms(msgspec.Struct, frozen=True):
    by_name: Mapping[str, Form]
    disposable: frozenset[str] = frozenset()

    @property
    def origins(self) -> frozenset[str]:
        return frozenset(origin for form in self.by_name.values() for origin in form.origins)


class _Shown(msgspec.Struct, frozen=True, array_like=True):
    form: str
    at: datetime
    nonce: str


class NotShown(Exception):
    """The token is not of a form that was shown here lately. `too_fast`: it was, just now."""

    def __init__(self, *, too_fast: bool = False) -> None:
        super().__init__("too fast" if too_fast else "no such form was shown")
        self.too_fast = too_fast


class FormTokens:
    """Says that a form was shown, and when. One token is one source event: sent again, it changes
    nothing, whatever else stands in the form. `secret`: 64 bytes."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESSIV(secret)

    def make(self, form: str, *, now: datetime) -> str:
        nonce = base64.urlsafe_b64encode(os.urandom(NONCE_BYTES)).decode().rstrip("=")
        sealed = self._cipher.encrypt(
            msgspec.json.encode(_Shown(form=form, at=now, nonce=nonce)), [b"handrail form"]
        )
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def read(self, token: str, *, form: str, now: datetime) -> str:
        """The id of the source event. Raises NotShown."""
        if not token or len(token) > TOKEN_CHARACTERS_MAX or not token.isascii():
            raise NotShown
        try:
            sealed = base64.b64decode(
                token + "=" * (-len(token) % 4), altchars=b"-_", validate=True
            )
            shown = msgspec.json.decode(
                self._cipher.decrypt(sealed, [b"handrail form"]), type=_Shown
            )
        except (binascii.Error, ValueError, InvalidTag, msgspec.DecodeError) as fault:
            raise NotShown from fault
        if shown.form != form or now >= shown.at + OPEN_FOR:
            raise NotShown
        if now < shown.at + LEAST_FILL:
            raise NotShown(too_fast=True)
        return f"form:{form}:{shown.nonce}"


def lead_of(
    form: Form, sent: Mapping[str, str], *, id: str, disposable: frozenset[str]
) -> dict[str, object]:
    """What a capture is read from: the form's own fields and nothing else that was sent."""
    lead: dict[str, object] = {"id": id, "signals": list(form.signals)}
    lead.update(form.always)
    if form.source is not None:
        lead["source"] = form.source
    for field in form.fields:
        value = value_of(field, sent)
        if value:
            lead[field.name] = value
    domain = str(lead.get("email", "")).rpartition("@")[2].strip().lower()
    if domain in disposable:
        lead[DISPOSABLE] = True
    return lead


def value_of(field: FormField, sent: Mapping[str, str]) -> str:
    names = (field.name, *field.also)
    text = next((sent[name] for name in names if sent.get(name)), "")
    clean = "".join(char for char in text if char.isprintable()).strip()[:VALUE_CHARACTERS_MAX]
    if field.kind == "select" and field.options and clean not in field.options:
        return ""
    return clean


def lacks(form: Form, sent: Mapping[str, str]) -> tuple[str, ...]:
    """Labels of what is required and was not given."""
    return tuple(
        field.label for field in form.fields if field.required and not value_of(field, sent)
    )
