"""What counts as a public key, and what a signature under one holds over."""

import base64

import pytest

from handrail.contract.signatures import FIELD, holds, public_key_of
from handrail.engine.signing import PersonalKey


@pytest.mark.parametrize("side", [0, 1 << 255])
@pytest.mark.parametrize("height", [0, 1, FIELD - 1, FIELD, FIELD + 1])
def test_a_key_under_which_everybody_can_sign_is_none(height: int, side: int) -> None:
    key = base64.b64encode((height | side).to_bytes(32, "little")).decode()
    point = (1).to_bytes(32, "little")  # the neutral one, and nothing beside it
    anybodys = base64.b64encode(point + bytes(32)).decode()
    assert public_key_of(key) is None
    for statement in map(str.encode, "abcdefgh"):  # order 4: holds for each fourth
        assert not holds(public=key, signature=anybodys, statement=statement)


@pytest.mark.parametrize("end", ["05", "85", "7a", "fa"])
def test_a_key_of_order_eight_is_none(end: str) -> None:
    start = {
        "5": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc",
        "a": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03",
    }[end[-1]]
    assert public_key_of(base64.b64encode(bytes.fromhex(start + end)).decode()) is None


def test_a_key_that_somebody_made_is_one() -> None:
    key = PersonalKey.make()
    assert public_key_of(key.public) is not None
    assert holds(public=key.public, signature=key.sign(b"a"), statement=b"a")
