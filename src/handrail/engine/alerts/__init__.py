"""Alerts: what one person is told, and the one act that it asks for; every channel renders it.

A `Message` (`message`) is committed with the events and names ids and instants only. When
it is sent, `alert_of` makes of it what the person reads: what happened, the act, the time left, who
else is told, what follows if nobody acts, and the brief.
"""

from handrail.engine.alerts.alert import (
    Act,
    Alert,
    Button,
    Folded,
    Happening,
    Recipient,
    Window,
    schema,
)
from handrail.engine.alerts.brief import Brief, Draft, Step, brief_of
from handrail.engine.alerts.digest import Line, digest_of, folded_of, lines_of
from handrail.engine.alerts.kinds import KINDS, Kind, asked_of, kind_of
from handrail.engine.alerts.making import Sight, alert_apart, alert_of
from handrail.kernel.reach import Reach, reach_of

__all__ = [
    "KINDS",
    "Act",
    "Alert",
    "Brief",
    "Button",
    "Draft",
    "Folded",
    "Happening",
    "Kind",
    "Line",
    "Reach",
    "Recipient",
    "Sight",
    "Step",
    "Window",
    "alert_apart",
    "alert_of",
    "asked_of",
    "brief_of",
    "digest_of",
    "folded_of",
    "kind_of",
    "lines_of",
    "reach_of",
    "schema",
]
