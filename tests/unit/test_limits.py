"""Who may knock how often at a public door."""

from datetime import UTC, datetime, timedelta

from handrail.web.limits import Allowance, Buckets, Callers, network_of

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_a_bucket_empties_and_fills_again_with_time() -> None:
    buckets = Buckets(Allowance(at_once=2, each_s=10))
    assert [buckets.take("a", now=NOW) for _ in range(3)] == [True, True, False]
    assert buckets.take("b", now=NOW)
    later = NOW + timedelta(seconds=10)
    assert [buckets.take("a", now=later) for _ in range(2)] == [True, False]


def test_no_more_are_remembered_than_there_is_room_for() -> None:
    buckets = Buckets(Allowance(at_once=1, each_s=10), known_max=2)
    assert [buckets.take(who, now=NOW) for who in ("a", "b", "c")] == [True, True, True]
    assert not buckets.take("c", now=NOW)
    assert buckets.take("a", now=NOW), "the longest silent is forgotten first"


def test_neighbours_share_a_network() -> None:
    assert network_of("192.0.2.7") == network_of("192.0.2.99") == network_of("::ffff:192.0.2.1")
    assert network_of("2001:db8:1::1") == network_of("2001:db8:1:ffff::2")
    assert network_of("2001:db8:2::1") != network_of("2001:db8:1::1")
    assert network_of("") == network_of("testclient") == "unknown"


def test_many_addresses_of_one_network_do_not_get_more_than_a_network_may() -> None:
    callers = Callers(Allowance(at_once=1, each_s=10))
    let_in = [callers.take(f"192.0.2.{n}", now=NOW) for n in range(10)]
    assert let_in == [True] * 8 + [False] * 2
    assert callers.take("198.51.100.1", now=NOW)
