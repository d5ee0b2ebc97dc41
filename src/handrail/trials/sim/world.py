"""A world from a seed: rosters that follow one another, and the contracts they work under."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import msgspec

from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from handrail.contract.roster import read_roster_text
from handrail.engine.ports import StoredContract, StoredRoster

ZONES = ("America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")
STARTS = (  # days on which, or near which, something happens to clocks
    date(2026, 3, 2),
    date(2026, 3, 7),
    date(2026, 3, 28),
    date(2026, 4, 30),
    date(2026, 10, 24),
    date(2026, 10, 31),
)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COUNTRIES = ("US", "DE", "FR", "AT")
SIGNALS = ("demo_request", "pricing_view", "webinar", "careers_view", "unsubscribe")
CODES = ("wrong_persona", "elsewhere", "premature", "no_fit", "duplicate", "no_response")
COMPANIES = 5


class RepPlan(msgspec.Struct, frozen=True):
    """A rep as the simulation knows them; spans are minutes after local midnight."""

    id: str
    zone: str
    days: frozenset[int] = frozenset(range(7))
    spans: tuple[tuple[int, int], ...] | None = None  # None: always on shift
    days_off: tuple[date, ...] = ()
    leave: tuple[tuple[date, date], ...] = ()
    joined: date | None = None
    caps: dict[str, int] = {}
    weight: int = 100
    ramp: int = 100
    tier: str = "medium"
    skills: tuple[str, ...] = ()
    territories: tuple[str, ...] | None = None
    conflicts: tuple[str, ...] = ()
    active: bool = True
    cover: str | None = None


class RosterPlan(msgspec.Struct, frozen=True):
    stored: StoredRoster
    reps: dict[str, RepPlan]
    teams: dict[str, tuple[str, ...]]


class ContractPlan(msgspec.Struct, frozen=True):
    stored: StoredContract
    contract: Contract
    needs: dict[str, frozenset[str]]  # by rule
    windows: dict[str, timedelta | None]  # by lead type; None is `same_day`
    strategies: dict[str, str]


class World(msgspec.Struct, frozen=True):
    start: datetime
    is_plain: bool  # nobody is ever ineligible: shares must be exact
    rosters: tuple[RosterPlan, ...]
    contracts: tuple[ContractPlan, ...]

    @property
    def reps(self) -> tuple[str, ...]:
        return tuple(sorted({rep for plan in self.rosters for rep in plan.reps}))

    @property
    def teams(self) -> tuple[str, ...]:
        return tuple(self.rosters[0].teams)


def build_world(seed: int) -> World:
    rng = Random(f"world {seed}")
    start = datetime.combine(rng.choice(STARTS), datetime.min.time(), UTC) + timedelta(
        seconds=rng.randrange(86_400)
    )
    is_plain = rng.random() < 0.15
    teams = ["sales", "field", "expert"][: 1 if is_plain else rng.randint(1, 3)]
    reps = {rep.id: rep for rep in _reps(rng, start.date(), is_plain=is_plain)}
    members = {team: _members(rng, list(reps), is_plain=is_plain) for team in teams}
    clock = "wall" if is_plain else rng.choice(("wall", "business"))
    rosters = [_roster(reps, members, number=1)]
    for number in range(2, 1 if is_plain else 4):
        reps, members = _changed(rng, reps, members, start.date())
        rosters.append(_roster(reps, members, number=number))
    contracts = [
        _contract(rng, teams, clock=clock, is_plain=is_plain, version=version)
        for version in range(1, 2 if is_plain else 3)
    ]
    return World(start=start, is_plain=is_plain, rosters=tuple(rosters), contracts=tuple(contracts))


# --- people


def _reps(rng: Random, today: date, *, is_plain: bool) -> list[RepPlan]:
    names = ("ada", "ben", "cy", "dee", "eva", "finn", "gus", "hana")
    count = rng.randint(2, 3) if is_plain else rng.randint(2, 8)
    if is_plain:
        return [
            RepPlan(id=name, zone="UTC", weight=weight, caps={"timed": 1_000})
            for name, weight in zip(names, rng.sample((100, 300, 50), count), strict=False)
        ]
    return [_rep(rng, name, names[:count], today) for name in names[:count]]


def _rep(rng: Random, name: str, names: Sequence[str], today: date) -> RepPlan:
    days, spans = _shift(rng)
    leave_from = today + timedelta(days=rng.randint(0, 3))
    later = [other for other in names if other > name]  # covers must not go round
    return RepPlan(
        id=name,
        zone=rng.choice(ZONES),
        days=days,
        spans=spans,
        days_off=(today + timedelta(days=1),) if spans and rng.random() < 0.1 else (),
        leave=((leave_from, leave_from + timedelta(days=1)),) if rng.random() < 0.15 else (),
        joined=today + timedelta(days=rng.randint(-40, 1)) if rng.random() < 0.2 else None,
        caps=_caps(rng),
        weight=rng.choice((100, 100, 50, 300)),
        ramp=rng.choice((100, 100, 100, 50)),
        tier=rng.choice(("low", "medium", "high")),
        skills=("german",) if rng.random() < 0.4 else (),
        territories=rng.choice((None, None, None, ("us", "rest"), ("dach",))),
        conflicts=(f"c{rng.randrange(COMPANIES)}.example",) if rng.random() < 0.15 else (),
        active=rng.random() > 0.04,
        cover=rng.choice(later) if later and rng.random() < 0.5 else None,
    )


def _shift(rng: Random) -> tuple[frozenset[int], tuple[tuple[int, int], ...] | None]:
    week, every_day = frozenset(range(5)), frozenset(range(7))
    match rng.randrange(6):
        case 0:
            return week, ((9 * 60, 17 * 60),)
        case 1:
            return every_day, ((8 * 60, 12 * 60), (13 * 60, 18 * 60))
        case 2:
            return frozenset({5, 6, 0, 1}), ((22 * 60, 30 * 60),)
        case _:
            return every_day, None


def _caps(rng: Random) -> dict[str, int]:
    caps: dict[str, int] = {"timed": rng.choice((1, 1, 2, 5))}
    if rng.random() < 0.35:
        caps["open"] = rng.randint(1, 4)
    for period in ("day", "week", "month"):
        if rng.random() < 0.15:
            caps[period] = rng.randint(1, 6)
    return caps


def _members(rng: Random, reps: list[str], *, is_plain: bool) -> tuple[str, ...]:
    if is_plain:
        return tuple(reps)
    return tuple(sorted(rng.sample(reps, rng.randint(1, len(reps)))))


def _changed(
    rng: Random, reps: dict[str, RepPlan], members: dict[str, tuple[str, ...]], today: date
) -> tuple[dict[str, RepPlan], dict[str, tuple[str, ...]]]:
    """The roster after somebody left, somebody came, or somebody's terms changed."""
    after = dict(reps)
    if len(after) > 2 and rng.random() < 0.7:
        gone = rng.choice(sorted(after))
        after.pop(gone)
    changed = rng.choice(sorted(after))
    after[changed] = _rep(rng, changed, sorted(after), today)
    after = {
        name: msgspec.structs.replace(rep, cover=rep.cover if rep.cover in after else None)
        for name, rep in after.items()
    }
    teams = {}
    for team, old in members.items():
        left = [rep for rep in old if rep in after]
        teams[team] = tuple(left) if left else (rng.choice(sorted(after)),)
    return after, teams


def _roster(
    reps: dict[str, RepPlan], members: dict[str, tuple[str, ...]], *, number: int
) -> RosterPlan:
    written = {
        "roster": f"sim-{number}",
        "teams": [
            {"name": team, "manager": "mo", "members": list(names)}
            for team, names in members.items()
        ]
        + [{"name": "desk", "manager": "mo", "members": [sorted(reps)[0]]}],
        "reps": [_written(rep) for rep in reps.values()],
        "people": [{"id": "mo", "name": "Mo Malik", "email": "mo@sim.example"}],
    }
    source = json.dumps(written, indent=1)
    read = read_roster_text(source, name="roster.yaml")
    assert not isinstance(read, tuple), (read, source)
    stored = StoredRoster(digest=read.roster.digest, source=source)
    return RosterPlan(stored=stored, reps=reps, teams={**members, "desk": (sorted(reps)[0],)})


def _written(rep: RepPlan) -> dict[str, Any]:
    written: dict[str, Any] = {
        "id": rep.id,
        "name": rep.id.title(),
        "email": f"{rep.id}@sim.example",
        "timezone": rep.zone,
        "caps": rep.caps,
        "weight": rep.weight,
        "ramp": f"{rep.ramp}%",
        "tier": rep.tier,
        "skills": list(rep.skills),
        "conflicts": list(rep.conflicts),
        "active": rep.active,
    }
    if rep.spans is not None:
        spans = [f"{_minute(start)}-{_minute(end % 1440)}" for start, end in rep.spans]
        written["shift"] = {DAYS[day]: spans for day in sorted(rep.days)}
    if rep.days_off:
        written["holidays"] = [day.isoformat() for day in rep.days_off]
    if rep.leave:
        written["leave"] = [
            {"from": first.isoformat(), "until": last.isoformat()} for first, last in rep.leave
        ]
    if rep.joined is not None:
        written["joined"] = rep.joined.isoformat()
    if rep.territories is not None:
        written["territories"] = list(rep.territories)
    if rep.cover is not None:
        written["cover"] = rep.cover
    return written


def _minute(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


# --- contracts


def _contract(
    rng: Random, teams: list[str], *, clock: str, is_plain: bool, version: int
) -> ContractPlan:
    windows = _windows(rng, is_plain=is_plain)
    written = _clauses(rng, teams, windows, clock=clock, version=version)
    if is_plain:  # a lead has one turn only: nothing moves it, nothing comes before the rules
        written["sla"] = {"clock": clock, "escalation": []}
        written["mql"].pop("again", None)
        written["routing"] = written["routing"][-1:]
    source = json.dumps(written, indent=1)
    read = read_contract_text(source, tables={})
    assert read.contract is not None, (read.findings, source)
    contract = read.contract
    return ContractPlan(
        stored=StoredContract(
            digest=contract.digest,
            name=contract.name,
            version=contract.version,
            source=source,
            tables={},
        ),
        contract=contract,
        needs={rule.name: rule.needs for rule in contract.routing},
        windows={
            kind.name: kind.first_action if isinstance(kind.first_action, timedelta) else None
            for kind in contract.lead_types
        },
        strategies={kind.name: kind.strategy for kind in contract.lead_types},
    )


def _windows(rng: Random, *, is_plain: bool) -> list[tuple[str, str]]:
    if is_plain:
        return [("same_day", "fair")] * 3
    short = rng.choice(("20s", "2m", "5m", "15m"))
    middle = rng.choice(("10m", "30m", "1h30m"))
    long = rng.choice(("same_day", "same_day", "3h", "8h"))
    return [(short, "fastest"), (middle, rng.choice(("fastest", "fair"))), (long, "fair")]


def _clauses(
    rng: Random,
    teams: list[str],
    windows: list[tuple[str, str]],
    *,
    clock: str,
    version: int,
) -> dict[str, Any]:
    kinds = zip(
        ("demo", "raiser", "content"),
        ('seen("demo_request")', 'seen("webinar")', "true"),
        windows,
        strict=True,
    )
    written: dict[str, Any] = {
        "contract": "sim",
        "version": version,
        "timezone": rng.choice(ZONES),
        "owners": {
            "revops": "r@sim.example",
            "marketing": "m@sim.example",
            "sales": "s@sim.example",
        },
        "fields": {
            "lead.country": {"type": "string", "values": list(COUNTRIES)},
            "lead.persona": {"type": "string", "values": ["executive", "student", "other"]},
            "lead.source_campaign": {"type": "string"},
            "account.employees": {"type": "integer", "min": 0},
            "account.csm": {"type": "rep"},
        },
        "scores": _scores(),
        "tiers": {"A": 70, "B": 40, "C": 0},
        "exclude": [{"when": 'lead.persona == "student"', "because": "student"}],
        "territories": [
            {"name": "us", "when": 'lead.country == "US"'},
            {"name": "dach", "when": 'lead.country in ["DE", "AT"]'},
            {"name": "rest", "when": "true"},
        ],
        "lead_types": [
            {"name": name, "when": when, "first_action": window, "strategy": strategy}
            for name, when, (window, strategy) in kinds
        ],
        "mql": _mql(rng),
        "sal": _sal(rng),
        "sql": _sql(rng, teams),
        "routing": _routing(rng, teams),
        "fairness": {"window": rng.choice(("day", "week", "month"))},
        "sla": _sla(rng, teams, clock=clock),
        "triage": {"to": "team:desk", "within": rng.choice(("10m", "4h"))},
    }
    alerts = _alerts(rng)
    return {**written, "alerts": alerts} if alerts else written


def _scores() -> dict[str, Any]:
    return {
        "fit": {
            "cap": 100,
            "rules": [
                {"when": "account.employees >= 100", "add": 50},
                {"when": 'lead.country == "US"', "add": 30},
            ],
        },
        "intent": {
            "cap": 300,
            "signals": {
                "demo_request": {"add": 100},
                "pricing_view": {"add": 30, "at_most": "2 per day"},
                "webinar": {"add": 30, "half_life": "14d"},
                "careers_view": {"add": -20},
            },
            "idle": {"after": "30d", "add": -10, "every": "30d"},
            "reset_on": ["unsubscribe"],
        },
    }


def _mql(rng: Random) -> dict[str, Any]:
    mql: dict[str, Any] = {
        "means": "interest now",
        "any": [
            {"name": "asked", "when": 'lead_type == "demo"'},
            {"name": "warm", "when": "intent >= 30"},
        ],
        "require": ["country", "intent_signals"],
        "if_missing": {
            "demo": rng.choice(("route_and_flag", "triage")),
            "default": rng.choice(("triage", "nurture", "route_and_flag")),
        },
    }
    if rng.random() < 0.6:
        mql["again"] = {"keep_owner": "90d", "needs": "new_signal", "after_rejection": "2h"}
    return mql


def _sal(rng: Random) -> dict[str, Any]:
    sal: dict[str, Any] = {
        "means": "worked now",
        "accept_within": rng.choice(("10m", "1h", "4h")),
        "reject_codes": {
            "wrong_persona": {"then": "recycle"},
            "elsewhere": {"then": "reroute", "credit": rng.random() < 0.5},
            "premature": {"then": "recycle", "after": rng.choice(("1h", "2d"))},
            "no_fit": {"then": "disqualify"},
            "duplicate": {"then": "merge", "credit": True},
            "no_response": {"then": "recycle", "after": "3h"},
        },
    }
    if rng.random() < 0.5:
        sal["accepted_by"] = rng.choice((["accept"], ["accept", "conversation"]))
    if rng.random() < 0.6:
        attempts = rng.randint(1, 3)
        sal["follow_up"] = {"attempts": attempts, "within": "5h", "then": "no_response"}
    return sal


def _sql(rng: Random, teams: list[str]) -> dict[str, Any]:
    clause: dict[str, Any] = {"means": "real", "require": ["problem", "next_step_at"]}
    if rng.random() < 0.4:
        clause["handover"] = {
            "to": ["account.csm", f"team:{rng.choice(teams)}"],
            "accept_within": rng.choice(("1h", "8h")),
        }
    return clause


def _routing(rng: Random, teams: list[str]) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = []
    if rng.random() < 0.4:
        rules.append(
            {"name": "customer", "when": "has(account.csm)", "to": ["account.csm", "continue"]}
        )
    if rng.random() < 0.4:
        rules.append(
            {"name": "owned", "when": "has(account.owner)", "to": ["account.owner", "continue"]}
        )
    if rng.random() < 0.5:
        rules.append(
            {
                "name": "german",
                "when": 'lead.country in ["DE", "AT"]',
                "to": [f"team:{rng.choice(teams)}"],
                "needs": ["german"],
            }
        )
    if len(teams) > 1 and rng.random() < 0.6:
        rules.append(
            {
                "name": "large",
                "when": "account.employees >= 1000",
                "to": [f"team:{team}" for team in rng.sample(teams, 2)],
            }
        )
    rules.append({"name": "everyone", "when": "true", "to": [f"team:{teams[0]}"]})
    return rules


def _sla(rng: Random, teams: list[str], *, clock: str) -> dict[str, Any]:
    steps: list[dict[str, Any]] = []
    for number in range(1, rng.randint(0, 4) + 1):
        do: Any = rng.choice(
            ("reroute", "reroute", "alert_manager", ["alert_manager", f"assign team:{teams[-1]}"])
        )
        steps.append({"breach": number, "do": do})
    if steps and rng.random() < 0.6:
        steps[-1] = {"breach": len(steps), "do": "incident", "repeat": rng.choice(("15m", "2h"))}
    sla: dict[str, Any] = {"clock": clock, "escalation": steps}
    if rng.random() < 0.8:
        sla["warn_at"] = rng.choice(("50%", "60%"))
    return sla


def _alerts(rng: Random) -> dict[str, Any]:
    alerts: dict[str, Any] = {}
    if rng.random() < 0.5:
        alerts["stalled"] = {"after": rng.choice(("6h", "7d"))}
        alerts["no_show_risk"] = {"at": "20%"}
    if rng.random() < 0.5:
        alerts["high_intent"] = {"when": 'count("pricing_view", "2h") >= 2'}
    if rng.random() < 0.4:
        alerts["quiet_hours"] = {"from": "20:00", "until": "07:00"}
    return alerts
