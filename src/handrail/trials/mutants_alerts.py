"""Faults in what follows acceptance: attempts and their dates, silence, meetings at risk."""

from handrail.trials.mutants_fault import Planted

_FOLLOW_UP = "tests/unit/kernel/test_follow_up.py"
_CAUSE = "tests/unit/kernel/test_cause.py"
_NO_SHOW = "tests/unit/kernel/test_no_show.py"
_FALLBACK = "tests/unit/engine/test_fallback.py"

ALERTS = (
    Planted(
        "an attempt is asked for again and again",
        "Each attempt is asked for once.",
        "kernel/follow_up.py",
        " or handoff.asked_attempt > handoff.attempts:",
        ":",
        ("alert/follow_up",),
    ),
    Planted(
        "attempts all due at the end",
        "What is left of the attempts is spread evenly over what is left of the period.",
        "kernel/follow_up.py",
        "// (left + 1)",
        "// 1",
        tests=(_FOLLOW_UP,),
    ),
    Planted(
        "an attempt is asked for in a pause",
        "A pause puts the question for the next attempt off.",
        "kernel/follow_up.py",
        "handoff.paused_until or due_at",
        "due_at",
        ("alert/follow_up_paused",),
    ),
    Planted(
        "a held question outlives the attempt",
        "An attempt made while the question is held withdraws it.",
        "kernel/handoff_folds.py",
        "    return tuple(alert for alert in held if alert.kind not in kinds)\n",
        "    return held\n",
        tests=(_FOLLOW_UP,),
    ),
    Planted(
        "silence although something is planned",
        "Nothing counts as stalled while a meeting, a next step or a pause is planned.",
        "kernel/draft.py",
        "max(self.now, planned_until or self.now, *self._planned()) + after",
        "max(self.now, planned_until or self.now) + after",
        ("alert/stalled_after_a_meeting",),
    ),
    Planted(
        "earlier misses forgotten",
        "Earlier misses raise the risk of the next meeting.",
        "kernel/handoff_folds.py",
        "no_shows=handoff.no_shows + 1,",
        "no_shows=0,",
        ("alert/no_show_again",),
    ),
    Planted(
        "a meeting judged again and again",
        "The risk of a meeting is judged once.",
        "kernel/handoff_folds.py",
        "judged = replace(meeting, judge_at=None) if meeting is not None else None",
        "judged = meeting",
        ("alert/no_show_risk",),
    ),
    Planted(
        "told when nothing can be done",
        "A risk is told only while an act is left.",
        "kernel/no_show.py",
        " and told_at + ACT_TAKES <= meeting.from_at:",
        ":",
        tests=(_NO_SHOW,),
    ),
    Planted(
        "whoever was never told is blamed",
        "A breach of an owner whom no channel told is undelivered.",
        "kernel/cause.py",
        "told_at is None or (given_at is not None and told_at < given_at)",
        "False",
        tests=(_CAUSE,),
    ),
    Planted(
        "an outage blames the owner",
        "A step that is taken a minute late is an outage.",
        "kernel/cause.py",
        "draft.now - clock.due_at >= OUTAGE_FROM",
        "False",
        ("clock/outage",),
    ),
    Planted(
        "a person waits for one channel",
        "What a channel has not taken within 30 s goes to the person's next one.",
        "engine/deliver.py",
        "if move_at is not None and now >= move_at:",
        "if False:",
        tests=(_FALLBACK,),
    ),
    Planted(
        "nobody behind an open breaker is told elsewhere",
        "What waits for a provider that is down moves when its time there is over.",
        "engine/deliver.py",
        "            if not self._is_held(channel, now):\n",
        "            if True:\n",
        tests=(_FALLBACK,),
    ),
    Planted(
        "a provider that is back is kept waiting",
        "When a provider answers again, what waited for it is due.",
        "engine/breaker.py",
        "        was_down = self._was_down\n",
        "        was_down = False\n",
        tests=(_FALLBACK,),
    ),
    Planted(
        "a recipient is written to without rest",
        "Between two messages to one recipient lies what the vendor asks for.",
        "engine/pace.py",
        "        if not self._rate.to_one:\n",
        "        if True:\n",
        tests=(_FALLBACK,),
    ),
)
