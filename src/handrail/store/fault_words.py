"""How broken invariants are told, whichever store finds them."""


def capture_without_lead(capture: str, lead: str) -> str:
    return f"capture {capture} was acknowledged, but its lead {lead} does not exist"


def open_without_wake(handoff: str) -> str:
    return f"handoff {handoff} is open and has no wake-up"


def handoff_without_lead(handoff: str, lead: str) -> str:
    return f"handoff {handoff} belongs to lead {lead}, which does not exist"


def team_without_wake(team: str, waiting: int) -> str:
    return f"team {team} has {waiting} waiting and no wake-up"


def wrong_load(owner: str, kind: str, noted: int, counted: int) -> str:
    return f"{owner} is noted with {noted} {kind}, but has {counted}"


def gaps(head: int, entries: int, last: int) -> str:
    return f"the chain ends at entry {head}, but there are {entries} entries and the last is {last}"


def other_end(head: int) -> str:
    return f"entry {head} has another digest than the end of the chain"


def overlap(rep: str, one: str, other: str) -> str:
    return f"meetings of {rep} overlap: handoffs {one} and {other}"


def parked_without_reason(key: str) -> str:
    return f"delivery {key} is parked without a reason"


def turn_without_entry(seq: int, team: str, rep: str) -> str:
    return f"the turn of {rep} in {team} belongs to entry {seq}, which does not exist"
