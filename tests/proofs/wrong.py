"""What is wrong in itself: names, types, values, bands, chains."""

from collections.abc import Callable
from dataclasses import replace

from tests.proofs.written import Line, Written, area, bar, kind, marked, rule

CONDITIONS: dict[str, tuple[str, str]] = {
    "a misspelt field": ("undefined", 'lead.contry == "US"'),
    "another misspelt field": ("undefined", "account.employes >= 10"),
    "a misspelt function": ("undefined", 'sen("demo_request")'),
    "a misspelt method": ("undefined", 'lead.title.startWith("chief")'),
    "a misspelt signal": ("undefined", 'seen("demo_reqest")'),
    "a misspelt signal in a count": ("undefined", 'count("pricing_veiw", "7d") > 2'),
    "a misspelt table": ("undefined", 'account.domain in table("namd")'),
    "a misspelt look-up": ("undefined", 'lookup("zip", lead.postal_code) == "west"'),
    "a misspelt tier": ("undefined", 'teir == "A"'),
    "a misspelt lead type": ("undefined", 'lead_typ == "demo"'),
    "a misspelt score": ("undefined", "fitt >= 40"),
    "a bare word for a text": ("undefined", "lead.country == US"),
    "a misspelt truth": ("undefined", "tru"),
    "a text for a number": ("type", 'account.employees >= "10"'),
    "a number for a text": ("type", "lead.country == 3"),
    "a text for a boolean": ("type", 'lead.is_partner == "yes"'),
    "a text as a condition": ("type", "lead.country && lead.is_partner"),
    "a number as a condition": ("type", "account.employees"),
    "whole and other numbers added": ("type", "account.revenue + 1 > 2.0"),
    "a text for a list": ("type", 'account.technologies == "sap"'),
    "a text for a score": ("type", 'fit == "A"'),
    "a text for a date": ("type", 'account.renews_on > "2026-01-01"'),
    "a value outside the list": ("value", 'lead.country == "UK"'),
    "a value outside the list, in a list": ("value", 'account.industry in ["finance", "softwre"]'),
    "a tier that is none": ("value", 'tier == "D"'),
    "a country that is none": ("value", 'lead.residence == "XX"'),
    "a lead type that is none": ("value", 'lead_type == "demmo"'),
    "an empty condition": ("syntax", ""),
    "a condition of blanks": ("syntax", "  "),
    "half a condition": ("syntax", "lead.is_partner &&"),
    "an open bracket": ("syntax", "(lead.is_partner"),
}

Plant = Callable[[Written], Written]


def _target(target: str) -> Plant:
    return lambda host: host.adding(marked(rule("planted", "account.seats > 3", target)))


def _misspelt_key(host: Written) -> Written:
    return host.adding(Line("  - {name: planted, whn: 'true', to: [team:east]}", mark=True))


def _twin(host: Written) -> Written:
    first = rule("twin", "account.seats > 30", "team:east")
    return host.adding(first, marked(rule("twin", "account.seats > 20", "team:west")))


def _wrong_area(host: Written) -> Written:
    areas = (area("north", 'lead.country == "CA"'), marked(area("south", "lead.country == 5")))
    rules = tuple(line for line in host.routing if "territory" not in line.text)
    return replace(host, territories=areas, routing=rules)


def _wrong_area_name(host: Written) -> Written:
    areas = (area("north", 'lead.country == "CA"'), area("south", 'lead.country == "MX"'))
    rules = tuple(line for line in host.routing if "territory" not in line.text)
    made = replace(host, territories=areas, routing=rules)
    return made.adding(marked(rule("planted", 'territory == "nroth"', "team:east")))


PLACES: dict[str, tuple[str, Plant]] = {
    "a misspelt rep field as target": ("undefined", _target("account.csmm")),
    "a field that is no rep as target": ("type", _target("account.industry")),
    "a misspelt kind of target": ("value", _target("taem:east")),
    "continue before the end": ("value", _target("continue, team:east")),
    "a misspelt key": ("undefined", _misspelt_key),
    "one name twice": ("value", _twin),
    "a territory with a type error": ("type", _wrong_area),
    "a territory that is none": ("value", _wrong_area_name),
}

BANDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "one whole number left out": (
        "band_gap",
        ("account.employees < 250", "account.employees > 250"),
    ),
    "a hundred left out": (
        "band_gap",
        (
            "account.employees <= 250",
            "account.employees > 250 && account.employees <= 2400",
            "account.employees >= 2500",
        ),
    ),
    "a wide span left out": (
        "band_gap",
        (
            "account.seats < 10",
            "account.seats >= 10 && account.seats < 50",
            "account.seats >= 500",
        ),
    ),
    "one number left out": ("band_gap", ("account.revenue < 5.0", "account.revenue > 5.0")),
    "one value in two": ("band_overlap", ("account.employees <= 250", "account.employees >= 250")),
    "a thousand in two": (
        "band_overlap",
        ("account.employees >= 11 && account.employees <= 1000", "account.employees >= 1000"),
    ),
    "a span in two": (
        "band_overlap",
        (
            "account.seats < 10",
            "account.seats >= 10 && account.seats <= 60",
            "account.seats >= 50",
        ),
    ),
}

CHAINS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "a chain that ends in silence": (
        "escalation",
        ("{breach: 1, do: reroute}", "{breach: 2, do: alert_manager}"),
        1,
    ),
    "a breach left out": (
        "value",
        ("{breach: 1, do: reroute}", "{breach: 3, do: incident, repeat: 15m}"),
        1,
    ),
    "a misspelt act": (
        "value",
        ("{breach: 1, do: rerout}", "{breach: 2, do: incident, repeat: 15m}"),
        0,
    ),
}


def _first(line: Line) -> Plant:
    """Before all other rules, so that it certainly takes some leads."""
    return lambda host: replace(host, routing=(marked(line), *host.routing), never_use=BARRED)


def _excluding(when: str) -> Plant:
    return lambda host: replace(host, exclude=(*host.exclude, marked(bar(when))), never_use=BARRED)


def _typing(first: Line, *others: Line) -> Plant:
    """Lead types anew, of which the first is to be found."""

    def plant(host: Written) -> Written:
        rules = tuple(line for line in host.routing if "lead_type" not in line.text)
        kinds = (marked(first), *others, kind("content", "true", "same_day"))
        return replace(host, lead_types=kinds, routing=rules, never_use=BARRED)

    return plant


BARRED = "[gender, age]"
DUTIES: dict[str, tuple[str, Plant]] = {
    "gender decides who gets it": (
        "never_use",
        _first(rule("planted", 'lead.gender == "f"', "team:west")),
    ),
    "whether an age is known decides": (
        "never_use",
        _first(rule("planted", "has(lead.age)", "team:partners")),
    ),
    "the old are excluded": ("never_use", _excluding("lead.age >= 65")),
    "gender sets the window": (
        "never_use",
        _typing(kind("demo", 'seen("demo_request") && lead.gender != "f"', "5m")),
    ),
    "whoever asks waits longer": (
        "slower_sla",
        _typing(
            kind("demo", 'seen("demo_request")', "2h"),
            kind("raised", 'seen("webinar_attended")', "5m"),
        ),
    ),
    "whoever asks waits till the evening": (
        "slower_sla",
        _typing(
            kind("demo", 'seen("demo_request")', "same_day"),
            kind("looked", 'count("pricing_view", "7d") > 2', "30m"),
        ),
    ),
    "whoever looks often waits longer": (
        "slower_sla",
        _typing(
            kind("demo", 'count("pricing_view", "7d") > 4', "60m"),
            kind("looked", 'count("pricing_view", "7d") > 2', "30m"),
        ),
    ),
}
