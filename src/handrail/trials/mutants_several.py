"""Faults in what contracts require, in choosing among several, in moving over, in shadows."""

from handrail.trials.mutants_fault import Planted


def _tests(file: str, *names: str) -> tuple[str, ...]:
    """On the store in memory alone: the fault lies above it."""
    return tuple(f"tests/twins/{file}.py::{name}[memory]" for name in names)


SEVERAL = (
    Planted(
        "acceptance asks for nothing",
        "What the contract requires for acceptance is asked for at every door.",
        "kernel/working.py",
        "    return missing_now(draft, draft.contract.sal.require) if is_first else ()\n",
        "    return ()\n",
        ("require/accept",),
    ),
    Planted(
        "a meeting accepts at once",
        "What a person did is recorded; the stage waits for what is missing.",
        "kernel/working.py",
        "    missing = missing_now(draft, draft.contract.sal.require)\n    if not missing:",
        "    missing = missing_now(draft, draft.contract.sal.require)\n    if True:",
        ("require/meeting",),
    ),
    Planted(
        "answers are not asked for",
        "A required name that is no field is an answer, given by a person.",
        "kernel/required.py",
        "    wanted = tuple(name for name in dict.fromkeys(names) if name not in answers)\n",
        "    wanted = tuple(name for name in dict.fromkeys(names) if name in contract.fields)\n",
        ("require/sql",),
    ),
    Planted(
        "the source chooses nothing",
        "The source of a lead chooses its contract.",
        "engine/in_force.py",
        "        return next(named, None) or self.default\n",
        "        return self.default or next(named, None)\n",
        ("source/partner",),
    ),
    Planted(
        "one source, two contracts",
        "No two contracts in force take the same source.",
        "engine/in_force.py",
        "    shared = sorted(set(contract.sources) & set(other.sources))\n",
        "    shared = sorted(set(contract.sources) - set(contract.sources))\n",
        tests=_tests(
            "test_contracts_by_source",
            "test_no_two_contracts_in_force_take_the_same_leads",
        ),
    ),
    Planted(
        "a migration makes late",
        "A migrated clock moves forward only.",
        "kernel/migrating.py",
        "    if fresh.due_at <= clock.due_at:\n",
        "    if fresh.due_at == clock.due_at:\n",
        tests=_tests("test_migrate", "test_a_shorter_window_makes_nobody_late"),
    ),
    Planted(
        "a dry run writes",
        "A dry run changes nothing.",
        "engine/migrate.py",
        "            if dry_run:\n",
        "            if dry_run and not done:\n",
        tests=_tests("test_migrate", "test_a_dry_run_says_the_same_and_changes_nothing"),
    ),
    Planted(
        "the shadow looks too late",
        "A shadow sees what the real decision saw.",
        "engine/work.py",
        "            self._shadow(before=before, command=command, account=account, real=answer)\n"
        "            self._count(before=before, decision=answer)\n",
        "            self._count(before=before, decision=answer)\n"
        "            self._shadow(before=before, command=command, account=account, real=answer)\n",
        tests=_tests("test_shadow", "test_a_candidate_that_says_the_same_never_differs"),
    ),
    Planted(
        "a failing shadow fails the lead",
        "A failing shadow never breaks the real decision.",
        "engine/shadow.py",
        "        except Exception as fault:  # whatever it is, the real decision must not suffer",
        "        except LookupError as fault:  # whatever it is, the real decision must not suffer",
        tests=_tests("test_shadow", "test_a_failing_shadow_is_switched_off_and_the_lead_is_taken"),
    ),
)
