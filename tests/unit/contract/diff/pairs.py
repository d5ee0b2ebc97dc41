"""The sample contract with one thing changed, and what it comes to."""

from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from tests.unit.contract.read.acme import TABLES, TEXT

BOUND = '\'lead.country in ["US", "CA"] && account.employees >= 1000\''
GERMAN = (
    '  - {name: german,        when: \'lead.country in ["DE", "AT", "CH"]\', '
    "to: [team:inbound], needs: [german]}\n"
)
ENTERPRISE = f"  - {{name: enterprise NA, when: {BOUND}, to: [team:enterprise-na, team:inbound]}}\n"
LAST = "  - {name: everyone else, when: 'true', to: [team:inbound]}\n"
BIG = "&& account.employees >= 1000'"
BOTH = "fit >= 40 && intent >= 30"
DEMO = '\'seen("demo_request") || count("pricing_view", "2h") >= 3\''
HAND = '\'seen("webinar_registered") || seen("webinar_attended")\''

# Each: the old words, the new words, and the kinds of difference, none where nothing changes.
EQUIVALENT = [
    ("strategy: fair", "strategy: fair, load: {A: 1, default: 1.00}"),
    ("version: 3", "version: 4"),
    ("scores: ", "# words\nscores: "),
    (BOTH, "!(fit < 40 || intent < 30)"),
    (BOTH, "intent >= 30 && fit >= 40"),
    (BOTH, "fit > 39 && intent > 29"),
    (BOTH, "fit >= 31 && intent >= 30"),  # what adds up to 31 adds up to 40
    ('lead.country in ["DE", "AT", "CH"]', 'lead.country in ["CH", "DE", "AT", "DE"]'),
    (
        'lead.country in ["DE", "AT", "CH"]',
        'lead.country == "DE" || lead.country == "AT" || lead.country == "CH"',
    ),
    ('lead.country in ["US", "CA"] &&', '!(lead.country in ["DE", "AT", "CH"]) &&'),
    (GERMAN + ENTERPRISE, ENTERPRISE + GERMAN),
    (LAST, '  - {name: rest, when: lead.country == "US", to: [team:inbound]}\n' + LAST),
    (
        GERMAN,
        GERMAN.replace('["DE", "AT", "CH"]', '["DE"]')
        + GERMAN.replace('["DE", "AT", "CH"]', '["AT", "CH"]').replace("german, ", "alps, "),
    ),
    ("account.employees >= 1000, add", "account.employees > 999, add"),
    ("add: 30, because: can decide", "because: can decide, add: 30"),
    (DEMO, '\'!(!seen("demo_request") && count("pricing_view", "2h") < 3)\''),
    (HAND, '\'seen("webinar_attended") || seen("webinar_registered")\''),
    ("{name: rest,    when: 'true'}", "{name: rest, when: 'true || has(lead.country)'}"),
    ("{then: recycle, after: 90d}", "{then: recycle, after: 2160h}"),
    ("[fit, intent_signals, source_campaign, ", "[intent_signals, fit, source_campaign, "),
    ("name: german,", "name: dach,"),
    ("because: enterprise size", "because: many people"),
    ("fits our profile and shows", "fits our profile, shows"),
    ("account.technologies: {type: list}", "account.technology: {type: list}"),
    (
        "  - {name: customer, ",
        "  - {name: nothing, when: has(lead.country), to: [continue]}\n  - {name: customer, ",
    ),
]
DIFFERENT = [
    (BOTH, "fit >= 50 && intent >= 30", {"mql"}),
    (BOTH, "fit >= 40 && intent >= 31", {"mql"}),
    (BOTH, "fit >= 40 || intent >= 30", {"mql"}),
    ("lead_type == \"demo\"'", "lead_type == \"hand_raiser\"'", {"mql"}),
    (BIG, "&& account.employees >= 1001'", {"routing"}),
    (BIG, "&& account.employees > 1000'", {"routing"}),
    (GERMAN, "", {"routing"}),
    ("needs: [german]", "needs: [french]", {"routing"}),
    ("[team:enterprise-na, team:inbound]", "[team:inbound]", {"routing"}),
    ("[team:enterprise-na, team:inbound]", "[team:inbound, team:enterprise-na]", {"routing"}),
    ("to: [account.csm, continue]", "to: [account.csm, team:inbound]", {"routing"}),
    (
        "name: customer,      when: 'has(account.csm)', to: [account.csm, ",
        "name: customer,      when: 'has(account.owner)', to: [account.csm, ",
        {"routing"},
    ),
    (
        "  - {name: german,  ",
        "  - {name: big, when: account.employees >= 5000, to: [team:enterprise-na]}\n"
        "  - {name: german,  ",
        {"routing"},
    ),
    ("first_action: 5m", "first_action: 4m", {"lead_type"}),
    ("strategy: fair", "strategy: fastest", {"lead_type"}),
    ("strategy: fair", "strategy: fair, load: 0.5", {"lead_type"}),
    ("strategy: fair", "strategy: fair, load: {B: 2}", {"lead_type"}),
    ('count("pricing_view", "2h") >= 3\', first', 'count("pricing_view", "2h") >= 4\', first',
     {"lead_type", "mql"}),
    ('count("pricing_view", "2h") >= 3\', first', 'count("pricing_view", "3h") >= 3\', first',
     {"lead_type", "mql"}),
    ("{demo: route_and_flag, default", "{default", {"lead_type"}),
    ("{A: 70", "{A: 60", {"tier"}),
    ("because: competitor}",
     "because: competitor}\n  - {when: lead.country == \"CH\", because: no}", {"exclude"}),
    ('lead.postal_code) == "us-west"', 'lead.postal_code) != "us-west"', {"territory"}),
    ("add: 40, because: enterprise size", "add: 41, because: enterprise size", {"score"}),
    ("cap: 300", "cap: 200", {"score"}),
    ("half_life: 14d", "half_life: 7d", {"score", "mql"}),
    ("pricing_view:       {add: 25", "pricing_view:       {add: 30", {"score", "mql"}),
    ("at_most: 1 per week", "at_most: 2 per week", {"score", "mql"}),
    ("reset_on: [unsubscribe]", "reset_on: [unsubscribe, bounce]", {"score", "mql"}),
    ("idle: {after: 30d", "idle: {after: 20d", {"score", "mql"}),
    ("high_intent: {when: 'count(\"pricing_view\", \"2h\") >= 3", "high_intent: {when: "
     "'count(\"pricing_view\", \"2h\") >= 2", {"alerts"}),
    ("accept_within: 4h", "accept_within: 3h", {"sal"}),
    ("{then: reroute}", "{then: recycle}", {"sal"}),
    ("attempts: 6", "attempts: 5", {"sal"}),
    ("require: [problem, authority,", "require: [problem,", {"sql"}),
    ("warn_at: 60%", "warn_at: 50%", {"sla"}),
    ("do: incident, repeat: 15m", "do: incident, repeat: 20m", {"sla"}),
    ("team:revops, within: 4h}", "team:revops, within: 5h}", {"triage"}),
    ("stalled: {after: 7d}", "stalled: {after: 8d}", {"alerts"}),
    ("after_rejection: 30d", "after_rejection: 31d", {"mql"}),
    ("mia@acme.example", "max@acme.example", {"owners"}),
    ("window: month", "window: week", {"fairness"}),
    ("[gender, age, ", "[gender, ", {"governance"}),
]  # fmt: skip


def read(text: str = TEXT, tables: dict[str, str] | None = None) -> Contract:
    found = read_contract_text(text, tables=tables or TABLES)
    assert found.contract is not None, found.findings
    return found.contract


def changed(old: str, new: str) -> Contract:
    assert old in TEXT, old
    return read(TEXT.replace(old, new, 1))
