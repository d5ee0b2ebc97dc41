"""An audit of definitions in words."""

from handrail.cli.given import counted
from handrail.cli.say import say
from handrail.lab.definitions import Audit
from handrail.lab.definitions.report import Comparison, SettleFirst
from handrail.lab.definitions.settle import Settlement

STEPS_SHOWN_MAX = 10


def say_audit(found: Audit) -> None:
    say(f"{counted(found.leads, 'lead')}, {counted(len(found.teams), 'team')}")
    for team, stages in found.silent.items():
        if stages:
            say(f"  {team} says nothing of {', '.join(stages)}")
    for pair in found.pairs:
        for stage, comparison in pair.stages.items():
            say("")
            say(f"{stage}: {pair.teams[0]} and {pair.teams[1]}")
            _say_counts(comparison, found.leads)
            _say_steps(comparison)
    if len(found.teams) > 2:
        for stage, count in found.all_agree.items():
            say(f"\n{stage}: all teams that define it agree on {counted(count, 'lead')}")
    if found.settle_first is not None:
        say("")
        _say_first(found.settle_first)


def _say_counts(found: Comparison, leads: int) -> None:
    only = ", ".join(f"only {team} {count:,}" for team, count in found.only.items())
    unlabelled = leads - found.compared
    rest = f", {unlabelled:,} without a label" if unlabelled else ""
    say(f"  both {found.both:,}, neither {found.neither:,}, {only}{rest}")
    share = 100 * found.disagreements / found.compared if found.compared else 0.0
    say(f"  they disagree on {counted(found.disagreements, 'lead')} ({share:.1f} %)")
    if found.kappa is not None:
        kappa = found.kappa
        say(f"  Cohen's kappa {kappa.value:.2f} (95 %: {kappa.low:.2f} to {kappa.high:.2f})")


def _say_steps(found: Comparison) -> None:
    for step in found.clauses[:STEPS_SHOWN_MAX]:
        creates = f", {step.creates:,} new ones" if step.creates else ""
        say(
            f"  {step.explains:>7,}  {_point(step)}: {_how(step)}{creates}, {step.remaining:,} left"
        )
        for one in step.examples:
            values = ", ".join(f"{name} {_said(value)}" for name, value in one.values.items())
            say(f"           such as {one.lead}{': ' if values else ''}{values}")
    more = len(found.clauses) - STEPS_SHOWN_MAX
    if more > 0:
        say(f"           and {counted(more, 'smaller one')} (--json has them all)")
    if found.unexplained:
        say(f"  {found.unexplained:>7,}  that no single clause settles")


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)  # as conditions write it


def _say_first(first: SettleFirst) -> None:
    step = first.step
    say(f"Settle first, of {first.stage}: {_point(step)}.")
    say(
        f"  If {_how(step)}, {step.remaining:,} of {counted(first.disagreements, 'disagreement')} "
        "remain."
    )
    if first.otherwise is not None:
        other = first.otherwise
        say(f"  If instead {other.team} {other.does} it, {other.remaining:,} remain.")


def _point(step: Settlement) -> str:
    line = f" (line {step.line})" if step.line is not None else ""
    part = f"`{step.part}` in " if step.part is not None else ""
    return f'{part}{step.team}\'s clause "{step.clause}"{line}'


def _how(step: Settlement) -> str:
    return f"{step.settled_by.team} {step.settled_by.does} it"
