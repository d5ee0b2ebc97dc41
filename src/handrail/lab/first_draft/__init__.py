"""A first contract, roster and rehearsals: from answers, from history, from exported rules."""

from handrail.lab.first_draft.answers import Answers, Person, TeamAnswer, answers_for
from handrail.lab.first_draft.asks import ASKS, Ask
from handrail.lab.first_draft.assignment_rules import CannotReadRules, draft_from_rules
from handrail.lab.first_draft.checked import Unsound, sound_pages
from handrail.lab.first_draft.history import (
    Agreement,
    CannotLearn,
    FromHistory,
    draft_from_history,
)
from handrail.lab.first_draft.pages import Draft, draft_of, draft_pages
from handrail.lab.first_draft.routes import FieldDraft, RouteDraft, Routes
from handrail.lab.first_draft.table import HistoryRow, history_row
from handrail.lab.first_draft.templates import TEMPLATES, Template

__all__ = [
    "ASKS",
    "TEMPLATES",
    "Agreement",
    "Answers",
    "Ask",
    "CannotLearn",
    "CannotReadRules",
    "Draft",
    "FieldDraft",
    "FromHistory",
    "HistoryRow",
    "Person",
    "RouteDraft",
    "Routes",
    "TeamAnswer",
    "Template",
    "Unsound",
    "answers_for",
    "draft_from_history",
    "draft_from_rules",
    "draft_of",
    "draft_pages",
    "history_row",
    "sound_pages",
]
