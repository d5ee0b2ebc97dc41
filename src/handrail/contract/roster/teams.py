"""Teams of a roster, and what must hold between people: managers, members, cover."""

from collections.abc import Iterator, Mapping

from handrail.contract.model import Place
from handrail.contract.roster import fields as f
from handrail.contract.roster.tree import Items, Node, Report, Scalar
from handrail.terms.people import Member, Person, Rep, Team

TEAM_KEYS = ("name", "manager", "members", "ids")


class Staff:
    """The reps and people read so far; ids are of one namespace."""

    def __init__(self) -> None:
        self.reps: dict[str, Rep] = {}
        self.people: dict[str, Person] = {}
        self._places: dict[str, Place] = {}
        self._covers: dict[str, Node] = {}

    def add_rep(self, rep: Rep, given: f.Fields, report: Report) -> None:
        if self._is_new(rep.id, given, report):
            self.reps[rep.id] = rep
            cover = given.node("cover")
            if rep.cover is not None and cover is not None:
                self._covers[rep.id] = cover

    def add_person(self, person: Person, given: f.Fields, report: Report) -> None:
        if self._is_new(person.id, given, report):
            self.people[person.id] = person

    def check_cover(self, report: Report) -> None:
        """Cover is another rep of the roster, and nobody covers themselves by way of others."""
        for rep, node in self._covers.items():
            self.is_rep(self.reps[rep].cover or "", node, report)
        for circle in self._circles():
            report.error(
                "value",
                self._covers[circle[0]],
                f"cover goes round: {' -> '.join([*circle, circle[0]])}; take one of them out",
            )

    def is_rep(self, id_: str, node: Node, report: Report) -> bool:
        if id_ in self.reps:
            return True
        if id_ in self.people:
            message = f"`{id_}` is one of `people`, who take no leads; move them to `reps`"
        else:
            message = f"`{id_}` is no rep{f.did_you_mean(id_, tuple(self.reps))}"
        report.error("undefined", node, message)
        return False

    def is_known(self, id_: str, node: Node, report: Report) -> None:
        """Managers are reps or people."""
        known = (*self.reps, *self.people)
        if id_ not in known:
            remedy = f.did_you_mean(id_, known)
            report.error("undefined", node, f"`{id_}` is neither a rep nor one of `people`{remedy}")

    def _is_new(self, id_: str, given: f.Fields, report: Report) -> bool:
        node = given.node("id") or given.block
        first = self._places.get(id_)
        if first is None:
            self._places[id_] = node.place
            return True
        message = f"`{id_}` stands twice, first in line {first.line}; keep one of them"
        report.error("value", node, message)
        return False

    def _circles(self) -> Iterator[list[str]]:
        """Each round of reps who cover each other, from the one that the file names first."""
        order = {rep: number for number, rep in enumerate(self.reps)}
        done: set[str] = set()
        for rep in self._covers:
            walked: dict[str, None] = {}
            following: str | None = rep
            while following in self._covers and following not in done and following not in walked:
                walked[following] = None
                following = self.reps[following].cover
            if following in walked:
                path = list(walked)
                circle = path[path.index(following) :]
                start = circle.index(min(circle, key=lambda one: order[one]))
                yield circle[start:] + circle[:start]
            done.update(walked)


def read_teams(
    node: Node, *, staff: Staff, report: Report
) -> tuple[dict[str, Team], Mapping[str, Place]]:
    """Teams by name in the roster's order, and where each stands."""
    teams: dict[str, Team] = {}
    places: dict[str, Place] = {}
    items = f.as_items(node, report)
    for item in items.nodes if items is not None else ():
        read = _read_team(item, staff=staff, report=report)
        if read is None:
            continue
        team, place = read
        if team.name in teams:
            first = places[team.name].line
            message = f"team `{team.name}` stands twice, first in line {first}; keep one of them"
            report.error("value", place, message)
        else:
            teams[team.name] = team
            places[team.name] = place.place
    return teams, places


def _read_team(node: Node, *, staff: Staff, report: Report) -> tuple[Team, Node] | None:
    block = f.as_block(node, report)
    if block is None:
        return None
    given = f.Fields(block, what="a team", keys=TEAM_KEYS, report=report)
    name = given.need("name", f.name, "")
    manager = given.need("manager", f.name, "")
    manager_node = given.node("manager")
    if manager and manager_node is not None:
        staff.is_known(manager, manager_node, report)
    members = given.need("members", f.each(_read_member), ())
    members_node = given.node("members")
    if isinstance(members_node, Items):
        if not members_node.nodes:
            message = f"a roster without a rep for team `{name}`; list its members, or remove it"
            report.error("value", members_node, message)
        _check_members(members, staff=staff, report=report)
    if not name:
        return None
    team = Team(name, manager, tuple(member for member, _ in members), given.take("ids", f.ids, {}))
    return team, given.node("name") or node


def _read_member(node: Node, report: Report) -> tuple[Member, Node] | None:
    """`ben` or `{id: ben, weight: 300}`."""
    if isinstance(node, (Scalar, Items)):
        rep = f.name(node, report)
        return None if rep is None else (Member(rep), node)
    given = f.Fields(node, what="a member", keys=("id", "weight"), report=report)
    rep = given.need("id", f.name, None)
    weight = given.take("weight", f.whole(least=1), None)
    return None if rep is None else (Member(rep, weight), given.node("id") or node)


def _check_members(
    members: tuple[tuple[Member, Node], ...], *, staff: Staff, report: Report
) -> None:
    for member, node in _repeated(members):
        report.error("value", node, f"`{member.rep}` is in this team twice; keep one of them")
    for member, node in members:
        staff.is_rep(member.rep, node, report)


def _repeated(members: tuple[tuple[Member, Node], ...]) -> Iterator[tuple[Member, Node]]:
    seen: set[str] = set()
    for member, node in members:
        if member.rep in seen:
            yield member, node
        seen.add(member.rep)
