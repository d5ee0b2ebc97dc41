"""Contracts of thousands of rules, of every kind that people write, for figures about proofs."""

from handrail.trials.bench.ground import CONTRACT

TEAMS = 40
ZONES = 200
ZIPS = 6_000
DEAD_EVERY = 100  # one rule in a hundred is planted behind the union of the two before it
FIELDS = """\
  lead.postal_code: {type: string}
  lead.title: {type: string}
  account.technologies: {type: list}
  account.revenue: {type: number, min: 0}
  account.renews_on: {type: date}
  account.seats: {type: integer, min: 0}
"""
TABLES = {"zips.csv": "zip,zone\n" + "".join(f"{10_000 + n},z{n % ZONES}\n" for n in range(ZIPS))}


def contract_of(rules: int) -> tuple[str, int]:
    """The text, and how many of its rules are dead."""
    written: list[str] = []
    dead = 0
    for number in range(rules):
        if number % DEAD_EVERY == DEAD_EVERY - 3:
            written += [_rule(number + step, when) for step, when in enumerate(_covered(number))]
            dead += 1
        elif number % DEAD_EVERY < DEAD_EVERY - 3:
            written.append(_rule(number, _condition(number)))
    head, _, rest = CONTRACT.partition("routing:\n")
    head = head.replace("fields:\n", f"tables: {{zips: zips.csv}}\nfields:\n{FIELDS}", 1)
    return head + "routing:\n" + "".join(written) + rest, dead


def _rule(number: int, when: str) -> str:
    return f"  - {{name: r{number}, when: '{when}', to: [team:t{number % TEAMS}]}}\n"


def _condition(n: int) -> str:
    k = n // 10
    kinds = (
        f'lead.country == "US" && account.employees >= {k * 9} && account.employees < {k * 9 + 9}',
        f'lead.postal_code in ["{90_000 + n}", "{80_000 + n}", "x{n}"]',
        f'lookup("zips", lead.postal_code) == "z{n % ZONES}" && lead.title == "t{n}"',
        f"!has(account.industry) && account.seats == {n}",
        f'lead.source_campaign == "c{n}" && count("pricing_view", "7d") >= {n % 4 + 1}',
        f'"t{n}" in account.technologies && !(lead.country == "CA")',
        f'tier == "A" && lead.source_campaign == "a{n}" && intent >= {n % 200}',
        f'account.revenue > {k}.5 && account.revenue <= {k + 2}.5 && lead.title == "r{k}"',
        f'account.renews_on >= timestamp("{2027 + n // 300}-{n % 12 + 1:02}-{n % 28 + 1:02}'
        f'T00:00:00Z") && lead.title in ["u{n}", "v{n}"]',
        f'seen("demo_request") ? lead.title == "w{n}" : lead.postal_code == "y{n}"',
    )
    return kinds[n % len(kinds)]


def _covered(n: int) -> tuple[str, str, str]:
    """The third takes nobody: what it matches is in the first or in the second."""
    begin = 1_000_000 + n // 100 * 9
    return (
        f"account.seats >= {begin} && account.seats < {begin + 5}",
        f"account.seats >= {begin + 5} && account.seats < {begin + 9}",
        f"account.seats >= {begin + 2} && account.seats < {begin + 8} && has(lead.country)",
    )
