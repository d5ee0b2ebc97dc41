"""Differences in what is made of leads, each with a lead that both versions were tried on."""

from collections.abc import Sequence
from typing import assert_never

from handrail.contract.checks.examples import Evaluate
from handrail.contract.diff.chains import Chain, Chains, Clause, chains_of
from handrail.contract.diff.model import Difference
from handrail.contract.diff.moved import Moved
from handrail.contract.diff.treatment import (
    KINDS,
    Kind,
    alert_clauses,
    does_nothing,
    goes_on,
    rule_in_words,
    scores_of,
    treated,
    type_in_words,
)
from handrail.contract.diff.witness import Shown, Witnesses
from handrail.contract.model import Contract
from handrail.contract.proof import Budget, Impossible, Possible, World
from handrail.contract.proof.formula import FALSE, Amount, AtLeast, Formula, every, negated

PAIRS_MAX = 25  # differences shown of one kind; whoever sees as many needs no more to start
GATED: frozenset[Kind] = frozenset({"routing"})  # only of leads that are MQL in both


class LeadDifferences:
    """`found` and `unknown` grow as kinds are asked about."""

    def __init__(
        self, old: Contract, new: Contract, *, evaluate: Evaluate, budget: Budget | None
    ) -> None:
        self.found: list[Difference] = []
        self.unknown: list[str] = []
        self._contracts = old, new
        self._moved = Moved(old, new)
        self._world = World((old, new), budget=budget)
        self._lead = self._world.lead()
        self._witnesses = Witnesses(self._world, self._contracts, evaluate)
        self._chains: dict[Kind, Chains] = {}
        for kind in KINDS:
            self._ask_kind(kind)
        for score in new.scores:
            self._ask_score(score.name)

    # --- kinds

    def _ask_kind(self, kind: Kind) -> None:
        chains = self._chains_of(kind)
        known: list[Formula] = []
        for suspect in chains.suspects:
            while len(known) < PAIRS_MAX:
                pair = self._pair(kind, [suspect, *known])
                if pair is None:
                    break
                known.append(chains.apart_from(*pair))
        if len(known) == PAIRS_MAX:
            self._not_settled(f"{kind}: more than {PAIRS_MAX} differences; the rest is not listed")

    def _pair(self, kind: Kind, suspects: Sequence[Formula]) -> tuple[str, str] | None:
        """The outcomes of one more difference; None when there is none, or none can be shown."""
        reason = ""
        for gate in self._gates(kind):
            verdict = self._world.ask(*(self._lead.says(one) for one in (*suspects, *gate)))
            if isinstance(verdict, Impossible):
                reason = ""
                continue
            if isinstance(verdict, Possible):
                shown = self._witnesses.find(verdict, lambda one: self._shows(kind, one))
                if shown is not None:
                    return self._add(kind, shown)
                reason = "no lead was found that shows it"
            else:
                reason = verdict.reason
        if reason:
            self._not_settled(f"{kind}: whether leads are treated differently: {reason}")
        return None

    def _not_settled(self, message: str) -> None:
        if message not in self.unknown:
            self.unknown.append(message)

    def _gates(self, kind: Kind) -> list[list[Formula]]:
        """Leads that are looked for, those that show most first. Excluded ones are all alike."""
        if kind == "exclude":
            return [[]]
        let_in = [negated(one.reaches("excluded")) for one in self._both("exclude")]
        if kind == "mql":
            return [let_in]
        routed = [*let_in, *(one.reaches("MQL") for one in self._both("mql"))]
        return [routed] if kind in GATED else [routed, let_in]

    def _both(self, kind: Kind) -> tuple[Chain, Chain]:
        chains = self._chains_of(kind)
        return chains.old, chains.new

    def _shows(self, kind: Kind, shown: Shown) -> bool:
        old, new = self._contracts
        sides = [(old, shown.old), (new, shown.new)]
        if kind != "exclude" and any(
            treated("exclude", *side).outcome == "excluded" for side in sides
        ):
            return False
        if kind in GATED and any(treated("mql", *side).outcome != "MQL" for side in sides):
            return False
        outcomes = treated(kind, *sides[0]).outcome, treated(kind, *sides[1]).outcome
        told = {(one.old, one.new) for one in self.found if one.kind == kind}
        return outcomes[0] != outcomes[1] and outcomes not in told

    def _add(self, kind: Kind, shown: Shown) -> tuple[str, str]:
        old = treated(kind, self._contracts[0], shown.old)
        new = treated(kind, self._contracts[1], shown.new)
        self.found.append(
            Difference(
                kind=kind,
                old=old.outcome,
                new=new.outcome,
                example=shown.line,
                old_line=old.line,
                new_line=new.line,
                message=f"{kind.replace('_', ' ')}: {old.outcome} -> {new.outcome}",
            )
        )
        return old.outcome.rpartition("; ")[2], new.outcome.rpartition("; ")[2]

    # --- formulas

    def _chains_of(self, kind: Kind) -> Chains:
        if kind not in self._chains:
            if kind == "tier":
                self._chains[kind] = self._tiers()
            else:
                sides = [clauses_of(kind, contract) for contract in self._contracts]
                self._chains[kind] = chains_of(
                    sides[0][0],
                    sides[1][0],
                    otherwise=(sides[0][1], sides[1][1]),
                    encoding=self._world.encoding,
                    moved=self._moved,
                )
        return self._chains[kind]

    def _tiers(self) -> Chains:
        sides = []
        for number, contract in enumerate(self._contracts):
            names = [name for name, _ in contract.tiers]
            made = self._world.encoding.made[number]
            when = contract.lead_types[-1].when  # a tier has no condition of its own
            clauses = tuple(Clause(when, name) for name in names)
            taken = tuple(made.tier_is(name) for name in names)
            sides.append(Chain(clauses, taken, (FALSE,), ""))
        old, new = sides
        suspects = (
            [
                every((old.reaches(one.outcome), negated(new.reaches(one.outcome))))
                for one in old.clauses
            ]
            if "tier" in self._moved.names
            else []
        )
        return Chains(old, new, tuple(suspects))

    # --- scores

    def _ask_score(self, name: str) -> None:
        variables = [made.score(name) for made in self._world.encoding.made]
        if name not in self._moved.names or variables[0] == variables[1]:
            return
        if variables[0] is None or variables[1] is None:
            return  # told as a clause
        for ahead, behind in (variables, variables[::-1]):
            assert ahead is not None and behind is not None
            more = AtLeast(((1, Amount(ahead)), (-1, Amount(behind))), 1)
            if self._score_differs(name, more):
                return

    def _score_differs(self, name: str, more: Formula) -> bool:
        let_in = [negated(one.reaches("excluded")) for one in self._both("exclude")]
        verdict = self._world.ask(*(self._lead.says(one) for one in (more, *let_in)))
        if isinstance(verdict, Impossible):
            return False
        shown = None
        if isinstance(verdict, Possible):
            shown = self._witnesses.find(verdict, lambda one: self._scored_apart(name, one))
        if shown is None:
            self._not_settled(f"scores: whether {name} comes out the same for every lead")
            return False
        old, new = self._scores(name, shown)
        text = f"{name}: {old} -> {new}"
        self.found.append(Difference("score", str(old), str(new), shown.line, None, None, text))
        return True

    def _scores(self, name: str, shown: Shown) -> tuple[int, int]:
        old, new = self._contracts
        return scores_of(old, shown.old)[name], scores_of(new, shown.new)[name]

    def _scored_apart(self, name: str, shown: Shown) -> bool:
        old, new = self._scores(name, shown)
        return old != new


def clauses_of(kind: Kind, contract: Contract) -> tuple[list[Clause], str]:
    """The clauses of a section of first matches, and what becomes of leads that none takes."""
    match kind:
        case "exclude":
            return [Clause(bar.when, "excluded") for bar in contract.exclude], "let in"
        case "mql":
            return [Clause(way.when, "MQL") for way in contract.mql.any], "below MQL"
        case "lead_type":
            clauses = [Clause(o.when, type_in_words(contract, o)) for o in contract.lead_types]
            return clauses, clauses[-1].outcome
        case "territory":
            return [Clause(area.when, area.name) for area in contract.territories], "no territory"
        case "routing":
            rules = [rule for rule in contract.routing if not does_nothing(rule)]
            return [Clause(o.when, rule_in_words(o), goes_on(o)) for o in rules], "nobody"
        case "alerts":
            return [Clause(when, said) for when, said in alert_clauses(contract)], "no alert"
        case "tier":
            raise AssertionError("tiers have no clauses")
        case _:
            assert_never(kind)
