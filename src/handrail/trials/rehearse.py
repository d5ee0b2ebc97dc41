"""Run a rehearsal: the real engine over the memory twin, in virtual time."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from handrail.contract.read import read_contract_file
from handrail.contract.roster import RosterFile, read_roster
from handrail.engine.alone import facts_seen
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.intake import read_capture
from handrail.engine.items import CaptureItem, Refused
from handrail.engine.ledger import Entry, read_entry, reveal
from handrail.engine.ports import StoredContract, StoredRoster
from handrail.engine.start import conditions_of, loads_of, turns_of
from handrail.engine.vault import Vault
from handrail.store.memory import MemoryStore
from handrail.terms import command as cmd
from handrail.terms.durations import (
    format_offset,
    parse_duration,
    parse_instant,
    parse_offset,
)
from handrail.terms.hours import leave_spans
from handrail.terms.people import Leave, Presence, Span
from handrail.trials.cover_line import give_to_cover
from handrail.trials.meeting_lines import MEETING_LINES, MeetingLine
from handrail.trials.printed import Printed, print_entries
from handrail.trials.rehearsal_file import (
    BadRehearsal,
    Expectation,
    Rehearsal,
    ScriptLine,
    is_rehearsal,
    load_yaml,
    read_rehearsal,
)

TICKS_MAX = 1_000  # wake-ups taken at one instant before we call it a loop
KEY = bytes(range(32))  # rehearsals keep nothing: their vault needs no secret


class Outcome(msgspec.Struct):
    """What one rehearsal did, and where that differs from what it expected."""

    name: str
    ok: bool
    events: list[Printed]
    missing: list[dict[str, Any]]
    unwanted: list[Printed]
    refused: list[dict[str, Any]]
    path: str = ""
    hints: list[str] = []


def rehearsals_in(path: Path) -> list[Path]:
    """The file itself, or every YAML file of the folder that has the key `rehearsal`."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise BadRehearsal(f"{path}: no such file or folder")
    files = sorted((*path.rglob("*.yaml"), *path.rglob("*.yml")))
    return [file for file in files if _mentions(file) and is_rehearsal(load_yaml(file))]


def _mentions(path: Path) -> bool:
    """Whether the key can be there at all; spares parsing what is something else."""
    return b"rehearsal" in path.read_bytes()


async def rehearse(path: Path) -> Outcome:
    """Run the rehearsal of one file. Raises `BadRehearsal` when it cannot be read."""
    return await perform(read_rehearsal(path))


async def perform(rehearsal: Rehearsal) -> Outcome:
    """Run what was read. Raises `BadRehearsal` when its contract or roster cannot be."""
    stage = await _Stage.build(rehearsal)
    await stage.play()
    events = list(print_entries(await stage.entries(), start=rehearsal.start))
    return judge(rehearsal, events, aliases=stage.aliases, refused=stage.refused)


class _Stage:
    """The engine of one rehearsal, and how far its script has come."""

    def __init__(self, rehearsal: Rehearsal, engine: Engine, clock: VirtualClock) -> None:
        self._rehearsal = rehearsal
        self._engine = engine
        self._clock = clock
        self.aliases: dict[str, str] = {}
        self.refused: list[dict[str, Any]] = []

    @classmethod
    async def build(cls, rehearsal: Rehearsal) -> "_Stage":
        contracts = [load_contract(path) for path in (rehearsal.contract, *rehearsal.beside)]
        roster, stored = load_roster(rehearsal.roster)
        clock = VirtualClock(rehearsal.start)
        engine = Engine(store=MemoryStore(), clock=clock, vault=Vault(KEY))
        await _refusing(rehearsal, engine.adopt_roster(stored, actor="system"))
        for contract in contracts:
            await _refusing(rehearsal, engine.adopt_contract(contract, actor="system"))
        if roster.state:
            await engine.assume(
                loads=loads_of(roster.state),
                conditions=conditions_of(roster.state),
                turns=turns_of(roster.state, roster.roster),
            )
        return cls(rehearsal, engine, clock)

    @property
    def now(self) -> datetime:
        return self._clock.now()

    async def play(self) -> None:
        """Wake-ups before script lines at one instant, and those in the file's order."""
        lines = sorted(self._rehearsal.script, key=lambda line: line.at)
        index = 0
        while index < len(lines):
            line = lines[index]
            if line.at > self._rehearsal.until:
                break
            await self._run_to(line.at)
            if line.does == "outage":
                index = await self._outage(lines, index)
                continue
            await self._do(line)
            index += 1
        await self._run_to(self._rehearsal.until)

    async def _run_to(self, until: datetime) -> None:
        """Take every wake-up up to and at `until`, each at its own instant."""
        ticks = 0
        while True:
            due = await self._engine.store.next_wake()
            if due is None or due > until:
                break
            if due > self._clock.now():
                self._clock.move_to(due)
                ticks = 0
            ticks += 1
            assert ticks < TICKS_MAX, f"wake-ups do not end at {due}"
            await self._engine.tick()
        self._clock.move_to(max(until, self._clock.now()))

    async def _outage(self, lines: Sequence[ScriptLine], index: int) -> int:
        """Nothing runs until the outage ends; then what is overdue, then what fell into it."""
        until = lines[index].given["outage"]["until"]
        self._clock.move_to(until)
        await self._run_to(until)
        index += 1
        fallen = []
        while index < len(lines) and lines[index].at < until:
            fallen.append(lines[index])
            index += 1
        for line in sorted(fallen, key=lambda line: line.line):
            await self._do(line)
        return index

    async def _do(self, line: ScriptLine) -> None:
        try:
            await _ACTS[line.does](self, line.given)
        except Refused as fault:
            self.refused.append(
                {
                    "at": format_offset(self._clock.now() - self._rehearsal.start),
                    "line": line.line,
                    "message": fault.message,
                }
            )

    # --- what script lines do

    async def capture(self, given: Mapping[str, Any]) -> None:
        raw = given["lead"]
        if not isinstance(raw, dict):
            raise BadRehearsal(f"{self._rehearsal.path}: `lead` is a mapping with an id")
        item = read_capture({**raw, "signals": []}, place="lead")
        if not isinstance(item, CaptureItem):
            raise BadRehearsal(f"{self._rehearsal.path}: {item[0].place}: {item[0].message}")
        signals = [*_names(raw.get("signals")), *given.get("signals", ())]
        item = msgspec.structs.replace(item, signals=tuple(signals))
        receipts = await self._engine.capture([item], actor="script")
        self.aliases[item.id] = receipts[0].lead

    async def signal(self, given: Mapping[str, Any]) -> None:
        lead = self._lead(given["lead"])
        await self._engine.signal(lead, str(given["signal"]), at=None, actor="script")

    async def presence(self, given: Mapping[str, Any]) -> None:
        presence = Presence(state=given["presence"], until=given.get("until"))
        await self._engine.people.set_presence(str(given["rep"]), presence, actor="script")

    async def busy(self, given: Mapping[str, Any]) -> None:
        span = Span(from_at=given["busy"]["from"], until_at=given["busy"]["until"])
        await self._engine.people.set_busy(str(given["rep"]), [span], actor="script")

    async def calendar(self, given: Mapping[str, Any]) -> None:
        said = given["calendar"]
        spans = [] if said == "stale" else [Span(one["from"], one["until"]) for one in said]
        await self._engine.people.set_calendar(
            str(given["rep"]), busy=sorted(spans), stale=said == "stale", actor="script"
        )

    async def leave(self, given: Mapping[str, Any]) -> None:
        _, roster = await self._engine.in_force()
        rep = str(given["rep"])
        zone = roster.reps[rep].timezone if rep in roster.reps else "UTC"
        begins, ends = given["leave"]["from"], given["leave"]["until"]
        if type(begins) is not type(ends):
            raise BadRehearsal("leave: `from` and `until` are both dates or both instants")
        span = leave_spans([Leave(from_=begins, until=ends)], timezone=zone)[0]
        await self._engine.people.add_leave(rep, span, actor="script")

    async def roster(self, given: Mapping[str, Any]) -> None:
        _, stored = load_roster(self._rehearsal.path.parent / str(given["roster"]))
        await self._engine.adopt_roster(stored, actor="script")

    async def cover(self, given: Mapping[str, Any]) -> None:
        await give_to_cover(self._engine, given)

    async def command(self, lead: Any, command: cmd.Command) -> None:
        await self._engine.command(self._lead(lead), command, actor="script")

    def _lead(self, lead: Any) -> str:
        return self.aliases.get(str(lead), str(lead))

    async def entries(self) -> list[Entry]:
        """All entries, with their personal values."""
        store, vault = self._engine.store, self._engine.vault
        found: list[Entry] = []
        async for chunk in store.entries(after=0, chunk=500):
            keys = await store.keys(sorted({part.lead for part in chunk if part.lead is not None}))
            for stored in chunk:
                entry = read_entry(stored)
                if entry.seal is not None and entry.lead is not None:
                    key = keys[entry.lead]
                    entry = reveal(entry, sealed=stored.sealed, vault=vault, key=key)
                found.append(entry)
        return found


def _names(signals: Any) -> list[tuple[str, None]]:
    return [(str(name), None) for name in signals or ()]


def _note(given: Mapping[str, Any]) -> cmd.Personal:
    reason = given.get("reason")
    return cmd.Personal(note=str(reason) if reason is not None else None)


def _given(given: Mapping[str, Any]) -> dict[str, object]:
    """What the line gives of the names that the contract requires."""
    return dict(given.get("given") or {})


def _accept(given: Mapping[str, Any]) -> cmd.Accept:
    return cmd.Accept(rep=str(given["rep"]), personal=cmd.Personal(attributes=_given(given)))


def _complete(given: Mapping[str, Any]) -> cmd.Complete:
    return cmd.Complete(by=str(given["by"]), personal=cmd.Personal(attributes=_given(given)))


def _qualify(given: Mapping[str, Any]) -> cmd.QualifySql:
    answers = {
        key: value
        for key, value in given.items()
        if key not in ("rep", "qualify", "next_step_at", "given") and value not in (None, "")
    }
    return cmd.QualifySql(
        rep=str(given["rep"]),
        next_step_at=given.get("next_step_at"),
        answers=tuple(answers),
        personal=cmd.Personal(
            note="; ".join(f"{key}: {value}" for key, value in answers.items()) or None,
            attributes=_given(given),
        ),
    )


def _override(given: Mapping[str, Any]) -> cmd.Override:
    owner, stage = given.get("owner"), given.get("stage")
    return cmd.Override(
        by=str(given["by"]),
        owner=str(owner) if owner is not None else None,
        stage=str(stage) if stage is not None else None,
        score=given.get("score"),
        release=bool(given.get("release", False)),
        personal=_note(given),
    )


def _act(given: Mapping[str, Any]) -> cmd.LogAct:
    return cmd.LogAct(
        rep=str(given["rep"]),
        act=given["act"],
        from_at=given.get("from"),
        until_at=given.get("until"),
    )


def _reject(given: Mapping[str, Any]) -> cmd.Reject:
    of = given.get("of")
    return cmd.Reject(
        rep=str(given["rep"]),
        code=str(given["code"]),
        of=str(of) if of is not None else None,
        personal=_note(given),
    )


def _pause(given: Mapping[str, Any]) -> cmd.Pause:
    return cmd.Pause(by=str(given["by"]), until=given["until"], personal=_note(given))


def _close_incident(given: Mapping[str, Any]) -> cmd.CloseIncident:
    note = cmd.Personal(note=str(given["note"])) if "note" in given else cmd.Personal()
    return cmd.CloseIncident(by=str(given["by"]), code=str(given["code"]), personal=note)


def _silence(given: Mapping[str, Any]) -> cmd.SilenceIncident:
    return cmd.SilenceIncident(by=str(given["by"]), until=given["until"], personal=_note(given))


def _talk(given: Mapping[str, Any]) -> cmd.LogConversation:
    rep = given.get("rep")
    return cmd.LogConversation(rep=str(rep) if rep is not None else None)


Act = Callable[[_Stage, Mapping[str, Any]], Coroutine[Any, Any, None]]


def _on(key: str, make: Callable[[Mapping[str, Any]], cmd.Command]) -> Act:
    async def act(stage: _Stage, given: Mapping[str, Any]) -> None:
        await stage.command(given[key], make(given))

    return act


def _about_meeting(key: str, make: MeetingLine) -> Act:
    async def act(stage: _Stage, given: Mapping[str, Any]) -> None:
        await stage.command(given[key], make(given, stage.now))

    return act


_ACTS: Mapping[str, Act] = {
    "lead": _Stage.capture,
    "signal": _Stage.signal,
    "close_incident": _on("close_incident", _close_incident),
    "silence": _on("silence", _silence),
    "presence": _Stage.presence,
    "busy": _Stage.busy,
    "calendar": _Stage.calendar,
    "leave": _Stage.leave,
    "roster": _Stage.roster,
    "cover": _Stage.cover,
    "act": _on("lead", _act),
    "conversation": _on("conversation", _talk),
    "accept": _on("accept", _accept),
    "complete": _on("complete", _complete),
    "reject": _on("reject", _reject),
    "qualify": _on("qualify", _qualify),
    "override": _on("override", _override),
    "pause": _on("pause", _pause),
    **{key: _about_meeting(key, make) for key, make in MEETING_LINES.items()},
    "close": _on("close", lambda given: cmd.Close(outcome=given.get("outcome", "won"))),
}


def load_contract(path: Path) -> StoredContract:
    """The contract file with its tables; its faults end the rehearsal before it begins."""
    read = read_contract_file(path, evaluate=facts_seen, proofs="errors")
    if read.contract is None:
        first = next(f for f in read.findings if f.severity == "error")
        raise BadRehearsal(f"{path}:{first.line}:{first.column}: {first.message}")
    contract = read.contract
    return StoredContract(
        digest=contract.digest,
        name=contract.name,
        version=contract.version,
        source=contract.source,
        tables=dict(contract.table_sources),
    )


def load_roster(path: Path) -> tuple[RosterFile, StoredRoster]:
    read = read_roster(path)
    if isinstance(read, tuple):
        first = next((f for f in read if f.severity == "error"), read[0])
        raise BadRehearsal(f"{path}:{first.line}:{first.column}: {first.message}")
    kind = "csv" if path.suffix.lower() == ".csv" else "yaml"
    source = path.read_text("utf-8-sig")
    return read, StoredRoster(digest=read.roster.digest, source=source, format=kind)  # type: ignore[arg-type]  # one of the two words


async def _refusing(rehearsal: Rehearsal, action: Coroutine[Any, Any, None]) -> None:
    try:
        await action
    except Refused as fault:
        raise BadRehearsal(f"{rehearsal.path}: {fault.message}") from fault


# --- judging


def judge(
    rehearsal: Rehearsal,
    events: Sequence[Printed],
    *,
    aliases: Mapping[str, str],
    refused: list[dict[str, Any]],
) -> Outcome:
    """Hold what happened against what was expected, and against what must never happen."""
    matcher = _Matcher(rehearsal, aliases)
    missing = [want for want in rehearsal.expect if not matcher.any_of(events, want)]
    unwanted = [
        event for event in events if any(matcher.meets(event, ban) for ban in rehearsal.never)
    ]
    return Outcome(
        name=rehearsal.name,
        ok=not missing and not unwanted,
        events=list(events),
        missing=[dict(want.written) for want in missing],
        unwanted=unwanted,
        refused=refused,
        path=str(rehearsal.path),
        hints=[matcher.instead(events, want) for want in missing],
    )


class _Matcher:
    def __init__(self, rehearsal: Rehearsal, aliases: Mapping[str, str]) -> None:
        self._start = rehearsal.start
        self._aliases = aliases

    def any_of(self, events: Sequence[Printed], want: Expectation) -> bool:
        return any(self.meets(event, want) for event in events)

    def meets(self, event: Printed, want: Expectation) -> bool:
        at = self._instant(event["at"])
        if want.at is not None and at != want.at:
            return False
        if want.after is not None and at <= want.after:
            return False
        if want.before is not None and at >= want.before:
            return False
        return all(self._equal(key, event.get(key), value) for key, value in want.keys.items())

    def _equal(self, key: str, have: Any, want: Any) -> bool:
        if have is None:
            return want is None
        if key == "lead":
            return self._lead(have) == self._lead(want)
        if key == "due_at":
            return bool(self._instant(have) == want)
        if key == "late_by":
            return _same_length(str(have), str(want))
        return bool(have == want) or str(have) == str(want)

    def _lead(self, lead: Any) -> str:
        return self._aliases.get(str(lead), str(lead))

    def _instant(self, printed: str) -> datetime:
        if printed.startswith("+"):
            return self._start + parse_offset(printed)
        return parse_instant(printed)

    def instead(self, events: Sequence[Printed], want: Expectation) -> str:
        """What happened instead: the same event at other times, else what was at that time."""
        name = want.keys.get("event")
        same = [event for event in events if event["event"] == name]
        if same:
            return f"{name} happened as: " + "; ".join(_brief(event) for event in same[:4])
        if want.at is not None:
            then = [event for event in events if self._instant(event["at"]) == want.at]
            if then:
                return "at that instant: " + "; ".join(_brief(event) for event in then[:6])
        return f"no {name} happened"


def _same_length(have: str, want: str) -> bool:
    try:
        return parse_duration(have) == parse_duration(want)
    except ValueError:
        return have == want


def _brief(event: Printed) -> str:
    parts = [f"{key} {value}" for key, value in event.items() if key not in ("at", "event")]
    return f"{event['at']} {event['event']} ({', '.join(parts)})"
