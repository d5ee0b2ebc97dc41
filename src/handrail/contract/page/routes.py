"""Who is barred, which territory, who gets a lead: rules in the order in which they are asked."""

from handrail.contract.model import (
    ContinueTarget,
    Contract,
    RoutingRule,
    Target,
)
from handrail.contract.page.document import Block, Heading, Paragraph, Said, Section, Table
from handrail.contract.page.phrases import listed, spaced, target_name
from handrail.contract.page.picture import draw_routing
from handrail.contract.page.spoken import tell

_FIRST_WINS = "Asked from top to bottom; the first line that holds wins."


def exclusions(contract: Contract) -> Section:
    if not contract.exclude:
        blocks: tuple[Block, ...] = (Paragraph(Said("No lead is barred.")),)
    else:
        rows = tuple(
            (Said(bar.because), tell(bar.when, always="every lead")) for bar in contract.exclude
        )
        said = "These leads get no handoff to sales, and the reason is kept."
        blocks = (Paragraph(Said(said)), Table("Exclusions", ("Reason", "When"), rows))
    return Section("exclusions", "Leads that sales never gets", blocks)


def routing(contract: Contract) -> Section:
    rows = tuple(_rule(number, rule) for number, rule in enumerate(contract.routing, start=1))
    said = Said(
        f"{_FIRST_WINS} The targets of a rule are asked from left to right: the first with "
        "somebody who can take the lead in time gets it. If nobody can, the last team asked holds "
        "it in its pool, and its manager is told."
    )
    columns = ("Rule", "When", "Goes to", "Needs")
    return Section(
        "routing",
        "Who gets a lead",
        (
            Paragraph(said),
            Table("Routing rules", columns, rows),
            *draw_routing(contract.routing),
            *_territories(contract),
            Paragraph(Said(f"Fair shares are counted anew each {contract.fairness_window}.")),
        ),
    )


def _rule(number: int, rule: RoutingRule) -> tuple[Said, ...]:
    needs = f"who speaks or knows {listed(map(spaced, sorted(rule.needs)))}" if rule.needs else ""
    return (
        Said(f"{number}. {rule.name}"),
        tell(rule.when, always="every lead that is left"),
        Said(_chain(rule.to)),
        Said(needs),
    )


def _chain(targets: tuple[Target, ...]) -> str:
    *before, last = targets
    told = [target_name(target) for target in before]
    end = "go on with the next rule" if isinstance(last, ContinueTarget) else target_name(last)
    return ", else ".join([*told, end])


def _territories(contract: Contract) -> tuple[Block, ...]:
    if not contract.territories:
        return ()
    rows = tuple(
        (
            Said(area.name),
            tell(area.when, always="everything else"),
        )
        for area in contract.territories
    )
    return (
        Heading("Territories"),
        Paragraph(Said(_FIRST_WINS)),
        Table("Territories", ("Territory", "When"), rows),
    )
