"""The fields of a form as a browser sends them."""

from urllib.parse import parse_qs

from fastapi import Request

FORM_BYTES_MAX = 16_384
FORM_FIELDS_MAX = 100


class TooMuch(Exception):
    """More than any form of ours asks for."""


async def read_form(request: Request) -> dict[str, str]:
    """The first of each name. Raises TooMuch."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES_MAX:
            raise TooMuch
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=FORM_FIELDS_MAX)
    except ValueError as fault:
        raise TooMuch from fault
    return {name: values[0] for name, values in fields.items()}
