"""The pages behind signed links in messages to reps."""

from handrail.web.act.pages import act_router

__all__ = ["act_router"]
