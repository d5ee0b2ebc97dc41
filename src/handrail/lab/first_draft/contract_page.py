"""The first contract as commented YAML."""

from handrail.lab.first_draft.answers import Answers
from handrail.lab.first_draft.asks import in_order, window
from handrail.lab.first_draft.quoting import comment, literal, literals, quoted
from handrail.lab.first_draft.routes import EVERYONE, OWNED, FieldDraft, Routes
from handrail.lab.first_draft.templates import Template

_HEAD = """\
# yaml-language-server: $schema=.schema/contract.json
{title}
# Check it with `handrail contract check contract.yaml --roster roster.yaml`, try it with
# `handrail rehearse .`, and change what is not so. Lines that begin with # are for people.
contract: {name}
version: 1
timezone: {timezone}
owners: {{revops: {revops}, marketing: {marketing}, sales: {sales}}}  # each signs in person

# What conditions may look at. Anything else on a lead is kept, and not looked at.
fields:
"""
_SCORES = """
# Two standing scores: who they are (fit), what they do (intent). The points are a first guess.
scores:
  fit:
    cap: 100
    rules: {fit}
  intent:
    cap: 300
    signals:
{signals}
    idle: {{after: 30d, add: -10, every: 30d}}  # silence counts against
    reset_on: [unsubscribe]
tiers: {{A: 60, B: 30, C: 0}}  # by fit
"""
_MQL = """
# MQL: marketing says that sales should act now. The name of the clause is stamped on the lead.
mql:
  means: fits us, and shows interest now
  any:
{any}
  require: [source_campaign, tier, threshold]
  if_missing: {{default: route_and_flag}}
  again: {{keep_owner: 90d, needs: new_signal, after_rejection: 30d}}

# SAL: sales takes it up, or says why not by a code. What follows is part of the code.
sal:
  means: pursued now, not next quarter
  accept_within: 4h
  follow_up: {{attempts: 6, within: 10d, then: no_response}}
  reject_codes:
    wrong_persona: {{then: recycle}}
    wrong_team: {{then: reroute}}
    premature: {{then: recycle, after: 90d}}
    no_fit: {{then: disqualify}}
    duplicate: {{then: merge, credit: true}}
    no_response: {{then: recycle, after: 60d}}

# SQL: worth a meeting. A rep must give these to qualify.
sql:
  means: confirmed problem, access to the decision, a dated next step
  require: [problem, authority, next_step_at]
"""
_DUTIES = """fairness: {{window: month}}

# What happens when nobody acts in time: somebody else, then the manager, then pages until
# somebody acts.
sla:
  clock: business
  warn_at: 60%
  escalation:
    - {{breach: 1, do: reroute}}
    - {{breach: 2, do: [alert_manager, assign team:{team}]}}
    - {{breach: 3, do: incident, repeat: 15m}}
triage: {{to: team:revops, within: 4h}}
alerts:
  stalled: {{after: 7d}}
  quiet_hours: {{from: '20:00', until: '07:00'}}
governance:
  scope: {scope}
  never_use: [gender, age, religion, national_origin]
  review: {{every: month, owner: revops}}
  changes: {{both_sign: [scores, mql, sal, sql, sla], revops_alone: [tables, routing, alerts]}}
"""


def contract_page(answers: Answers, template: Template, routes: Routes) -> str:
    fields = _fields(template, routes)
    parts = [
        _head(answers),
        *(_field(field) for field in fields.values()),
        _scores(answers, template, fields),
        _exclusions(answers, fields),
        _lead_types(answers),
        _mql(answers),
        _routing(answers, routes),
        _DUTIES.format(
            team=answers.teams[0].name,
            scope=quoted(
                f"Inbound leads of {answers.company}; not for hiring, credit or consumers."
            ),
        ),
    ]
    return "".join(parts)


def _head(answers: Answers) -> str:
    return _HEAD.format(
        title=comment(f"What marketing and sales of {answers.company} agree on."),
        name=quoted(f"{answers.slug}-inbound"),
        timezone=answers.timezone,
        revops=quoted(answers.revops.email),
        marketing=quoted(answers.marketing.email),
        sales=quoted(answers.sales.email),
    )


def _fields(template: Template, routes: Routes) -> dict[str, FieldDraft]:
    """Those of the rules as they were found, those of the template beside them."""
    fields = {field.name: field for field in template.fields}
    return {**fields, **{field.name: field for field in routes.fields}}


def _field(field: FieldDraft) -> str:
    values = ""
    if field.is_country:
        values = ", values: iso3166"
    elif field.values:
        values = f", values: [{', '.join(quoted(value) for value in field.values)}]"
    least = f", min: {field.min}" if field.min is not None else ""
    return f"  {field.name}: {{type: {field.type}{values}{least}}}\n"


def _scores(answers: Answers, template: Template, fields: dict[str, FieldDraft]) -> str:
    own = {field.name: field for field in template.fields}
    fit = [  # the values of a field that was found may be others than the template's
        rule
        for rule in template.fit
        if fields[rule.field].type == rule.type
        and (rule.type != "string" or fields[rule.field] == own[rule.field])
    ]
    rules = "".join(
        f"\n      - {{when: {quoted(rule.when)}, add: {rule.add}, because: {rule.because}}}"
        for rule in fit
    )
    signals = [
        f"{ask.signal}: {{add: {ask.points}{', ' if ask.limit else ''}{ask.limit}}}"
        for ask in in_order(answers.asks)
    ]
    lines = "\n".join(f"      {line}" for line in (*signals, *template.signals))
    return _SCORES.format(fit=rules or "[]", signals=lines)


def _exclusions(answers: Answers, fields: dict[str, FieldDraft]) -> str:
    if not answers.countries or not fields["lead.country"].is_country:
        return ""  # countries that are written out cannot be told by their codes
    where = f"!(lead.country in {literals(answers.countries)})"
    return (
        "\n# Who gets no handoff; the reason is kept.\nexclude:\n"
        f"  - {{when: {quoted(where)}, because: not sold in this country}}\n"
    )


def _lead_types(answers: Answers) -> str:
    lines = ["\n# What the buyer asked for; the first that matches. It sets the time to act.\n"]
    lines.append("lead_types:\n")
    for ask in in_order(answers.asks):
        seen = quoted(f'seen("{ask.signal}")')
        strategy = "fair" if ask.urgency == "same_day" else "fastest"
        until = window(ask, minutes=answers.minutes)
        lines.append(
            f"  - {{name: {ask.name}, when: {seen}, first_action: {until}, strategy: {strategy}}}"
            f"  # {ask.means}\n"
        )
    lines.append("  - {name: other, when: 'true', first_action: same_day, strategy: fair}\n")
    return "".join(lines)


def _mql(answers: Answers) -> str:
    asked = [ask for ask in in_order(answers.asks) if ask.urgency != "same_day"]
    lines = []
    for ask in asked:
        when = quoted(f"lead_type == {literal(ask.name)}")
        lines.append(f"    - {{name: {ask.means}, when: {when}}}")
    lines.append("    - {name: fit and intent, when: 'fit >= 40 && intent >= 30'}")
    return _MQL.format(any="\n".join(lines))


def _routing(answers: Answers, routes: Routes) -> str:
    lines = ["", "# Who gets the lead: the first rule that matches; the last takes everyone else."]
    lines += [comment(line) for line in routes.title]
    if routes.unsaid:
        lines.append("# What could not be said, and a person must look at:")
        lines += [comment(f"- {line}") for line in routes.unsaid]
    lines.append("routing:")
    lines.append(f"  - {{name: {OWNED}, when: has(account.owner), to: [account.owner, continue]}}")
    for rule in routes.rules:
        aside = f"  {comment(rule.comment)}" if rule.comment else ""
        lines.append(
            f"  - {{name: {quoted(rule.name)}, when: {quoted(rule.when)}, to: [team:{rule.team}]}}"
            f"{aside}"
        )
    lines.append(f"  - {{name: {EVERYONE}, when: 'true', to: [team:{answers.teams[0].name}]}}")
    return "\n".join(lines) + "\n"
