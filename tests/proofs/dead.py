"""Conditions of routing rules that decide nothing: the last of each list, or the only one."""

from collections.abc import Callable
from dataclasses import replace

from tests.proofs.written import Written, area, kind, points

JUNE, JULY = 'timestamp("2026-06-01T00:00:00Z")', 'timestamp("2026-07-01T00:00:00Z")'
VIEWS = 'count("pricing_view", "7d")'
TODAY = 'count("pricing_view", "1d")'
ZIP = 'lookup("zips", lead.postal_code)'
NAMED = 'account.domain in table("named")'

BY_ONE: dict[str, tuple[str, ...]] = {
    "behind a lower bound": ("account.employees >= 100", "account.employees >= 1000"),
    "behind a list": ('lead.country in ["US", "CA"]', 'lead.country == "CA"'),
    "behind a prefix": (
        'lead.source_campaign.startsWith("spring")',
        'lead.source_campaign.startsWith("spring-26")',
    ),
    "behind has": ("has(account.industry)", 'account.industry == "finance"'),
    "behind an or": (
        "lead.opted_in || lead.is_partner",
        "lead.is_partner && account.revenue > 3.0",
    ),
    "behind a smaller count": (f"{VIEWS} >= 2", f"{VIEWS} >= 4"),
    "behind a longer period": (f"{VIEWS} >= 2", f"{TODAY} >= 2"),
    "behind a lower score": ("intent > 10", "intent >= 90"),
    "behind all tiers but one": ('tier != "C"', 'tier == "A"'),
    "behind the fit of a tier": ("fit >= 40", 'tier == "A"'),
    "behind a later date": (f"account.renews_on < {JULY}", f"account.renews_on < {JUNE}"),
    "behind a smaller number": ("account.revenue > 1.0", "account.revenue >= 2.5"),
    "behind a suffix": ('lead.email_domain.endsWith(".edu")', 'lead.email_domain == "mit.edu"'),
    "behind a size": ("size(account.technologies) > 1", "size(account.technologies) == 3"),
    "behind a negation": ("!(account.seats > 10)", "account.seats < 5"),
    "behind a seen signal": ('seen("trial_started")', 'count("trial_started", "30d") > 1'),
}

BY_UNION: dict[str, tuple[str, ...]] = {
    "two bands": (
        "account.employees < 100",
        "account.employees >= 100",
        "account.employees > 5 && account.employees < 5000",
    ),
    "three bands": (
        "account.employees < 50",
        "account.employees >= 50 && account.employees < 500",
        "account.employees >= 500",
        "has(account.employees)",
    ),
    "neighbouring whole numbers": (
        "lead.team_size <= 9",
        "lead.team_size >= 10",
        "has(lead.team_size) && account.revenue > 1.0",
    ),
    "all values of a field": (
        'lead.country in ["US", "CA", "MX"]',
        'lead.country in ["GB", "DE", "AT", "CH"]',
        'lead.country in ["FR", "JP", "AU"]',
        "has(lead.country)",
    ),
    "two values": (
        'account.industry == "software"',
        'account.industry == "finance"',
        'account.industry in ["finance", "software"]',
    ),
    "a value and its opposite": (
        'account.industry != "other"',
        'account.industry == "other"',
        "has(account.industry) && account.seats > 10",
    ),
    "absence and presence": (
        "lead.is_partner && !has(account.seats)",
        "lead.is_partner && account.seats >= 100",
        "lead.is_partner && account.seats < 100",
        "lead.is_partner && has(account.renews_on)",
    ),
    "true and false": ("lead.opted_in", "!lead.opted_in", "has(lead.opted_in)"),
    "two booleans": (
        "lead.opted_in && lead.is_partner",
        "lead.opted_in && !lead.is_partner",
        "!lead.opted_in && lead.is_partner",
        "(lead.opted_in || lead.is_partner) && has(lead.opted_in) && has(lead.is_partner)",
    ),
    "nested or": (
        "account.seats < 10 || account.revenue > 5.0",
        "account.seats >= 10 && account.is_customer",
        "account.seats >= 10 && !account.is_customer",
        "has(account.seats) && has(account.is_customer)",
    ),
    "across two variables": (
        "account.seats > 10 || lead.team_size > 10",
        "account.seats <= 10 && lead.team_size <= 10",
        "has(account.seats) && has(lead.team_size)",
    ),
    "two tiers": ('tier == "A"', 'tier == "B"', 'tier in ["A", "B"] && intent > 0'),
    "fit and the tier that it gives": ("fit >= 70", "fit < 70 && fit >= 40", 'tier != "C"'),
    "a lead type and the others": (
        'lead_type == "demo"',
        'lead_type != "demo" && seen("webinar_attended")',
        'seen("webinar_attended")',
    ),
    "all territories": (
        'lead.is_partner && territory == "americas"',
        'lead.is_partner && territory in ["europe", "elsewhere"]',
        "lead.is_partner && has(lead.country)",
    ),
    "territories by what makes them": (
        'territory == "americas"',
        'territory == "europe"',
        'lead.country in ["MX", "CH"]',
    ),
    "three spans of dates": (
        f"account.renews_on < {JUNE}",
        f"account.renews_on >= {JUNE} && account.renews_on < {JULY}",
        f"account.renews_on >= {JULY}",
        "has(account.renews_on) && account.revenue > 1.0",
    ),
    "counts": (f"{VIEWS} >= 3", f"{VIEWS} < 3 && {VIEWS} > 0", f"{VIEWS} >= 1"),
    "counts of two periods": (
        f"{TODAY} >= 2",
        f"{VIEWS} < 2",
        f"{TODAY} >= 2 && lead.opted_in || {VIEWS} == 1",
    ),
    "a signal and a field": (
        'seen("trial_started") && lead.opted_in',
        'seen("trial_started") && !lead.opted_in',
        'seen("trial_started") && has(lead.opted_in)',
    ),
    "in a list and not": (
        '"sap" in account.technologies',
        '!("sap" in account.technologies)',
        "size(account.technologies) > 2",
    ),
    "a prefix and a text": (
        'lead.source_campaign.startsWith("s")',
        'lead.source_campaign == "brand"',
        'lead.source_campaign in ["spring", "brand"]',
    ),
    "in a table and not": (
        f"lead.is_partner && {NAMED}",
        f"lead.is_partner && !({NAMED})",
        "lead.is_partner && has(account.domain)",
    ),
    "all that a table gives": (
        f'{ZIP} == "west"',
        f'{ZIP} == "east"',
        f'{ZIP} == "middle"',
        'lead.postal_code in table("zips")',
    ),
    "three spans of a number": (
        "account.revenue < 1.5",
        "account.revenue >= 1.5 && account.revenue <= 10.0",
        "account.revenue > 10.0",
        "account.revenue >= 0.5",
    ),
    "both branches": (
        "account.is_customer ? account.won_deals > 3 : account.open_deals > 3",
        "account.is_customer ? account.won_deals <= 3 : account.open_deals <= 3",
        "has(account.is_customer) && has(account.won_deals) && has(account.open_deals)",
    ),
    "a rep and a boolean": (
        "has(account.csm) && account.is_customer",
        "has(account.csm) && !account.is_customer",
        "has(account.csm) && has(account.is_customer)",
    ),
    "countries and all others": (
        'lead.residence in ["NO", "SE"]',
        '!(lead.residence in ["NO", "SE"])',
        'lead.residence == "IT" || lead.residence == "NO"',
    ),
    "the only fits that rules give": ("fit >= 80", "fit == 40", "fit > 0"),
    "more, equal and less": (
        "account.won_deals > account.open_deals",
        "account.won_deals == account.open_deals",
        "account.won_deals < account.open_deals",
        "has(account.won_deals) && has(account.open_deals)",
    ),
    "a sum at or above and below": (
        "account.won_deals + account.open_deals >= 7",
        "account.won_deals + account.open_deals < 7",
        "account.won_deals == 3 && account.open_deals < 100",
    ),
    "score and its opposite": ("intent >= 50 && fit > 5", "intent < 50 && fit > 5", "fit > 30"),
}

NEVER: dict[str, str] = {
    "bounds that exclude each other": "account.employees > 100 && account.employees < 50",
    "nothing between two whole numbers": "account.employees > 10 && account.employees < 11",
    "below the least value": "account.employees < 0",
    "above the greatest value": "account.seats > 10000",
    "two values at once": 'lead.country == "US" && lead.country == "CA"',
    "in one list and not in a longer": (
        'lead.country in ["US"] && !(lead.country in ["US", "CA"])'
    ),
    "above and below one number": "account.revenue > 5.0 && account.revenue < 5.0",
    "after July and before June": (f"account.renews_on >= {JULY} && account.renews_on < {JUNE}"),
    "more today than this week": f"{TODAY} > 3 && {VIEWS} < 3",
    "counted and not seen": '!seen("trial_started") && count("trial_started", "7d") > 0',
    "seldom and often": f"{VIEWS} >= 5 && {VIEWS} <= 2",
    "a fit that rules do not add up to": "fit >= 90",
    "a fit between what rules give": "fit > 40 && fit < 80",
    "a fit above the cap": "fit > 100",
    "a fit below the floor": "fit < 0",
    "a tier that no fit reaches": 'tier == "S"',
    "a tier against its fit": 'tier == "A" && fit < 70',
    "an intent above its cap": "intent > 300",
    "an intent below its floor": "intent < 0",
    "there and missing": "has(lead.title) && !has(lead.title)",
    "a missing field compared": "!has(account.seats) && account.seats > 3",
    "twice a whole number is odd": "lead.team_size * 2 == 7",
    "less than what is more than it": (
        "lead.team_size > account.seats && account.seats >= 5 && lead.team_size < 3"
    ),
    "each more than the other": (
        "account.won_deals > account.open_deals && account.open_deals > account.won_deals"
    ),
    "a territory against what makes it": 'territory == "americas" && lead.country == "DE"',
    "a territory of a lead without country": 'territory == "europe" && !has(lead.country)',
    "a lead type against what makes it": 'lead_type == "demo" && !seen("demo_request")',
    "a later lead type": 'lead_type == "raised" && seen("demo_request")',
    "two beginnings": (
        'lead.source_campaign.startsWith("a") && lead.source_campaign.startsWith("b")'
    ),
    "a text without its part": (
        'lead.source_campaign == "brand" && !lead.source_campaign.contains("ran")'
    ),
    "a short text that is long": 'lead.title == "boss" && size(lead.title) > 9',
    "in an empty list": '"sap" in account.technologies && size(account.technologies) == 0',
    "no branch": "account.is_customer ? !account.is_customer : account.is_customer",
    "at odds with the table": f'{ZIP} == "west" && lead.postal_code == "10001"',
    "what no table gives": f'{ZIP} == "north"',
}

NOT_ALL: dict[str, str] = {
    "only those with a country": "has(lead.country)",
    "all sizes but absence": "account.employees < 10 || account.employees >= 10",
    "true or false but absence": "lead.opted_in || !lead.opted_in",
    "two of three tiers": 'tier in ["A", "B"]',
    "one lead type": 'lead_type == "demo"',
    "all countries but absence": (
        'lead.country in ["US", "CA", "MX", "GB", "DE", "AT", "CH", "FR", "JP", "AU"]'
    ),
    "all revenues but absence": "account.revenue >= 0.0",
    "absence and a part": "!has(account.employees) || account.employees > 10",
    "some fit": "fit > 0",
    "seen or not seen": 'seen("demo_request") || !seen("pricing_view")',
    "more or less, but not equal": "account.won_deals != account.open_deals",
    "all but one value": 'account.industry != "other" || !has(account.industry)',
    "a table and absence": 'lead.postal_code in table("zips") || !has(lead.postal_code)',
}

_AREAS = (
    area("americas", 'lead.country in ["US", "CA", "MX"]'),
    area("europe", 'lead.country in ["GB", "DE", "AT", "CH", "FR"]'),
    area("elsewhere", "true"),
)
_TYPES = (
    kind("demo", 'seen("demo_request")', "5m"),
    kind("raised", 'seen("webinar_attended")', "30m"),
    kind("content", "true", "same_day"),
)
_TWO_FORTIES = (
    points('lead.persona == "executive"', 40),
    points('account.plan == "enterprise"', 40),
)


def _with_areas(host: Written) -> Written:
    return replace(host, territories=_AREAS)


def _with_types(host: Written) -> Written:
    return replace(host, lead_types=_TYPES)


def _with_fit(host: Written) -> Written:
    """Of 0, 40 or 80, and nothing else looks at it."""
    types = tuple(line for line in _TYPES)
    ways = tuple(line for line in host.mql if "fit" not in line.text and "person" not in line.text)
    return replace(host, fit=_TWO_FORTIES, lead_types=types, mql=ways, territories=(), exclude=())


def _with_tier_s(host: Written) -> Written:
    return replace(_with_fit(host), tiers="{S: 95, A: 70, B: 40, C: 0}")


def _with_plain_intent(host: Written) -> Written:
    return replace(host, intent=("cap: 300",))


MADE: dict[str, Callable[[Written], Written]] = {
    "all territories": _with_areas,
    "territories by what makes them": _with_areas,
    "a territory against what makes it": _with_areas,
    "a territory of a lead without country": _with_areas,
    "a lead type and the others": _with_types,
    "a lead type against what makes it": _with_types,
    "a later lead type": _with_types,
    "the only fits that rules give": _with_fit,
    "a fit that rules do not add up to": _with_fit,
    "a fit between what rules give": _with_fit,
    "a tier that no fit reaches": _with_tier_s,
    "an intent above its cap": _with_plain_intent,
    "an intent below its floor": _with_plain_intent,
}
"""What must be known of scores, territories and lead types for the fault to be one."""
