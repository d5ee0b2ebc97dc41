"""The first roster as commented YAML."""

from handrail.lab.first_draft.answers import Answers, Person
from handrail.lab.first_draft.quoting import comment, quoted

_HEAD = """\
# yaml-language-server: $schema=.schema/roster.json
{title}
# It changes more often than the contract, and nobody signs it: the current one counts.
roster: {name}
teams:
"""
_REP = """\
  - id: {id}
    name: {name}
    email: {email}
    timezone: {timezone}
    shift: {{mon-fri: ['09:00-17:00']}}  # local time
"""
_HINT = """\
    # holidays: US  # a code such as US, US-CA, DE-BY, or a list of codes and dates
    # skills: [german]
    # caps: {open: 12, day: 20}
"""


def roster_page(answers: Answers) -> str:
    reps = _reps(answers)
    manager = quoted(answers.sales.id)
    lines = [
        _HEAD.format(title=comment(f"Who answers at {answers.company}."), name=quoted(answers.slug))
    ]
    for team in answers.teams:
        members = ", ".join(quoted(one.id) for one in team.members)
        lines.append(
            f"  - {{name: {quoted(team.name)}, manager: {manager}, members: [{members}]}}\n"
        )
    revops = quoted(answers.revops.id)
    lines.append(f"  - {{name: revops, manager: {revops}, members: [{revops}]}}\n")
    lines.append("reps:\n")
    for number, rep in enumerate(reps):
        lines.append(_rep(rep, answers))
        lines.append(_HINT if number == 0 else "")
    if answers.sales not in reps:
        sales = answers.sales
        lines.append("people:  # told, but they take no leads\n")
        lines.append(
            f"  - {{id: {manager}, name: {quoted(sales.name)}, email: {quoted(sales.email)}}}\n"
        )
    return "".join(lines)


def _reps(answers: Answers) -> list[Person]:
    members = [one for team in answers.teams for one in team.members]
    return list(dict.fromkeys([*members, answers.revops]))


def _rep(rep: Person, answers: Answers) -> str:
    return _REP.format(
        id=quoted(rep.id),
        name=quoted(rep.name),
        email=quoted(rep.email),
        timezone=answers.timezone,
    )
