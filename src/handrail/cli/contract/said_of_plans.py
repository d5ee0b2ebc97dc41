"""A plan in words."""

from handrail.cli.given import counted
from handrail.cli.say import say
from handrail.lab.plan import Plan
from handrail.lab.plan.intervals import Change, Estimate

MOVES_SHOWN_MAX = 12  # of one kind; --json has them all
SHARES_SHOWN_MAX = 20


def say_plan(found: Plan) -> None:
    old, new = found.old, found.new
    say(f"{counted(found.leads, 'lead')} on {counted(found.days, 'day')}; intervals are of 90 %")
    if found.erased:
        say(f"  {counted(found.erased, 'lead')} of erased people are not among them")
    say(f"old: {old.contract} {old.version} ({old.digest[:12]})")
    say(f"new: {new.contract} {new.version} ({new.digest[:12]})")
    if not found.changed:
        say("No lead is treated differently.")
    else:
        say(f"{counted(found.changed, 'lead')} treated differently")
    say("")
    _say_change("MQL", found.mql)
    _say_moves(found)
    say("\nleads given out, by the simulator")
    for team in found.teams:
        _say_change(f"team:{team.team}", team.leads)
    moved = [share for share in found.reps if share.leads.difference.count]
    for rep in moved[:SHARES_SHOWN_MAX]:
        _say_change(rep.rep, rep.leads)
    if len(moved) > SHARES_SHOWN_MAX:
        say(f"  and {counted(len(moved) - SHARES_SHOWN_MAX, 'more rep')} (--json has them all)")
    breaches = found.breaches
    _say_change("first actions late", Change(breaches.old, breaches.new, breaches.difference))


def _say_moves(found: Plan) -> None:
    kind, shown = "", 0
    for move in found.moves:
        if move.kind != kind:
            kind, shown = move.kind, 0
            say(f"\n{kind.replace('_', ' ')}")
        shown += 1
        if shown > MOVES_SHOWN_MAX:
            continue
        such = f", such as {', '.join(move.examples)}" if move.examples else ""
        count = _in_words(Estimate(move.count, move.low, move.high))
        say(f"  {move.old or '-'} -> {move.new or '-'}: {count}{such}")


def _say_change(name: str, change: Change) -> None:
    difference = _in_words(change.difference, signed=True)
    say(f"  {name}: {change.old.count:,} -> {change.new.count:,}, difference {difference}")


def _in_words(found: Estimate, *, signed: bool = False) -> str:
    count = f"{found.count:+,}" if signed and found.count else f"{found.count:,}"
    if found.low is None:
        return count
    return f"{count} ({found.low:,} to {found.high:,})"
