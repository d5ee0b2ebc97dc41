"""Groups of routing rules that are alive beside each other.

Each group looks at fields of its own and leaves a lead that has none of them to what follows, so
that any groups make a sound contract in any order. What scores are made of (persona, plan, title)
no group looks at.
"""

import itertools
from collections.abc import Callable, Sequence
from random import Random

from tests.proofs.written import Line, rule

SIZES = (10, 50, 200, 1000, 5000)
COUNTRIES = ("US", "CA", "MX", "GB", "DE", "AT", "CH", "FR", "JP", "AU")
TARGETS = (
    "team:inbound",
    "team:field, team:inbound",
    "team:east",
    "team:west, team:inbound",
    "team:partners",
)
Block = Callable[[Random], list[Line]]


def _to(chance: Random) -> str:
    return chance.choice(TARGETS)


def sizes(chance: Random) -> list[Line]:
    """Half-open bands without gap or overlap, from the top or from the bottom."""
    bounds = sorted(chance.sample(SIZES, chance.randint(1, 4)))
    whens = [f"account.employees < {bounds[0]}"]
    whens += [
        f"account.employees >= {low} && {high} > account.employees"
        for low, high in itertools.pairwise(bounds)
    ]
    whens.append(f"account.employees >= {bounds[-1]}")
    if chance.random() < 0.5:
        whens.reverse()
    return [rule(f"size {at}", when, _to(chance)) for at, when in enumerate(whens)]


def sizes_by_order(chance: Random) -> list[Line]:
    """The first match wins, so that upper bounds need not be said."""
    bounds = sorted(chance.sample(SIZES, 3), reverse=True)
    return [
        rule(f"size {at}", f"account.employees >= {low}", _to(chance))
        for at, low in enumerate(bounds)
    ]


def countries(chance: Random) -> list[Line]:
    names = chance.sample(COUNTRIES, 7)
    listed = ", ".join(f'"{name}"' for name in names[2:5])
    return [
        rule("one country", f'lead.country == "{names[0]}"', _to(chance)),
        rule("some countries", f"lead.country in [{listed}]", _to(chance), needs="german"),
        rule(
            "either country",
            f'lead.country == "{names[1]}" || "{names[5]}" == lead.country',
            _to(chance),
        ),
    ]


def industries(chance: Random) -> list[Line]:
    return [
        rule("software", 'account.industry == "software"', _to(chance)),
        rule(
            "regulated",
            '!(account.industry in ["software", "retail"]) && account.industry != "other"',
            _to(chance),
        ),
    ]


def campaigns(chance: Random) -> list[Line]:
    return [
        rule("brand", 'lead.source_campaign == "brand"', _to(chance)),
        rule("spring", 'lead.source_campaign.startsWith("spring")', _to(chance)),
        rule("webinars", 'lead.source_campaign.contains("webinar")', _to(chance)),
        rule("this year", 'lead.source_campaign.endsWith("-2026")', _to(chance)),
        rule("long names", "size(lead.source_campaign) > 60", _to(chance)),
    ]


def flags(chance: Random) -> list[Line]:
    return [
        rule("partners who opted in", "lead.opted_in && lead.is_partner", "team:partners"),
        rule("other partners", "lead.is_partner && !lead.opted_in", _to(chance)),
        rule("no partners", "!lead.is_partner && lead.opted_in == true", _to(chance)),
        rule("partners of unknown mind", "lead.is_partner", _to(chance)),
    ]


def dates(chance: Random) -> list[Line]:
    month = chance.randint(2, 6)
    begin, end = (f'timestamp("2026-0{one}-01T00:00:00Z")' for one in (month, month + 2))
    return [
        rule("due soon", f"account.renews_on >= {begin} && account.renews_on < {end}", _to(chance)),
        rule("overdue", f"account.renews_on < {begin}", _to(chance)),
        rule("trial ends before", "lead.trial_ends < account.renews_on", _to(chance)),
    ]


def technologies(chance: Random) -> list[Line]:
    return [
        rule(
            "both",
            '"sap" in account.technologies && "oracle" in account.technologies',
            _to(chance),
        ),
        rule("one of them", '"sap" in account.technologies', _to(chance)),
        rule("many", "size(account.technologies) >= 5", _to(chance)),
    ]


def money(chance: Random) -> list[Line]:
    middle = chance.choice((1.5, 10.0, 250.0))
    return [
        rule("shrinking", "account.growth < 0.0", _to(chance)),
        rule("rich", f"account.revenue >= {middle}", _to(chance)),
        rule("growing", "account.growth > 0.25 && account.revenue > 1.0", _to(chance)),
    ]


def deals(chance: Random) -> list[Line]:
    return [
        rule("more seats than people", "account.seats > lead.team_size", _to(chance)),
        rule("many deals", "account.open_deals + account.won_deals >= 5", _to(chance)),
        rule("even seats", "account.seats % 2 == 0 && account.seats >= 100", _to(chance)),
        rule("few per person", "account.won_deals * 3 < lead.team_size", _to(chance)),
    ]


def behaviours(chance: Random) -> list[Line]:
    count = chance.randint(3, 6)
    return [
        rule("often looked", f'count("pricing_view", "7d") >= {count}', _to(chance)),
        rule("tries alone", 'seen("trial_started") && !seen("webinar_attended")', _to(chance)),
        rule("tried before", 'count("trial_started", "1d") < count("trial_started", "30d")'),
        rule("looked", 'count("pricing_view", "7d") == 2', _to(chance)),
    ]


def standing(chance: Random) -> list[Line]:
    return [
        rule("best", 'tier == "A" && intent >= 50', "team:field, team:inbound"),
        rule("fits", "fit >= 60", _to(chance)),
        rule("asks", "intent >= 80", _to(chance)),
        rule("second demo", 'lead_type == "demo" && tier == "B"', _to(chance)),
    ]


def named(chance: Random) -> list[Line]:
    return [
        rule("named", 'account.domain in table("named")', _to(chance)),
        rule("western", 'lookup("zips", lead.postal_code) == "west"', _to(chance)),
        rule("other known zips", 'lead.postal_code in table("zips")', _to(chance)),
        rule("schools", 'lead.email_domain.endsWith(".edu")', _to(chance), needs="french"),
        rule("shared mailboxes", 'lead.email.startsWith("info@")', _to(chance)),
    ]


def owners(chance: Random) -> list[Line]:
    return [
        rule("customer", "has(account.csm)", "account.csm, continue"),
        rule("owned", "has(account.owner)", "account.owner, continue"),
        rule(
            "partner account",
            'has(account.partner_rep) && account.partner_rep != "nobody"',
            "account.partner_rep, team:partners",
        ),
        rule("known account", "account.last_lead_days < 90", "account.last_owner, continue"),
        rule("came before", "lead.times_mql > 0", _to(chance)),
    ]


def chosen(chance: Random) -> list[Line]:
    return [
        rule(
            "by standing",
            'account.is_customer ? account.won_deals > 30 : lead.residence in ["NO", "SE"]',
            _to(chance),
        ),
        rule(
            "nested",
            '(lead.residence == "NO" || lead.residence == "IT" && account.is_customer) '
            '&& !(lead.residence == "FR" || has(account.partner_rep) && account.is_customer)',
            _to(chance),
        ),
    ]


def one_by_one(chance: Random) -> list[Line]:
    """Many alike, as exported from elsewhere."""
    count = chance.randint(15, 40)
    return [
        rule(
            f"campaign {number}",
            f'lead.source_campaign == "c{number}" && account.seats >= {number}',
            _to(chance),
        )
        for number in range(count)
    ]


BLOCKS: Sequence[Block] = (
    sizes,
    sizes_by_order,
    countries,
    industries,
    campaigns,
    flags,
    dates,
    technologies,
    money,
    deals,
    behaviours,
    standing,
    named,
    owners,
    chosen,
    one_by_one,
)
TOGETHER_NEVER = ({"sizes", "sizes_by_order"}, {"campaigns", "one_by_one"}, {"deals", "one_by_one"})
"""Of these only one, since they look at the same fields."""
