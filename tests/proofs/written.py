"""Contracts put together line by line, so that a test knows on which line it planted what."""

import re
from dataclasses import dataclass, field, replace

from handrail.contract.read import ReadResult, read_contract_text
from handrail.engine.alone import facts_seen

FIELDS = {
    "lead.country": "{type: string, values: [US, CA, MX, GB, DE, AT, CH, FR, JP, AU]}",
    "lead.residence": "{type: string, values: iso3166}",
    "lead.persona": "{type: string, values: [executive, practitioner, student, other]}",
    "lead.source_campaign": "{type: string}",
    "lead.postal_code": "{type: string}",
    "lead.title": "{type: string}",
    "lead.team_size": "{type: integer, min: 0}",
    "lead.opted_in": "{type: boolean}",
    "lead.is_partner": "{type: boolean}",
    "lead.trial_ends": "{type: date}",
    "lead.gender": "{type: string, values: [f, m, x]}",
    "lead.age": "{type: integer, min: 0, max: 120}",
    "account.employees": "{type: integer, min: 0}",
    "account.revenue": "{type: number, min: 0}",
    "account.growth": "{type: number}",
    "account.industry": "{type: string, values: [software, finance, health, retail, other]}",
    "account.plan": "{type: string, values: [free, team, enterprise]}",
    "account.technologies": "{type: list}",
    "account.seats": "{type: integer, min: 0, max: 10000}",
    "account.open_deals": "{type: integer, min: 0}",
    "account.won_deals": "{type: integer, min: 0}",
    "account.renews_on": "{type: date}",
    "account.is_customer": "{type: boolean}",
    "account.csm": "{type: rep}",
    "account.partner_rep": "{type: rep}",
}
"""What any line may name; a contract declares those that it does name."""

TABLES = {
    "named.csv": "domain,owner\nbigco.example,ada\nhuge.example,ben\n",
    "zips.csv": "zip,region\n94105,west\n98101,west\n10001,east\n60601,middle\n",
    "rivals.csv": "domain\nrival.example\n",
}
TEAMS = ("inbound", "field", "east", "west", "partners", "revops")
SKILLS = ("german", "french", "japanese")
_NAMED = re.compile(r"(?:lead|account)\.\w+")


@dataclass(frozen=True)
class Line:
    text: str
    mark: bool = False  # here a finding is expected


def rule(name: str, when: str, to: str = "team:inbound", needs: str = "") -> Line:
    more = f", needs: [{needs}]" if needs else ""
    return Line(f"  - {{name: {name}, when: {_quoted(when)}, to: [{to}]{more}}}")


def area(name: str, when: str) -> Line:
    return Line(f"  - {{name: {name}, when: {_quoted(when)}}}")


def kind(name: str, when: str, first_action: str) -> Line:
    return Line(f"  - {{name: {name}, when: {_quoted(when)}, first_action: {first_action}}}")


def points(when: str, add: int) -> Line:
    return Line(f"      - {{when: {_quoted(when)}, add: {add}}}")


def bar(when: str) -> Line:
    return Line(f"  - {{when: {_quoted(when)}, because: barred}}")


def way(name: str, when: str) -> Line:
    return Line(f"    - {{name: {name}, when: {_quoted(when)}}}")


def marked(line: Line) -> Line:
    return replace(line, mark=True)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


Lines = tuple[Line, ...]


@dataclass(frozen=True)
class Written:
    """The sections that differ; what is the same in all contracts is in `text`."""

    name: str
    fit: Lines
    lead_types: Lines
    mql: Lines
    routing: Lines
    signals: Lines
    intent: tuple[str, ...] = ("cap: 300",)
    fit_cap: int = 100
    more_scores: Lines = ()
    tiers: str = "{A: 70, B: 40, C: 0}"
    exclude: Lines = ()
    territories: Lines = ()
    clock: str = "business"
    escalation: Lines = (
        Line("    - {breach: 1, do: reroute}"),
        Line("    - {breach: 2, do: [alert_manager, assign team:inbound]}"),
        Line("    - {breach: 3, do: incident, repeat: 15m}"),
    )
    never_use: str = "[religion]"
    fields: dict[str, str] = field(default_factory=dict)  # instead of those of FIELDS

    def adding(self, *lines: Line) -> "Written":
        """Routing rules before the last one, which takes the rest."""
        return replace(self, routing=(*self.routing[:-1], *lines, self.routing[-1]))

    def lines(self) -> list[Line]:
        body = self._body()
        named = {name for line in body for name in _NAMED.findall(line.text)}
        declared = {name: form for name, form in FIELDS.items() if name in named} | self.fields
        fields = [Line(f"  {name}: {form}") for name, form in declared.items()]
        tables = {"named": "named.csv", "zips": "zips.csv", "rivals": "rivals.csv"}
        head = (
            f"contract: {self.name}",
            "version: 1",
            "timezone: America/New_York",
            "owners: {revops: dana@a.example, marketing: mia@a.example, sales: sam@a.example}",
            "tables: {" + ", ".join(f"{name}: {file}" for name, file in tables.items()) + "}",
            "fields:",
        )
        return [*map(Line, head), *(fields or [Line("  lead.title: {type: string}")]), *body]

    def _body(self) -> list[Line]:
        return [
            *map(Line, ("scores:", "  fit:", f"    cap: {self.fit_cap}", "    rules:")),
            *(self.fit or (points("true", 0),)),
            Line("  intent:"),
            *(Line(f"    {one}") for one in self.intent),
            Line("    signals:"),
            *self.signals,
            *self.more_scores,
            Line(f"tiers: {self.tiers}"),
            *_section("exclude:", self.exclude),
            *_section("territories:", self.territories),
            *_section("lead_types:", self.lead_types),
            *map(Line, ("mql:", "  means: fits and asks", "  any:")),
            *self.mql,
            *map(Line, _STAGES),
            *_section("routing:", self.routing),
            *map(Line, ("sla:", f"  clock: {self.clock}", "  warn_at: 60%", "  escalation:")),
            *self.escalation,
            Line("triage: {to: team:revops, within: 4h}"),
            Line("governance:"),
            Line("  scope: inbound leads of companies"),
            Line(f"  never_use: {self.never_use}"),
        ]

    @property
    def text(self) -> str:
        return "".join(f"{line.text}\n" for line in self.lines())

    @property
    def marked_line(self) -> int:
        """From 1."""
        (number,) = (at for at, line in enumerate(self.lines(), start=1) if line.mark)
        return number

    def read(self) -> ReadResult:
        return read_contract_text(self.text, tables=TABLES, evaluate=facts_seen)


_STAGES = (
    "sal:",
    "  means: pursued now",
    "  accept_within: 4h",
    "  reject_codes:",
    "    wrong_persona: {then: recycle}",
    "    no_budget: {then: disqualify}",
    "sql:",
    "  means: a problem, a person who decides, a date",
    "  require: [problem, authority]",
)


def _section(key: str, lines: Lines) -> Lines:
    return (Line(key), *lines) if lines else ()
