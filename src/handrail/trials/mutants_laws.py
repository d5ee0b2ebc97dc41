"""For each law of `tests/laws` a fault that it must notice: a law that cannot fail is none."""

from handrail.trials.mutants_fault import Planted


def _law(test: str, law: str, file: str, old: str, new: str) -> Planted:
    """The fault's name is the law's test."""
    module, _, name = test.partition("::")
    return Planted(name, law, file, old, new, tests=(f"tests/laws/{module}.py::{name}",))


_DUE = "if draft.now >= clock.due_at and acted_at >= clock.due_at:"
_LATE = "late_by=int((draft.now - clock.due_at).total_seconds())"
_NO_PERIODS = "        if not periods:\n            return None\n"
_DAY_ENDS = "        end_at = max(end for _, end in periods)\n        return _WorkingDay(on"
_COUNTED = 'globals().update(n=globals().get("n", 0) + 1) or globals()["n"]'

LAWS = (
    _law(
        "test_clocks::test_a_breach_never_heals_by_waiting",
        "A breach never heals.",
        "kernel/clockwork.py",
        _DUE,
        "if clock.due_at <= draft.now < clock.due_at + LOOK_AGAIN / 48 <= acted_at + LOOK_AGAIN:",
    ),
    _law(
        "test_clocks::test_a_second_wake_up_at_one_instant_brings_nothing",
        "A doubled wake-up is harmless.",
        "kernel/handoff_folds.py",
        "replace(clock, warn_at=None) if clock.kind == event.clock else clock",
        "clock",
    ),
    _law(
        "test_clocks::test_a_wake_up_before_its_instant_brings_nothing",
        "Nothing fires early.",
        "kernel/clockwork.py",
        "clock.warn_at <= draft.now < clock.due_at:",
        "draft.now < clock.due_at:",
    ),
    _law(
        "test_clocks::test_only_an_act_before_the_due_instant_meets_the_clock",
        "The due instant itself is late.",
        "kernel/clockwork.py",
        _DUE,
        "if draft.now > clock.due_at and acted_at > clock.due_at:",
    ),
    _law(
        "test_clocks::test_a_machine_timed_act_counts_from_its_own_time",
        "Machine-timed acts count from their own time.",
        "kernel/working.py",
        "acted_at = command.from_at or draft.now",
        "acted_at = draft.now",
    ),
    _law(
        "test_clocks::test_overlapping_pauses_count_once",
        "Overlapping pauses count once.",
        "kernel/working.py",
        "from_at = max(draft.now, handoff.paused_until or draft.now)",
        "from_at = draft.now",
    ),
    _law(
        "test_clocks::test_an_overdue_step_is_taken_once_and_the_next_window_is_whole",
        "An overdue step is taken once, with its lateness.",
        "kernel/clockwork.py",
        _LATE,
        "late_by=0",
    ),
    _law(
        "test_clocks::test_the_same_arguments_give_the_same_decision",
        "The same arguments give the same decision.",
        "kernel/clockwork.py",
        _LATE,
        f"late_by={_COUNTED}",
    ),
    _law(
        "test_scores::test_the_order_in_which_signals_came_in_does_not_matter",
        "Signals are read by time, then name.",
        "terms/signal.py",
        "return tuple(sorted(signals, key=lambda signal: (signal.at, signal.name)))",
        "return tuple(signals)",
    ),
    _law(
        "test_scores::test_a_score_stays_between_its_floor_and_its_cap",
        "A score has its floor and its cap.",
        "kernel/score.py",
        "bounded = max(score.floor, total)",
        "bounded = total",
    ),
    _law(
        "test_scores::test_nothing_before_a_reset_counts",
        "Nothing before a reset counts.",
        "kernel/score.py",
        "start = index + 1",
        "start = 0",
    ),
    _law(
        "test_scores::test_no_period_keeps_more_signals_than_its_limit",
        "A signal is kept if fewer than N kept ones lie in (t - P, t].",
        "kernel/score.py",
        "return earlier[-limit.count] <= at - limit.period",
        "return earlier[-limit.count] < at - limit.period",
    ),
    _law(
        "test_scores::test_a_whole_number_of_half_lives_halves_exactly_and_rounds_half_away_from_zero",
        "Rounded half away from zero.",
        "kernel/score.py",
        ".quantize(Decimal(1), ROUND_HALF_UP)",
        ".quantize(Decimal(1))",
    ),
    _law(
        "test_scores::test_idle_time_is_charged_in_every_gap",
        "Idle time is charged in every gap.",
        "kernel/score.py",
        "gap_end = signals[index + 1].at if index + 1 < len(signals) else now",
        "gap_end = now",
    ),
    _law(
        "test_routing::test_the_order_of_members_never_decides",
        "The input's order never decides.",
        "kernel/rank.py",
        "keyed.sort()",
        "keyed.sort(key=lambda item: item[0][:-1])",
    ),
    _law(
        "test_routing::test_everyone_looked_at_has_a_reason_and_one_is_picked_if_a_rep_owns_it",
        "A reason for every rep not picked.",
        "kernel/route.py",
        "            book.add_ineligible(rep, code)",
        "            continue",
    ),
    _law(
        "test_routing::test_an_eligible_rep_is_assigned_at_once",
        "A rep eligible now is assigned.",
        "kernel/route.py",
        "free = [rep for rep, verdict in verdicts.items() if verdict.code is None]",
        "free = [rep for rep, verdict in verdicts.items() if verdict.code is None][1:]",
    ),
    _law(
        "test_routing::test_deficits_of_a_team_add_up_to_nothing",
        "A deficit is the weight's share of all that was had, less what was had.",
        "kernel/rank.py",
        "return self.weights[rep] * self._total_had - self._had[rep] * self._total_weight",
        "return self.weights[rep] * self._total_had - self._had[rep]",
    ),
    _law(
        "test_routing::test_who_has_had_more_is_never_further_behind",
        "The largest deficit goes first.",
        "kernel/rank.py",
        "-shares.deficit(rep),",
        "shares.deficit(rep),",
    ),
    _law(
        "test_hours_on_the_wall_clock::test_working_time_is_what_the_wall_clock_shows_around_each_clock_change",
        "A span ends before its end.",
        "terms/hours.py",
        "return after > 0 and at < stretch.ends[after - 1]",
        "return after > 0 and at <= stretch.ends[after - 1]",
    ),
    _law(
        "test_hours_on_the_wall_clock::test_what_is_added_is_what_lies_between",
        "What is added is what lies between.",
        "terms/hours.py",
        "return whole + tail - self._stretch(first).worked_until(from_at)",
        "return whole + tail",
    ),
    _law(
        "test_hours_on_the_wall_clock::test_the_next_start_is_at_once_or_nothing_lies_before_it",
        "The next start is the first.",
        "terms/hours.py",
        "start = stretch.starts[after]",
        "start = stretch.starts[-1]",
    ),
    _law(
        "test_hours_on_the_wall_clock::test_a_pool_works_when_any_of_its_members_does",
        "A pool's time is the union of its members'.",
        "terms/hours.py",
        "return distinct[0] if len(distinct) == 1 else _Pool(distinct)",
        "return distinct[0]",
    ),
    _law(
        "test_hours_on_the_wall_clock::test_a_day_off_has_no_minute_of_work_even_when_a_night_runs_into_it",
        "Holidays are whole local days.",
        "terms/hours.py",
        "return on in self._dates or any(",
        "return on in self._dates and any(",
    ),
    _law(
        "test_hours_on_the_wall_clock::test_saturday_quarter_to_five_and_ninety_minutes_is_monday_half_past_ten",
        "A deadline crosses a weekend in working time.",
        "terms/hours.py",
        "result = stretch.ends[at] - (stretch.worked[at] - left)",
        "result = start + amount",
    ),
    _law(
        "test_hours_on_the_wall_clock::test_a_window_split_by_a_pause_of_no_length_is_due_when_it_was",
        "A pause of no length moves nothing.",
        "terms/hours.py",
        "left = amount + stretch.worked_until(start)",
        "left = amount",
    ),
    _law(
        "test_cel_against_rust::test_an_accepted_condition_means_what_cel_means",
        "What we accept must mean what CEL means.",
        "contract/cel/compile.py",
        "quotient = abs(left) // abs(right)",
        "quotient = -(-abs(left) // abs(right))",
    ),
    _law(
        "test_contract_reading::test_no_text_raises",
        "A readable contract file always gets its findings.",
        "contract/text/tree.py",
        "except Unreadable as wrong:",
        "except ZeroDivisionError as wrong:",
    ),
    _law(
        "test_contract_reading::test_no_damaged_contract_raises",
        "A readable contract file always gets its findings.",
        "contract/text/tree.py",
        "except Unreadable as wrong:",
        "except ZeroDivisionError as wrong:",
    ),
    _law(
        "test_contract_reading::test_no_shuffled_contract_raises",
        "A readable contract file always gets its findings.",
        "contract/text/tree.py",
        "except Unreadable as wrong:",
        "except ZeroDivisionError as wrong:",
    ),
    _law(
        "test_contract_reading::test_the_sample_is_clean_and_checked_in_no_time",
        "A sound contract has no findings.",
        "contract/checks/dead_rule.py",
        "            if solve(alone, space.full, budget) is not None:",
        "            if solve(alone, space.full, budget) is None:",
    ),
    _law(
        "test_contract_reading::test_claims_about_scores_have_leads_that_are_routed",
        "A dead rule's example is a lead that matches it.",
        "contract/checks/dead_rule.py",
        "example = examples.lead(claim, [one.when for one in clauses])",
        "example = None",
    ),
    _law(
        "test_hours_on_the_wall_clock::test_a_date_that_the_zone_skipped_has_no_working_time",
        "A date without working time is no working day.",
        "terms/hours.py",
        _NO_PERIODS + _DAY_ENDS,
        _DAY_ENDS,
    ),
    _law(
        "test_cel_against_rust::test_where_the_library_leaves_the_definition_we_keep_to_it",
        "A size is counted in code points.",
        "contract/cel/compile.py",
        "return _negation(_compile(term.operand), len)",
        "return _negation(_compile(term.operand), lambda one: len(one) + 1)",
    ),
    _law(
        "test_contract_reading::test_a_claim_is_made_exactly_when_no_lead_speaks_against_it",
        "A claim is made exactly when no lead speaks against it.",
        "contract/checks/dead_rule.py",
        "if solve([space.holds(clause.when)], space.full, budget) is None:",
        "if solve([space.holds(clause.when)], space.full, budget) is not None:",
    ),
    _law(
        "test_ledger_mutations::test_each_of_1000_random_mutations_is_found_at_its_place",
        "A changed entry is found.",
        "engine/ledger.py",
        "return hashlib.sha256(previous + body).digest()",
        'return hashlib.sha256(b"").digest()',
    ),
    _law(
        "test_definitions::test_what_the_audit_counts_is_what_the_evaluator_says_of_each_lead",
        "The audit counts what the evaluator says.",
        "lab/definitions/sides.py",
        'found &= true if clause.role == "need" else ~true',
        "found &= true",
    ),
    _law(
        "test_definitions::test_the_steps_explain_each_disagreement_once_and_leave_none",
        "Every disagreement is explained once.",
        "lab/definitions/settle.py",
        "unexplained &= ~settled",
        "unexplained &= ~left",
    ),
)
