"""A first contract, roster and rehearsals as commented text."""

from collections.abc import Mapping

import msgspec

from handrail.contract.layout import lay_out
from handrail.lab.first_draft.answers import Answers, Person, TeamAnswer, people, slug
from handrail.lab.first_draft.contract_page import contract_page
from handrail.lab.first_draft.rehearsal_pages import rehearsal_pages
from handrail.lab.first_draft.roster_page import roster_page
from handrail.lab.first_draft.routes import EVERYONE, RouteDraft, Routes
from handrail.lab.first_draft.templates import Template

NO_ROUTES = Routes(rules=(), fields=())


class Draft(msgspec.Struct, frozen=True):
    """Everything that the pages are written from; `routes` are those after the owner's."""

    answers: Answers
    template: Template
    routes: Routes


def draft_of(answers: Answers, template: Template, routes: Routes | None = None) -> Draft:
    """The answers with the teams and rules that a template, history or rules bring."""
    if routes is not None:
        return Draft(_staffed(answers, routes), template, routes)
    if template.large_team is None:
        return Draft(answers, template, NO_ROUTES)
    large = RouteDraft(
        name="large companies",
        when="account.employees >= 1000",
        team=template.large_team,
        comment="those who know how large companies buy",
        example=(("account.employees", 4000),),
    )
    teams = (*answers.teams, TeamAnswer(template.large_team, answers.teams[0].members[:2]))
    answers = msgspec.structs.replace(answers, teams=teams)
    return Draft(answers, template, Routes(rules=(large,), fields=()))


def _staffed(answers: Answers, routes: Routes) -> Answers:
    """Teams of the rules, with the members that were found, else those of the answers."""
    found = dict(routes.members)
    fallback = routes.fallback or answers.teams[0].name
    names = dict.fromkeys((fallback, *(rule.team for rule in routes.rules)))
    known: tuple[Person, ...] = (answers.revops, answers.marketing, answers.sales)
    teams: list[TeamAnswer] = []
    for name in names:
        given = answers.teams[0].members
        members = people(tuple(_address(one, answers) for one in found.get(name, ())), known=known)
        known = tuple(dict.fromkeys((*known, *members)))
        teams.append(TeamAnswer(name, members or given))
    return msgspec.structs.replace(answers, teams=tuple(teams))


def _address(owner: str, answers: Answers) -> str:
    return owner if "@" in owner else f"{slug(owner) or 'rep'}@{answers.slug}.example"


def draft_pages(draft: Draft) -> Mapping[str, str]:
    """By file name the text of contract, roster and rehearsals, laid out."""
    pages = {
        "contract.yaml": contract_page(draft.answers, draft.template, draft.routes),
        "roster.yaml": roster_page(draft.answers),
        **rehearsal_pages(draft.answers, draft.routes),
    }
    return {name: _laid_out(text) for name, text in pages.items()}


def _laid_out(text: str) -> str:
    laid_out = lay_out(text)
    assert isinstance(laid_out, str), (laid_out, text)
    return laid_out


def without(draft: Draft, dropped: Mapping[str, str]) -> Draft:
    """The draft without rules that could never be reached; `dropped` says why, by name."""
    assert EVERYONE not in dropped, "the last rule takes the rest"
    routes = draft.routes
    notes = tuple(f"{name}: {why}" for name, why in dropped.items())
    kept = tuple(rule for rule in routes.rules if rule.name not in dropped)
    routes = msgspec.structs.replace(routes, rules=kept, unsaid=(*routes.unsaid, *notes))
    return Draft(draft.answers, draft.template, routes)
