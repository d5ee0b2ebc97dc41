"""Faults in the times that buyers are offered, and in what comes of choosing one."""

from handrail.trials.mutants_fault import Planted

_SLOTS = "tests/laws/test_slots.py"
_PAGE = "tests/smoke/test_booking_page.py"
_MAIL = "tests/smoke/test_booking_mail.py"

BOOKING = (
    Planted(
        "a time that ends outside the shift",
        "The rep works all through a time that is offered.",
        "kernel/slots.py",
        "min(_down(until_at) - size, latest)",
        "min(_down(until_at) - 1, latest)",
        tests=(_SLOTS,),
    ),
    Planted(
        "no buffer after a meeting",
        "Nothing that takes the rep's time lies in the buffers of a time that is offered.",
        "kernel/slots.py",
        "(rules.length + rules.after) // _SECOND",
        "rules.length // _SECOND",
        tests=(_SLOTS,),
    ),
    Planted(
        "meetings that touch are refused",
        "Spans are [from, until): a meeting may begin as another ends.",
        "kernel/slots.py",
        "_up(span.until_at) + behind - 1)",
        "_up(span.until_at) + behind)",
        tests=(_SLOTS,),
    ),
    Planted(
        "steps by the clock of Greenwich",
        "Steps are counted from the rep's local midnight.",
        "kernel/slots.py",
        "(-(first + offset)) % step",
        "(-first) % step",
        tests=(_SLOTS,),
    ),
    Planted(
        "one meeting more than the day's limit",
        "A rep's local day takes no more than its number of meetings.",
        "kernel/slots.py",
        "if count >= rules.per_day)",
        "if count > rules.per_day)",
        tests=(_SLOTS,),
    ),
    Planted(
        "a time that is taken is booked",
        "A choice is judged again when it is made, against what is known then.",
        "engine/booking/booking.py",
        "            if not able:",
        "            able = able or reps\n            if not able:",
        tests=(_PAGE,),
    ),
    Planted(
        "a stale calendar is guessed at",
        "No time is offered that may not be free.",
        "kernel/offering.py",
        " and not conditions.calendar_stale",
        "",
        tests=(_PAGE,),
    ),
    Planted(
        "a meeting stands in its own way",
        "What is moved makes room.",
        "kernel/offering.py",
        "    if moving is not None and moving.rep == rep:",
        "    if False and moving is not None:",
        tests=(_PAGE,),
    ),
    Planted(
        "a link that never ends",
        "A page opens for a quarter of a year at most.",
        "engine/booking/links.py",
        "        if now >= opens.until:",
        "        if False:",
        tests=(_PAGE,),
    ),
    Planted(
        "a look at the page cancels",
        "A GET changes nothing: mail scanners open every link.",
        "web/booking/pages.py",
        'heading="Cancel this time?",',
        "heading=str(await self._bookings.cancel(offer.handoff.id)),",
        tests=(_PAGE,),
    ),
    Planted(
        "a reminder of a meeting that was called off",
        "An errand that says nothing true any more is dropped.",
        "engine/booking/errands.py",
        "    if meeting is None or meeting.number != errand.number:",
        "    if meeting is None:\n        return None\n    if meeting.number != errand.number:",
        tests=(_MAIL,),
    ),
    Planted(
        "times by mail to who wants none",
        "A buyer who left is written to only where mail is allowed.",
        "engine/arranging/carrying.py",
        "        if not reach_of(sight.case.lead, sight.contract).mail:",
        "        if False:",
        tests=(_MAIL,),
    ),
    Planted(
        "a meeting stays in the calendar of who gave it away",
        "Rep, calendar, invitation and ledger move together.",
        "engine/arranging/carrying.py",
        "(errand.from_rep, errand.rep, holder)",
        "(errand.rep, holder)",
        tests=(_MAIL,),
    ),
    Planted(
        "each change is another meeting",
        "An invitation keeps its id for the meeting's whole life.",
        "engine/booking/events.py",
        "return uid_of(handoff=case.handoff.id, number=meeting.number)",
        "return uid_of(handoff=case.handoff.id, number=hash(meeting.from_at))",
        tests=(_MAIL,),
    ),
)
