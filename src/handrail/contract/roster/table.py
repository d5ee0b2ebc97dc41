"""A CSV roster as the tree that the same roster has in YAML.

One row a rep; the columns are named as a rep's keys. Beside them: `teams` lists the rep's teams,
`manager` their manager (or one for each, in the same order), and `kind` is `person` for somebody
who is told but takes no leads. A manager written as an e-mail address needs no row. Lists are
divided by `;`; what is nested is JSON in its cell, or a column each: `caps.day`, `ids.slack`. A
team may carry the rep's weight in it: `inbound:300`. An empty cell is absent.
"""

from collections.abc import Iterator

from handrail.contract.model import Place
from handrail.contract.roster.fields import unknown_key
from handrail.contract.roster.reps import PERSON_KEYS, REP_KEYS
from handrail.contract.roster.tree import Block, Items, Node, Report, Scalar, read_yaml

LISTS = frozenset({"holidays", "territories", "skills", "conflicts", "teams", "manager"})
TEXTS = frozenset({"id", "name", "email", "timezone", "cover", "tier", "kind"})
NESTED = ("caps", "ids")
COLUMNS_MAX = 200  # some systems of `ids` have a column each
COLUMNS = (*REP_KEYS, "teams", "manager", "kind")

_Entries = list[tuple[Scalar, Node]]


def read_table(text: str, *, name: str, report: Report) -> Block:
    """The roster of this name; faults of the table itself are reported."""
    rows = list(_rows(text, report))
    if not rows:
        report.error("syntax", Place(1, 1), "there is nothing here; write a header and a row a rep")
    header = rows[0] if rows else []
    _check_header(header, report)
    table = _Table(report)
    for row in rows[1:]:
        if len(row) != len(header):
            message = f"this row has {len(row)} cells and the header {len(header)}; make them equal"
            report.error("syntax", row[0].place, message)
            continue
        table.add(_row_entries(header, row, report), place=row[0].place)
    return table.roster(name)


class _Table:
    """Sorts rows into reps, people and teams."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._reps: list[Node] = []
        self._people: list[Node] = []
        self._members: dict[str, tuple[Scalar, list[Node]]] = {}
        self._managers: dict[str, Scalar] = {}

    def add(self, entries: _Entries, *, place: Place) -> None:
        by_name = {key.text: node for key, node in entries}
        kept = tuple(e for e in entries if e[0].text not in ("teams", "manager", "kind"))
        kind = by_name.get("kind")
        if isinstance(kind, Scalar) and kind.text == "person":
            self._people.append(Block(place, kept))
            return
        if isinstance(kind, Scalar) and kind.text != "rep":
            self._report.error("value", kind, f"`{kind.text}` is no kind; write rep or person")
        self._reps.append(Block(place, kept))
        teams = _scalars(by_name.get("teams"), self._report)
        for team in teams:
            self._join(team, by_name.get("id", Scalar(place, "", plain=False)))
        self._lead(teams, _scalars(by_name.get("manager"), self._report))

    def roster(self, name: str) -> Block:
        """All rows as one roster."""
        top = Place(1, 1)
        teams = tuple(self._team(*members) for members in self._members.values())
        return _block(
            top,
            roster=Scalar(top, name, plain=False),
            teams=Items(top, teams),
            reps=Items(top, tuple(self._reps)),
            people=Items(top, (*self._people, *self._addressed())),
        )

    def _join(self, team: Scalar, rep: Node) -> None:
        name, colon, weight = team.text.partition(":")
        _, members = self._members.setdefault(name, (Scalar(team.place, name, plain=False), []))
        if colon:
            rep = _block(team.place, id=rep, weight=Scalar(team.place, weight))
        members.append(rep)

    def _lead(self, teams: tuple[Scalar, ...], managers: tuple[Scalar, ...]) -> None:
        if len(managers) not in (0, 1, len(teams)):
            message = "write one manager, or one for each of the row's teams in the same order"
            self._report.error("value", managers[0], message)
            return
        for index, team in enumerate(teams if managers else ()):
            manager = managers[index] if len(managers) > 1 else managers[0]
            name = team.text.partition(":")[0]
            first = self._managers.setdefault(name, manager)
            if first.text != manager.text:
                message = (
                    f"team `{name}` has the manager `{first.text}` in line {first.place.line} "
                    f"and `{manager.text}` here; write the same"
                )
                self._report.error("value", manager, message)

    def _team(self, name: Scalar, members: list[Node]) -> Block:
        block = _block(name.place, name=name, members=Items(name.place, tuple(members)))
        manager = self._managers.get(name.text)
        if manager is None:
            return block
        key = Scalar(manager.place, "manager")
        return Block(block.place, (*block.entries, (key, manager)))

    def _addressed(self) -> Iterator[Block]:
        """People who are known by their address alone."""
        written = {manager.text: manager for manager in self._managers.values()}
        listed = {_id_of(node) for node in (*self._reps, *self._people)}
        for manager in written.values():
            if "@" in manager.text and manager.text not in listed:
                yield _block(manager.place, id=manager, name=manager, email=manager)


def _check_header(header: list[Scalar], report: Report) -> None:
    names = [cell.text for cell in header[:COLUMNS_MAX]]
    if len(header) > COLUMNS_MAX:
        message = f"more than {COLUMNS_MAX} columns; a rep has {len(COLUMNS)}"
        report.error("syntax", header[COLUMNS_MAX], message)
    for index, cell in enumerate(header[:COLUMNS_MAX]):
        parent, dot, _ = cell.text.partition(".")
        if names.index(cell.text) != index or (dot and parent in names):
            report.error("syntax", cell, f"the column `{cell.text}` stands twice; keep one of them")
        elif cell.text not in COLUMNS and not (dot and parent in NESTED):
            report.error("undefined", cell, unknown_key(cell.text, what="a rep", keys=COLUMNS))


def _row_entries(header: list[Scalar], row: list[Scalar], report: Report) -> _Entries:
    """The row's cells that hold something, those of dotted columns gathered."""
    entries: _Entries = []
    nested: dict[str, _Entries] = {}
    for column, cell in zip(header, row, strict=True):
        parent, dot, key = column.text.partition(".")
        if not cell.text.strip():
            continue
        if dot and parent in NESTED:
            value = Scalar(cell.place, cell.text.strip(), plain=parent == "caps")
            nested.setdefault(parent, []).append((Scalar(column.place, key), value))
        elif column.text in COLUMNS:
            node = _cell_node(column.text, cell, report)
            if node is not None:
                entries.append((Scalar(column.place, column.text), node))
    return entries + [
        (Scalar(values[0][1].place, parent), Block(values[0][1].place, tuple(values)))
        for parent, values in nested.items()
    ]


def _cell_node(column: str, cell: Scalar, report: Report) -> Node | None:
    text = cell.text.strip()
    if column in TEXTS:
        kept = text.lower() if column == "kind" and column not in PERSON_KEYS else text
        return Scalar(cell.place, kept, plain=False)
    if text[0] in "[{":
        return read_yaml(text, report=report, at=cell.place)
    if column in LISTS:
        return Items(cell.place, tuple(_parts(cell)))
    return Scalar(cell.place, text)


def _parts(cell: Scalar) -> Iterator[Scalar]:
    """The parts between `;`, each at its own column where the cell is not quoted."""
    offset = 0
    for part in cell.text.split(";"):
        if part.strip():
            lead = len(part) - len(part.lstrip())
            step = offset + lead if cell.plain else 0
            place = Place(cell.place.line, cell.place.column + step)
            yield Scalar(place, part.strip(), plain=False)
        offset += len(part) + 1


def _scalars(node: Node | None, report: Report) -> tuple[Scalar, ...]:
    if node is None:
        return ()
    nodes = node.nodes if isinstance(node, Items) else (node,)
    for wrong in (one for one in nodes if not isinstance(one, Scalar)):
        report.error("type", wrong, "names stand here; divide them by ;")
    return tuple(one for one in nodes if isinstance(one, Scalar))


def _block(place: Place, **entries: Node) -> Block:
    return Block(place, tuple((Scalar(place, key), node) for key, node in entries.items()))


def _id_of(node: Node) -> str:
    entries = node.entries if isinstance(node, Block) else ()
    ids = [value.text for key, value in entries if key.text == "id" and isinstance(value, Scalar)]
    return ids[0] if ids else ""


def _rows(text: str, report: Report) -> Iterator[list[Scalar]]:
    """Rows of RFC 4180, each cell with its place; `plain` when it has no quotes. Blank ones go."""
    line, start, at = 1, 0, 0  # `start`: where the line begins
    row: list[Scalar] = []
    while at < len(text) or row:
        place = Place(line, at - start + 1)
        quoted = text.startswith('"', at)
        end = _end_of_quoted(text, at) if quoted else _end_of_plain(text, at)
        written = text[at + 1 : end - 1].replace('""', '"') if quoted else text[at:end]
        broken = quoted and (end > len(text) or _end_of_plain(text, end) != end)
        if broken:
            report.error("syntax", place, 'a quote without its end; write a quote inside as ""')
            return
        row.append(Scalar(place, written, plain=not quoted))
        breaks = text.count("\n", at, end)
        if breaks:
            line, start = line + breaks, text.rfind("\n", at, end) + 1
        if text.startswith(",", end):
            at = end + 1
            continue
        if any(cell.text.strip() for cell in row) or len(row) > 1:
            yield row
        row = []
        at = end + (2 if text.startswith("\r\n", end) else 1)
        line, start = line + 1, at


def _end_of_plain(text: str, at: int) -> int:
    while at < len(text) and text[at] not in ",\r\n":
        at += 1
    return at


def _end_of_quoted(text: str, at: int) -> int:
    """After the closing quote; beyond the text when there is none."""
    at += 1
    while at < len(text):
        if text[at] == '"':
            if not text.startswith('""', at):
                return at + 1
            at += 1
        at += 1
    return len(text) + 1
