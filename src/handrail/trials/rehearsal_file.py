"""A rehearsal's text -> a script in virtual time, or what is wrong with it and where."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, get_args

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode

from handrail.engine.alerts import KINDS
from handrail.terms import event as ev
from handrail.terms.durations import parse_instant, parse_offset
from handrail.trials.script_values import fault_in

BYTES_MAX = 1_000_000
LINES_MAX = 20_000  # of script and of expectations, each

KEYS = frozenset(
    """rehearsal because clause contract roster start until script expect never""".split()
)
"""`because` is for people; `clause` names what the rehearsal speaks of, for `make mutants`."""
LINE_KEYS: Mapping[str, frozenset[str]] = {
    "signal": frozenset({"lead"}),
    "act": frozenset({"rep", "lead", "from", "until"}),
    "conversation": frozenset({"rep"}),
    "accept": frozenset({"rep", "given"}),
    "complete": frozenset({"by", "given"}),
    "reject": frozenset({"rep", "code", "of", "reason"}),
    "qualify": frozenset({"rep", "*"}),
    "override": frozenset({"by", "owner", "stage", "score", "release", "reason"}),
    "pause": frozenset({"by", "until", "reason"}),
    "close_incident": frozenset({"by", "code", "note"}),
    "silence": frozenset({"by", "until", "reason"}),
    "presence": frozenset({"rep", "until"}),
    "busy": frozenset({"rep"}),
    "calendar": frozenset({"rep"}),
    "meeting": frozenset({"rep", "from", "until", "by"}),
    "move": frozenset({"by", "rep", "from", "until"}),
    "cancel": frozenset({"by", "reason"}),
    "confirm": frozenset({"by"}),
    "decline": frozenset({"by"}),
    "joined": frozenset({"who"}),
    "ended": frozenset(),
    "missed": frozenset(),
    "unbooked": frozenset({"mailed"}),
    "leave": frozenset({"rep"}),
    "roster": frozenset(),
    "cover": frozenset({"by", "to", "reason"}),
    "outage": frozenset(),
    "close": frozenset({"outcome"}),
    "lead": frozenset({"signals"}),
}
"""The key that says what a line does -> what may stand beside it. In the order of recognition."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "signal": ("lead",),
    "act": ("rep", "lead"),
    "accept": ("rep",),
    "complete": ("by", "given"),
    "reject": ("rep", "code"),
    "qualify": ("rep",),
    "override": ("by",),
    "pause": ("by", "until"),
    "close_incident": ("by", "code"),
    "silence": ("by", "until", "reason"),
    "presence": ("rep",),
    "busy": ("rep",),
    "calendar": ("rep",),
    "meeting": ("rep", "from", "until"),
    "move": ("by", "rep", "from", "until"),
    "cancel": ("by",),
    "confirm": ("by",),
    "decline": ("by",),
    "joined": ("who",),
    "leave": ("rep",),
    "cover": ("by", "reason"),
}
INSTANT_KEYS = ("at", "from", "until", "next_step_at", "after", "before", "due_at")


EVENTS = frozenset(str(one.__struct_config__.tag) for one in get_args(ev.Event))
ALERT_KINDS = frozenset(KINDS)
BAN_KEYS = frozenset(
    """acted_at after at attempts before by cause clock code due_at event from given kind late_by
    lead lead_type missing next_step_at of reason rep risk rule scores stage step threshold tier to
    until wakes_at""".split()
)


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""


class BadRehearsal(Exception):
    """The file cannot be rehearsed; the message names the place and the remedy."""


class ScriptLine(msgspec.Struct, frozen=True):
    """One thing that happens. `does` is the key that says what; `given` has all keys."""

    at: datetime
    does: str
    given: Mapping[str, Any]
    line: int


class Expectation(msgspec.Struct, frozen=True):
    """One event that must (or must never) be. `written` is as it stands in the file."""

    at: datetime | None
    keys: Mapping[str, Any]
    written: Mapping[str, Any]
    after: datetime | None = None
    before: datetime | None = None


class Rehearsal(msgspec.Struct, frozen=True):
    name: str
    path: Path
    contract: Path
    roster: Path
    start: datetime
    until: datetime
    script: tuple[ScriptLine, ...]
    expect: tuple[Expectation, ...]
    never: tuple[Expectation, ...]
    clause: str | None = None
    beside: tuple[Path, ...] = ()  # contracts of named sources, in force beside the first


class _Constructor(RoundTripConstructor):
    """Timestamps stay as they are written: we read them ourselves, with their zones."""


def _as_written(constructor: _Constructor, node: ScalarNode) -> str:
    return str(node.value)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


def load_yaml(path: Path) -> Any:
    """The file's tree with places, YAML 1.2."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadRehearsal(f"{path}: {error.strerror or error}") from error
    if len(content) > BYTES_MAX:
        raise BadRehearsal(f"{path}: more than {BYTES_MAX:,} bytes; divide the rehearsal")
    yaml = YAML(typ="rt", pure=True)
    yaml.version = (1, 2)
    yaml.Constructor = _Constructor
    try:
        return yaml.load(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadRehearsal(f"{path}: not UTF-8 text (byte {error.start})") from error
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{mark.line + 1}:{mark.column + 1}" if mark is not None else "1:1"
        raise BadRehearsal(f"{path}:{place}: {error.problem}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise BadRehearsal(f"{path}: not readable as YAML: {error}") from error


def is_rehearsal(tree: Any) -> bool:
    return isinstance(tree, CommentedMap) and "rehearsal" in tree


def read_rehearsal(path: Path) -> Rehearsal:
    """Read one file. Raises `BadRehearsal`."""
    tree = load_yaml(path)
    if not is_rehearsal(tree):
        raise BadRehearsal(f"{path}:1:1: not a rehearsal: it has no key `rehearsal`")
    return _Reading(path, tree).rehearsal()


class _Reading:
    """One file on its way to a `Rehearsal`."""

    def __init__(self, path: Path, tree: CommentedMap) -> None:
        self._path = path
        self._tree = tree
        self._latest: datetime | None = None
        self._start = datetime(1970, 1, 1, tzinfo=UTC)

    def rehearsal(self) -> Rehearsal:
        tree = self._tree
        for key in tree:
            if key not in KEYS:
                self._fail(tree, key, f"unknown key `{key}`; there are {', '.join(sorted(KEYS))}")
        for key in ("contract", "roster", "start"):
            if key not in tree:
                self._fail(tree, None, f"the key `{key}` is missing")
        self._start = self._instant(tree, "start")
        script = tuple(self._line(item) for item in self._items("script"))
        expect = tuple(self._expectation(item) for item in self._items("expect"))
        never = tuple(self._ban(item) for item in self._items("never"))
        latest = self._latest or self._start
        until = self._instant(tree, "until") if "until" in tree else latest
        folder = self._path.parent
        named = tree["contract"] if isinstance(tree["contract"], list) else [tree["contract"]]
        if not named:
            self._fail(tree, "contract", "`contract` is a file, or a list of files")
        contracts = [folder / str(name) for name in named]
        return Rehearsal(
            name=str(tree["rehearsal"]),
            path=self._path,
            contract=contracts[0],
            beside=tuple(contracts[1:]),
            roster=folder / str(tree["roster"]),
            start=self._start,
            until=until,
            script=script,
            expect=expect,
            never=never,
            clause=str(tree["clause"]) if "clause" in tree else None,
        )

    def _items(self, key: str) -> Sequence[CommentedMap]:
        items = self._tree.get(key) or []
        if not isinstance(items, list):
            self._fail(self._tree, key, f"`{key}` is a list of lines")
        if len(items) > LINES_MAX:
            self._fail(self._tree, key, f"`{key}` has more than {LINES_MAX:,} lines")
        for item in items:
            if not isinstance(item, CommentedMap):
                self._fail(self._tree, key, f"every line of `{key}` is a mapping in braces")
        return items

    def _line(self, item: CommentedMap) -> ScriptLine:
        if "at" not in item:
            self._fail(item, None, "a script line needs `at`, such as +5m")
        does = next((key for key in LINE_KEYS if key in item), None)
        if does is None:
            self._fail(
                item, None, f"the line says nothing to do; it has one of {', '.join(LINE_KEYS)}"
            )
        allowed = LINE_KEYS[does]
        for key in item:
            if key not in allowed and key not in ("at", does) and "*" not in allowed:
                self._fail(item, key, f"`{key}` does not go with `{does}`")
        for key in REQUIRED.get(does, ()):
            if key not in item:
                self._fail(item, None, f"`{does}` needs `{key}` beside it")
        given = {key: self._value(item, key) for key in item if key != "at"}
        at = self._instant(item, "at")
        fault = fault_in(does=does, given=given, at=at)
        if fault is not None:
            self._fail(item, fault[0], fault[1])
        return ScriptLine(at=at, does=does, given=given, line=item.lc.line + 1)

    def _value(self, item: CommentedMap, key: str) -> Any:
        value = item[key]
        if key in INSTANT_KEYS:
            return self._instant(item, key)
        if key in ("busy", "outage", "leave") and isinstance(value, CommentedMap):
            return {part: self._moment(value, part) for part in value}
        if key == "calendar" and isinstance(value, list):
            return [
                {part: self._moment(one, part) for part in one}
                for one in value
                if isinstance(one, CommentedMap)
            ]
        if key == "signals":
            return [self._signal(entry, item) for entry in value or ()]
        return plain(value)

    def _moment(self, item: CommentedMap, key: str) -> datetime | date:
        """An instant, or a whole local day of leave."""
        text = str(item[key])
        try:
            return date.fromisoformat(text)
        except ValueError:
            return self._instant(item, key)

    def _signal(self, entry: Any, item: CommentedMap) -> tuple[str, datetime | None]:
        if isinstance(entry, str):
            return entry, None
        if isinstance(entry, CommentedMap) and "name" in entry:
            at = self._instant(entry, "at") if "at" in entry else None
            return str(entry["name"]), at
        self._fail(item, "signals", "a signal is a name, or {name, at}")

    def _ban(self, item: CommentedMap) -> Expectation:
        """What is misspelt under `never` would hold for ever: so its words must be known."""
        for key in item:
            if key not in BAN_KEYS:
                self._fail(item, key, f"no event has `{key}`{_nearest(str(key), BAN_KEYS)}")
        for key, known in (("event", EVENTS), ("kind", ALERT_KINDS)):
            if key in item and str(item[key]) not in known:
                near = _nearest(str(item[key]), known)
                self._fail(item, key, f"there is no {key} `{item[key]}`{near}")
        if "event" not in item:
            self._fail(item, None, "a line of `never` needs `event`, such as event: assigned")
        return self._expectation(item)

    def _expectation(self, item: CommentedMap) -> Expectation:
        keys = {
            key: self._instant(item, key) if key == "due_at" else plain(item[key])
            for key in item
            if key not in ("at", "after", "before")
        }
        return Expectation(
            at=self._instant(item, "at") if "at" in item else None,
            keys=keys,
            written=plain(item),
            after=self._instant(item, "after") if "after" in item else None,
            before=self._instant(item, "before") if "before" in item else None,
        )

    def _instant(self, item: CommentedMap, key: str) -> datetime:
        text = item[key]
        try:
            if isinstance(text, str) and text.startswith("+"):
                at = self._start + parse_offset(text)
            else:
                at = parse_instant(str(text))
        except (ValueError, OverflowError) as error:
            self._fail(item, key, f"`{key}`: {error}")
        if key != "start" and (self._latest is None or at > self._latest):
            self._latest = at
        return at

    def _fail(self, item: Any, key: Any, message: str) -> NoReturn:
        line, column = item.lc.line + 1, item.lc.col + 1
        if key is not None:
            known = item.lc.key(key)
            line, column = known[0] + 1, known[1] + 1
        raise BadRehearsal(f"{self._path}:{line}:{column}: {message}")


def plain(value: Any) -> Any:
    """Plain Python of a round-trip tree."""
    if isinstance(value, CommentedMap | dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, datetime | date | timedelta):
        return value
    return str(value)
