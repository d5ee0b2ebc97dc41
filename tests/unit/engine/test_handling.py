"""How soon somebody acts: like the others while little is known, like themselves once much is."""

from hypothesis import given
from hypothesis import strategies as st

from handrail.engine.handling import SHRUNK_BY, Handling, handling_of

MINUTES = st.lists(st.integers(0, 600), max_size=101)


def test_who_was_never_seen_is_expected_to_be_like_the_others() -> None:
    found = handling_of("ada", teammates=["ada", "ben"], seen={"ben": [4, 8]})
    assert found == Handling(observed=0, minutes=6)


def test_as_many_observations_as_shrink_weigh_half() -> None:
    seen = {"ada": [10] * SHRUNK_BY, "ben": [20]}
    assert handling_of("ada", teammates=["ben"], seen=seen).minutes == 15


def test_nothing_is_made_up_where_nothing_was_seen() -> None:
    assert handling_of("ada", teammates=["ben"], seen={}) == Handling(observed=0)


def test_who_is_alone_is_expected_to_be_like_themselves() -> None:
    assert handling_of("ada", teammates=["ada"], seen={"ada": [3, 4]}).minutes == 4


@given(own=MINUTES, others=MINUTES.filter(bool))
def test_it_lies_between_ones_own_and_the_others(own: list[int], others: list[int]) -> None:
    found = handling_of("ada", teammates=["ben"], seen={"ada": own, "ben": others})
    theirs = sum(others) / len(others)
    mine = sum(own) / len(own) if own else theirs
    assert found.minutes is not None
    assert min(mine, theirs) - 1e-6 <= found.minutes < max(mine, theirs) + 1


@given(own=MINUTES.filter(bool), others=MINUTES.filter(bool))
def test_the_order_of_what_was_seen_is_nothing(own: list[int], others: list[int]) -> None:
    seen = {"ada": own, "ben": others}
    turned = {"ben": others[::-1], "ada": own[::-1]}
    assert handling_of("ada", teammates=["ben"], seen=seen) == handling_of(
        "ada", teammates=["ben", "ada", "ben"], seen=turned
    )
