"""When buyers may book: the section `booking`."""

from datetime import timedelta

from handrail.contract.model import Booking, NoShow
from handrail.contract.read import keys
from handrail.contract.read.report import Report
from handrail.contract.read.shapes import Entries

DAY = timedelta(days=1)
HORIZON_MAX = timedelta(days=92)
LENGTH_MAX = timedelta(hours=8)
BUFFER_MAX = timedelta(hours=4)
HOLD_MAX = timedelta(hours=1)


def read_booking(root: Entries, report: Report) -> Booking | None:
    entries = root.get(keys.BOOKING_SECTION)
    if entries is None:
        return None
    assumed = Booking()
    read = Booking(
        length=entries.take(keys.BOOKING_LENGTH, assumed.length),
        step=entries.take(keys.BOOKING_STEP, assumed.step),
        before=entries.take(keys.BOOKING_BEFORE, assumed.before),
        after=entries.take(keys.BOOKING_AFTER, assumed.after),
        notice=entries.take(keys.BOOKING_NOTICE, assumed.notice),
        within=entries.take(keys.BOOKING_WITHIN, assumed.within),
        per_day=entries.get(keys.BOOKING_PER_DAY),
        offer=entries.take(keys.BOOKING_OFFER, assumed.offer),
        hold=entries.take(keys.BOOKING_HOLD, assumed.hold),
        reminders=tuple(item.value for item in entries.take(keys.BOOKING_REMINDERS, ())),
        title=entries.take(keys.BOOKING_TITLE, assumed.title),
        no_show=_no_show(entries.get(keys.BOOKING_NO_SHOW)),
    )
    _check(read, entries, report)
    return read


def _no_show(entries: Entries | None) -> NoShow:
    assumed = NoShow()
    if entries is None:
        return assumed
    return NoShow(
        credit=entries.take(keys.NO_SHOW_CREDIT, assumed.credit),
        offer=entries.take(keys.NO_SHOW_OFFER, assumed.offer),
    )


def _check(read: Booking, entries: Entries, report: Report) -> None:
    if DAY % read.step or read.step < timedelta(minutes=5):
        message = "a day must hold a whole number of steps of at least 5 minutes, such as 15m"
        report.at(entries.at(keys.BOOKING_STEP), "value", message)
    limits = (
        (keys.BOOKING_LENGTH, read.length, LENGTH_MAX, "a meeting takes at most 8h"),
        (keys.BOOKING_BEFORE, read.before, BUFFER_MAX, "at most 4h before a meeting"),
        (keys.BOOKING_AFTER, read.after, BUFFER_MAX, "at most 4h after a meeting"),
        (keys.BOOKING_WITHIN, read.within, HORIZON_MAX, "nobody books more than 92d ahead"),
        (keys.BOOKING_HOLD, read.hold, HOLD_MAX, "a time is held for at most 1h"),
    )
    for key, given, most, message in limits:
        if given > most:
            report.at(entries.at(key), "value", message)
    if read.notice >= read.within:
        message = "the notice leaves no time: `notice` must be shorter than `within`"
        report.at(entries.at(keys.BOOKING_NOTICE), "value", message)
