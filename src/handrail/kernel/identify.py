"""Who is who, by keys: the address of a person, the domain of an account."""

from functools import lru_cache

import tldextract

_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # the bundled list only

FREE_MAIL = frozenset(
    """aol.com fastmail.com gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hey.com
    hotmail.co.uk hotmail.com hotmail.de hotmail.fr icloud.com laposte.net libero.it live.com
    mac.com mail.com mail.ru me.com msn.com naver.com orange.fr outlook.com outlook.de proton.me
    protonmail.com qq.com rocketmail.com t-online.de tutanota.com uol.com.br web.de yahoo.co.in
    yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.fr yandex.com yandex.ru ymail.com
    zoho.com 126.com 163.com""".split()
)


def email_key(address: str) -> str:
    """The address by which a person is known: without display name, in lower case."""
    bare = address.strip()
    if bare.endswith(">") and "<" in bare:
        bare = bare[bare.rindex("<") + 1 : -1]
    return bare.strip().lower()


def email_domain(address: str) -> str | None:
    _, at, domain = email_key(address).rpartition("@")
    return domain.rstrip(".") if at and domain else None


@lru_cache(maxsize=65_536)
def account_domain(domain: str) -> str | None:
    """The registered domain that stands for the company; None for free mail.

    A domain under no known public suffix is an account by its last two labels.
    """
    known = _SUFFIXES(domain)
    if known.suffix and known.domain:
        registered = f"{known.domain}.{known.suffix}"
    else:
        registered = ".".join(domain.split(".")[-2:])
    return None if registered in FREE_MAIL else registered
