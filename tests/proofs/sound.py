"""Fifty contracts without a fault, of 5 to 60 routing rules."""

from random import Random

from tests.proofs.blocks import BLOCKS, TOGETHER_NEVER, Block
from tests.proofs.written import Line, Lines, Written, area, bar, kind, points, rule, way

SOUND_COUNT = 50
RULES_MIN, RULES_MAX = 5, 60

LAST = (
    "true",
    "!has(account.employees) || account.employees < 500 || account.employees >= 500",
    "has(lead.country) || !has(lead.country)",
    'tier in ["A", "B", "C"]',
    "fit >= 0 || fit < 0",
    "intent < 50 || !(intent < 50)",
    'lead.is_partner || !has(lead.is_partner) || lead.is_partner == false || tier == "A"',
)
FIT = (
    (
        points('lead.persona == "executive"', 40),
        points('account.plan == "enterprise"', 40),
        points('lead.title.contains("head")', 20),
    ),
    (
        points('lead.persona in ["executive", "practitioner"]', 30),
        points('lead.persona == "student"', -20),
        points('account.plan != "free"', 50),
        points("!has(lead.title)", -5),
        points("size(lead.title) > 3", 10),
        points('lead.persona == "other" && account.plan == "free"', -10),
    ),
    (
        points('lead.persona == "executive" ? account.plan == "enterprise" : false', 60),
        points('has(account.plan) && !(account.plan == "free")', 25),
        points('lead.title.startsWith("chief") || lead.title == "founder"', 25),
    ),
)
INTENT = (
    ("cap: 300",),
    ("floor: -50", "cap: 250", "idle: {after: 30d, add: -10, every: 30d}"),
    ("idle: {after: 14d, add: -5, every: 7d}", "reset_on: [unsubscribe]"),
)
SIGNALS = (
    ("demo_request: {add: 100}", "pricing_view: {add: 25, at_most: 1 per week}"),
    ("demo_request: {add: 90, half_life: 30d}", "pricing_view: {add: 30}"),
    ("demo_request: {add: 100, at_most: 2 per ever}", "pricing_view: {add: 20, half_life: 7d}"),
)
ALWAYS_SIGNALS = (
    "webinar_attended: {add: 40, half_life: 14d}",
    "trial_started: {add: 60, at_most: 1 per month}",
    "careers_view: {add: -10, at_most: 1 per day}",
)
TYPES = (
    (
        kind("demo", 'seen("demo_request")', "5m"),
        kind("hand_raiser", 'seen("webinar_attended") || seen("trial_started")', "30m"),
        kind("content", "true", "same_day"),
    ),
    (
        kind("demo", 'seen("demo_request") || count("pricing_view", "2h") >= 3', "5m"),
        kind("content", "true", "8h"),
    ),
    (
        kind("demo", 'seen("demo_request") && fit >= 40', "5m"),
        kind("small demo", 'seen("demo_request")', "15m"),
        kind("fitting", 'tier in ["A", "B"]', "2h"),
        kind("content", "fit < 40 || fit >= 40", "same_day"),
    ),
)
AREAS: tuple[Lines, ...] = (
    (),
    (
        area("named", 'account.domain in table("named")'),
        area("west", 'lookup("zips", lead.postal_code) == "west"'),
        area("rest", "true"),
    ),
    (
        area("americas", 'lead.country in ["US", "CA", "MX"]'),
        area("europe", 'lead.country in ["GB", "DE", "AT", "CH", "FR"]'),
    ),
    (
        area("strategic", 'tier == "A" && account.employees >= 1000'),
        area("large", "account.employees >= 1000"),
        area("unknown", "!has(account.employees)"),
        area("rest", "account.employees < 1000"),
    ),
)
BARS: tuple[Lines, ...] = (
    (),
    (bar('lead.email_domain in table("rivals")'),),
    (bar('lead.persona == "student" && intent < 20'), bar('lead.email.endsWith("@a.example")')),
)
SUM = (Line("  person: {sum: [fit, intent], cap: 350}"),)


def sound(number: int) -> Written:
    """The same number always gives the same contract."""
    chance = Random(number)
    territories = AREAS[number % len(AREAS)]
    fit = FIT[number % len(FIT)]
    types = TYPES[(number // 2) % len(TYPES)]
    has_sum = number % 5 == 0
    return Written(
        name=f"sound-{number}",
        fit=fit,
        signals=tuple(
            Line(f"      {one}")
            for one in (*SIGNALS[(number // 3) % len(SIGNALS)], *ALWAYS_SIGNALS)
        ),
        intent=INTENT[(number // 4) % len(INTENT)],
        more_scores=SUM if has_sum else (),
        exclude=BARS[(number // 2) % len(BARS)],
        territories=territories,
        lead_types=types,
        mql=(
            way("asked", 'lead_type == "demo"'),
            way("fit and intent", "person >= 120" if has_sum else "fit >= 40 && intent >= 30"),
        ),
        routing=(*_rules(chance, territories), rule("the rest", chance.choice(LAST))),
        clock="wall" if number % 7 == 0 else "business",
        never_use="[gender, religion]" if number % 3 else "[age]",
        fields={"lead.gender": "{type: string, values: [f, m, x]}"} if number % 3 else {},
    )


def _rules(chance: Random, territories: Lines) -> list[Line]:
    rules: list[Line] = []
    taken: set[str] = set()
    wanted = chance.choice((RULES_MIN - 1, *range(RULES_MIN, RULES_MAX - 15, 4), RULES_MAX - 1))
    for block in chance.sample(BLOCKS, len(BLOCKS)):
        if len(rules) >= wanted:
            break
        if _is_free(block, taken):
            taken.add(block.__name__)
            rules += block(chance)
    if "west" in "".join(line.text for line in territories):
        west = 'territory == "west" && lead_type == "demo"'
        rules.insert(0, rule("west demos", west, "team:west"))
    return rules[:wanted]


def _is_free(block: Block, taken: set[str]) -> bool:
    return not any(
        block.__name__ in pair and taken & (pair - {block.__name__}) for pair in TOGETHER_NEVER
    )


ALL_SOUND = tuple(sound(number) for number in range(SOUND_COUNT))
