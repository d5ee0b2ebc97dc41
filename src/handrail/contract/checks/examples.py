"""Leads that show a claim: whole lines, as `handrail decide` reads them."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from handrail.contract.checks.cells import NOW, Cell
from handrail.contract.checks.search import Domains
from handrail.contract.checks.space import DERIVED, TOLD_BY_MAIL, Space
from handrail.contract.facts import Facts
from handrail.contract.model import Condition, Contract
from handrail.terms.lead import Value
from handrail.terms.signal import Signal

Lead = dict[str, object]
Evaluate = Callable[[Contract, Lead], Facts]
"""All that conditions see of a lead line: scores, tier, territory and lead type among it."""

Claim = Callable[[Facts], bool]
TRIES_MAX = 1_500  # leads evaluated for one example
TOGETHER_MAX = 3  # values changed at once while looking for one
OPTIONS_MAX = 6  # values of one variable that are tried
MAIL_NAME = "lena"


class Examples:
    """Looks for leads; each one given out was put through the real conditions.

    Without `evaluate` only claims about attributes and signals have examples.
    """

    def __init__(self, contract: Contract, evaluate: Evaluate | None) -> None:
        self._contract = contract
        self._evaluate = evaluate
        self._whole: Space | None = None

    def lead(
        self, space: Space, domains: Domains, claim: Claim, conditions: Iterable[Condition]
    ) -> Lead | None:
        """A lead in `domains` for which `claim`, about `conditions`, is true; best one that would
        be routed: not excluded and qualified."""
        cells = space.chosen(domains)
        evaluate = self._evaluate
        if evaluate is None:
            derived = any(condition.fields & space.derived for condition in conditions)
            line = None if derived else self._line(cells)
            return line if line is not None and claim(_plain_facts(line)) else None
        second: Lead | None = None
        for line in itertools.islice(self._candidates(space, domains, cells), TRIES_MAX):
            facts = evaluate(self._contract, line)
            if claim(facts):
                if self._is_routed(facts):
                    return line
                second = second or line
        return second

    def _is_routed(self, facts: Facts) -> bool:
        barred = any(clause.when.test(facts) is True for clause in self._contract.exclude)
        return not barred and any(way.when.test(facts) is True for way in self._contract.mql.any)

    def _candidates(
        self, space: Space, domains: Domains, cells: Mapping[str, Cell]
    ) -> Iterator[Lead]:
        """The plainest lead first, then those that differ from it in one value, two, three."""
        options = self._options(space, domains)
        for size in range(TOGETHER_MAX + 1):
            for names in itertools.combinations(options, size):
                for values in itertools.product(*(options[name] for name in names)):
                    line = self._line({**cells, **dict(zip(names, values, strict=True))})
                    if line is not None:
                        yield line

    def _options(self, space: Space, domains: Domains) -> dict[str, list[Cell]]:
        """What may be changed, signals that score most first."""
        if self._whole is None:
            self._whole = Space(self._contract, _all_conditions(self._contract))
        options: dict[str, list[Cell]] = {}
        for name, add in sorted(_signal_points(self._contract).items(), key=lambda one: -one[1]):
            if f"signal:{name}" not in space.cells and add > 0:
                options[f"signal:{name}"] = [Cell({}, (Signal(name, NOW),))]
        for variable, cells in {**self._whole.cells, **space.cells}.items():
            if variable not in space.derived and variable != "fit":
                allowed = domains.get(variable, -1) if variable in space.cells else -1
                found = [cell for bit, cell in enumerate(cells) if allowed >> bit & 1]
                options.setdefault(variable, []).extend(found[:OPTIONS_MAX])
        return options

    def _line(self, cells: Mapping[str, Cell]) -> Lead | None:
        """None where the cells contradict each other or stand for no known value."""
        values: dict[str, Value] = {}
        signals: list[Signal] = []
        for cell in cells.values():
            signals.extend(cell.signals)
            values.update(cell.values)
        email = _email(values)
        if email is None:
            return None
        values.pop("lead.email", None)
        values.pop("lead.email_domain", None)
        line: Lead = {"id": "example", "email": email, "captured_at": _written(NOW)}
        for name in sorted(values):
            if "." in name and name not in DERIVED:
                line[name] = _as_json(values[name])
        self._fill_required(line, cells)
        line["signals"] = [_signal_line(signal) for signal in sorted(signals, key=_age)]
        return line

    def _fill_required(self, line: Lead, cells: Mapping[str, Cell]) -> None:
        """A lead that lacks what is required may be held back, which would hide the claim."""
        for name in self._contract.mql.require:
            full = name if "." in name else f"lead.{name}"
            field = self._contract.fields.get(full)
            is_open = field is not None and field.type == "string" and field.values is None
            if full in cells or full in TOLD_BY_MAIL:
                continue
            if is_open or full == "lead.source_campaign":
                line.setdefault(full, "spring")


def _all_conditions(contract: Contract) -> list[Condition]:
    found = [rule.when for score in contract.scores for rule in score.rules]
    found += [clause.when for clause in contract.territories]
    found += [clause.when for clause in contract.lead_types]
    found += [clause.when for clause in contract.exclude]
    return found + [clause.when for clause in contract.mql.any]


def _signal_points(contract: Contract) -> dict[str, int]:
    points: dict[str, int] = {}
    for score in contract.scores:
        for name, signal in score.signals.items():
            points[name] = points.get(name, 0) + signal.add
    return points


def _email(values: Mapping[str, Value]) -> str | None:
    """An address that gives the domains which the values ask for."""
    email = values.get("lead.email")
    domain = values.get("lead.email_domain")
    if isinstance(domain, str) and isinstance(email, str) and not email.endswith(f"@{domain}"):
        email = None if not email.startswith(f"{MAIL_NAME}") else f"{MAIL_NAME}@{domain}"
        return email
    if isinstance(email, str):
        return email if "@" in email else None
    host = domain or values.get("account.domain") or "fresh.example"
    return f"{MAIL_NAME}@{host}"


def _plain_facts(line: Lead) -> Facts:
    values: dict[str, Value] = {}
    for name, value in line.items():
        if "." in name and isinstance(value, str | int | float):
            values[name] = value
        elif "." in name and isinstance(value, list):
            values[name] = tuple(value)
    email = str(line["email"])
    values["lead.email"] = email
    values["lead.email_domain"] = email.rpartition("@")[2]
    values.setdefault("account.domain", values["lead.email_domain"])
    return Facts(values, (), NOW)


def _as_json(value: Value) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _age(signal: Signal) -> tuple[object, str]:
    return signal.at, signal.name


def _written(at: object) -> str:
    return str(at).replace(" ", "T").replace("+00:00", "Z")


def _signal_line(signal: Signal) -> object:
    return signal.name if signal.at == NOW else {"name": signal.name, "at": _written(signal.at)}
