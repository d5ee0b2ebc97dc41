"""Faults to plant: each breaks one sentence of the rules, and something must notice it."""

import msgspec


class Planted(msgspec.Struct, frozen=True):
    """One fault. `old` stands exactly once in `file`; `rehearsals` or `tests` must notice `new`."""

    name: str
    law: str
    file: str  # under src/handrail
    old: str
    new: str
    rehearsals: tuple[str, ...] = ()  # under examples/rehearsals, without the ending
    tests: tuple[str, ...] = ()  # where no rehearsal can see it


_LEDGER_TESTS = ("tests/laws/test_ledger_mutations.py", "tests/unit/engine/test_verify.py")

CLOCKS = (
    Planted(
        "due instant is in time",
        "The due instant itself is late.",
        "kernel/clockwork.py",
        "if draft.now >= clock.due_at and acted_at >= clock.due_at:",
        "if draft.now > clock.due_at and acted_at > clock.due_at:",
        ("clock/due_instant_is_late",),
    ),
    Planted(
        "act at the due instant annuls",
        "A clock is met only by an act before `due_at`.",
        "kernel/working.py",
        "not breach.annulled and breach.due_at > acted_at",
        "not breach.annulled and breach.due_at >= acted_at",
        ("clock/due_instant_is_late",),
    ),
    Planted(
        "warning beside an overdue breach",
        "A warning overdue together with its breach is not given.",
        "kernel/clockwork.py",
        "        elif clock.warn_at is not None and clock.warn_at <= draft.now < clock.due_at:",
        "        if clock.warn_at is not None and clock.warn_at <= draft.now:",
        ("clock/outage",),
    ),
    Planted(
        "lateness forgotten",
        "After an outage the overdue step is taken with its `due_at` and `late_by`.",
        "kernel/clockwork.py",
        "late_by=int((draft.now - clock.due_at).total_seconds())",
        "late_by=0",
        ("clock/outage",),
    ),
    Planted(
        "machine time ignored",
        "Acts timed by a machine count from their own time.",
        "kernel/working.py",
        "acted_at = command.from_at or draft.now",
        "acted_at = draft.now",
        ("clock/learnt_late",),
    ),
    Planted(
        "overlapping pauses add up",
        "Overlapping pauses count once.",
        "kernel/working.py",
        "from_at = max(draft.now, handoff.paused_until or draft.now)",
        "from_at = draft.now",
        ("clock/pauses_overlap",),
    ),
    Planted(
        "windows run in a pause",
        "No clock of the handoff runs until `until`.",
        "kernel/draft.py",
        "return max(self.now, paused_until or self.now)",
        "return self.now",
        ("clock/opened_in_a_pause",),
    ),
    Planted(
        "business minutes on the wall",
        "`m` and `h` count working time on a business clock.",
        "kernel/sla.py",
        '    if contract.sla.clock == "business":\n        return hours.add(now, window)\n',
        "",
        ("window/business",),
    ),
    Planted(
        "opening at closing time counts today",
        "An opening exactly at the end counts for the next day.",
        "terms/hours.py",
        "after = bisect_right(stretch.day_ends, at)",
        "after = bisect_left(stretch.day_ends, at)",
        ("window/same_day_after_hours",),
    ),
    Planted(
        "holidays worked",
        "Business time is the owning rep's shifts less holidays and leave.",
        "terms/hours.py",
        "if span.from_minute < MINUTES_PER_DAY and on not in self._days_off:",
        "if span.from_minute < MINUTES_PER_DAY:",
        ("window/holiday",),
    ),
    Planted(
        "pool goes home with the first",
        "On a wall clock `same_day` is for a pool the latest end among its members that day.",
        "terms/hours.py",
        "answer = on, max(day[1] for day in days if day[0] == on)",
        "answer = on, min(day[1] for day in days if day[0] == on)",
        ("window/latest_end",),
    ),
    Planted(
        "re-typing prolongs",
        "Re-typed: due at the earlier of the old due and now plus the new window.",
        "kernel/opening.py",
        "clocks = (fresh,) if fresh.due_at < running.due_at else ()",
        "clocks = (fresh,)",
        ("again/retyped_keeps_its_due",),
    ),
    Planted(
        "an act leaves the incident open",
        "`incident` pages each `repeat` until a first action, rejection or override.",
        "kernel/working.py",
        '    _close_incident(draft, reason="first_action")\n',
        "",
        ("escalation/incident_pages",),
    ),
    Planted(
        "a rejection leaves the incident open",
        "`incident` pages each `repeat` until a first action, rejection or override.",
        "kernel/disposition.py",
        "if handoff.incident is not None:",
        "if False:",
        ("escalation/incident_rejected",),
    ),
    Planted(
        "a set owner is re-routed",
        "A set owner is not re-routed, its breaches go to the manager, then the incident.",
        "kernel/clockwork.py",
        'is_set = "owner" in draft.handoff.set_by_person',
        "is_set = False",
        ("override/owner",),
    ),
    Planted(
        "quiet hours hold nothing",
        "Quiet hours hold `alerted`.",
        "kernel/draft.py",
        'if until is None or kind == "incident":',
        "if True:",
        ("alert/quiet_hours",),
    ),
    Planted(
        "one attempt more than agreed",
        "Enough attempts within the follow-up period and no answer is the code that follows.",
        "kernel/clockwork.py",
        "if handoff.attempts >= plan.attempts:",
        "if handoff.attempts > plan.attempts:",
        ("reject/no_response",),
    ),
    Planted(
        "a late second owner is refused",
        "A sensible answer to every command in every stage: late acceptance is acceptance.",
        "kernel/working.py",
        'return handoff.clock("handover") is not None or any(',
        'return handoff.clock("handover") is not None and any(',
        ("window/handover",),
    ),
)

PEOPLE = (
    Planted(
        "smallest deficit first",
        "Rank `fair`: largest deficit first.",
        "kernel/rank.py",
        "-shares.deficit(rep),",
        "shares.deficit(rep),",
        ("share/weight",),
    ),
    Planted(
        "ramp ignored",
        "Weight includes ramp.",
        "terms/people.py",
        "* own.ramp",
        "* 100",
        ("share/ramp",),
    ),
    Planted(
        "credit not given back",
        "Had = assignments in this team, less credits.",
        "engine/standing.py",
        "had -= len(credited) - bisect_left(credited, start)",
        "had -= 0",
        ("share/credit",),
    ),
    Planted(
        "absence ignored",
        "Had counts, for time absent, own weight x leads the others got then / their weights.",
        "kernel/rank.py",
        "if not tally.absent or not others:",
        "if not others or True:",
        ("roster/leave_and_return",),
    ),
    Planted(
        "shares never begin anew",
        "Shares are counted since the window began, in the contract's zone.",
        "engine/standing.py",
        '        case "day":\n            return day, day + timedelta(days=1)\n',
        "",
        ("share/window",),
    ),
    Planted(
        "breach forgiven",
        "`reroute`: the rule's chain again without those who breached this handoff.",
        "kernel/eligibility.py",
        "if rep.id in demand.breached_by:",
        "if False:",
        ("ineligible/excluded_after_breach",),
    ),
    Planted(
        "refusal forgotten",
        "Who declined a handoff is ineligible for it.",
        "kernel/eligibility.py",
        "if rep.id in demand.declined_by:",
        "if False:",
        ("ineligible/declined",),
    ),
    Planted(
        "one open handoff too many",
        "Caps are never broken.",
        "kernel/eligibility.py",
        "load.open >= caps.open",
        "load.open > caps.open",
        ("ineligible/at_capacity",),
    ),
    Planted(
        "one lead a day too many",
        "Caps are never broken.",
        "kernel/eligibility.py",
        "load.day >= caps.day",
        "load.day > caps.day",
        ("ineligible/daily_cap",),
    ),
    Planted(
        "weeks begin on Sunday",
        "Cap weeks are from Monday, of the rep's local calendar.",
        "engine/standing.py",
        "week = day - timedelta(days=day.weekday())",
        "week = day - timedelta(days=(day.weekday() + 1) % 7)",
        ("ineligible/weekly_cap",),
    ),
    Planted(
        "same-day leads find people busy",
        "A `same_day` lead finds nobody busy in this way.",
        "kernel/eligibility.py",
        "if not demand.same_day and load.timed >= rep.caps.timed:",
        "if load.timed >= rep.caps.timed:",
        ("ineligible/busy_with_timed_lead",),
    ),
    Planted(
        "meetings end a moment later",
        "Spans are [from, until).",
        "kernel/eligibility.py",
        "any(span.from_at <= now < span.until_at for span in conditions.busy)",
        "any(span.from_at <= now <= span.until_at for span in conditions.busy)",
        ("pool/meeting_ends",),
    ),
    Planted(
        "first come, first served",
        "A pool is served earliest deadline first.",
        "kernel/pool.py",
        "item.due_at or item.handoff.opened_at",
        "item.handoff.opened_at",
        ("pool/earliest_deadline_first",),
    ),
    Planted(
        "bound without time",
        "Nobody is bound to a lead that they cannot finish before their next meeting while "
        "another can save it.",
        "kernel/pool.py",
        "        if _can_finish(rep=rep, view=view, at=now):",
        "        if True:",
        ("pool/no_time_before_the_meeting",),
    ),
    Planted(
        "a colleague starts afresh",
        "A colleague of an account whose handoff is being worked goes to its owner first.",
        "kernel/opening.py",
        'return ("colleague", worker) if worker is not None else (None, None)',
        "return (None, None)",
        ("again/colleague",),
    ),
    Planted(
        "continue ends the chain",
        "`continue`: go on with the next rule.",
        "kernel/route.py",
        "if not any(isinstance(target, ContinueTarget) for target in rule.to):",
        "if True:",
        ("route/owner_continue",),
    ),
)

SCORES = (
    Planted(
        "halves to the even",
        "Rounded half away from zero.",
        "kernel/score.py",
        "quantize(Decimal(1), ROUND_HALF_UP)",
        'quantize(Decimal(1), "ROUND_HALF_EVEN")',
        ("score/rounding",),
    ),
    Planted(
        "a week and a moment",
        "Kept if fewer than N kept ones of that name lie in (t-P, t].",
        "kernel/score.py",
        "earlier[-limit.count] <= at - limit.period",
        "earlier[-limit.count] < at - limit.period",
        ("score/frequency",),
    ),
    Planted(
        "silence counts a moment later",
        "`idle` applies its `add` at `after` and then `every`.",
        "kernel/score.py",
        "if gap >= idle.after:",
        "if gap > idle.after:",
        ("score/idle",),
    ),
    Planted(
        "nothing is reset",
        "Scores are functions of the signals since the last reset.",
        "kernel/score.py",
        "start = index + 1",
        "start = 0",
        ("score/reset",),
    ),
    Planted(
        "no floor",
        "Then once `min(cap, max(floor, sum))`.",
        "kernel/score.py",
        "bounded = max(score.floor, total)",
        "bounded = total",
        ("score/floor",),
    ),
    Planted(
        "no cap",
        "Then once `min(cap, max(floor, sum))`.",
        "kernel/score.py",
        "bounded if score.cap is None else min(score.cap, bounded)",
        "bounded",
        ("score/cap",),
    ),
)

RECORD = (
    Planted(
        "same event twice",
        "The same source event, sent any number of times in any order, has one effect.",
        "engine/engine.py",
        "            if item.id in leads:",
        "            if False:",
        ("again/same_event",),
    ),
    Planted(
        "chain without its link",
        "A changed or removed ledger entry is found.",
        "engine/ledger.py",
        "return hashlib.sha256(previous + body).digest()",
        "return hashlib.sha256(body).digest()",
        tests=("tests/tidy/test_mutants_record.py",),
    ),
    Planted(
        "gap in the ledger",
        "Unbroken chain: entries are numbered without a gap.",
        "engine/work.py",
        "entry = Entry(seq=head.seq + 1,",
        "entry = Entry(seq=head.seq + 2,",
        tests=_LEDGER_TESTS,
    ),
    Planted(
        "personal values in the chain",
        "The ledger hashes salted commitments, and personal values lie beside it.",
        "engine/ledger.py",
        "            command=blank(entry.command),\n",
        "            command=entry.command,\n",
        tests=("tests/tidy/test_mutants_record.py",),
    ),
)

PLANTED = (*CLOCKS, *PEOPLE, *SCORES, *RECORD)
QUICK = frozenset(
    {
        "due instant is in time",
        "warning beside an overdue breach",
        "smallest deficit first",
        "credit not given back",
        "absence ignored",
        "halves to the even",
        "a week and a moment",
        "first come, first served",
        "chain without its link",
        "same event twice",
    }
)
assert len(QUICK) == 10 and {one.name for one in PLANTED} >= QUICK
