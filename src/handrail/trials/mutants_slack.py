"""Faults in what goes to Slack and comes from it."""

from handrail.trials.mutants_fault import Planted

_DOORS = "tests/smoke/test_slack_doors.py"
_ACTS = "tests/smoke/test_slack_acts.py"
_OUT = "tests/smoke/test_slack_out.py"
_MESSAGES = "tests/golden/test_slack_messages.py"

SLACK = (
    Planted(
        "a request from the future is let in",
        "What is signed for another time is refused, older or ahead.",
        "connectors/slack/signing.py",
        "if abs(now.timestamp() - int(timestamp)) > AGE_MAX_S:",
        "if now.timestamp() - int(timestamp) > AGE_MAX_S:",
        tests=(_DOORS,),
    ),
    Planted(
        "one signing secret only",
        "Each live secret is good, so that one can be rotated out.",
        "connectors/slack/signing.py",
        "return any(found)",
        "return found[:1] == [True]",
        tests=(_DOORS,),
    ),
    Planted(
        "a replay is worked on again",
        "What was kept before has no second effect.",
        "connectors/slack/doors.py",
        "hashlib.sha256(kept)",
        "hashlib.sha256(kept + str(self._engine.clock.now()).encode())",
        tests=(_DOORS,),
    ),
    Planted(
        "Slack waits for the engine",
        "What came in is answered before it is worked on.",
        "connectors/slack/doors.py",
        "            task.add_done_callback(self._working.discard)",
        "            await task",
        tests=(_DOORS,),
    ),
    Planted(
        "a form calls the channel together",
        "Nothing that a buyer typed is markup.",
        "connectors/slack/text.py",
        '.replace("<", "&lt;")',
        "",
        tests=(_MESSAGES,),
    ),
    Planted(
        "a text cut within an entity",
        "A text is cut between signs.",
        "connectors/slack/text.py",
        '_CUT_ENTITY.sub("", told[: most - 1]) + "…"',
        'told[: most - 1] + "…"',
        tests=(_MESSAGES,),
    ),
    Planted(
        "anybody may pause, give away and log",
        "The owner, their team's manager, and of a pool its members may; nobody else.",
        "connectors/slack/people.py",
        "    if who.id == owner.rep:\n        return True",
        "    if who.id:\n        return True",
        tests=(_ACTS,),
    ),
    Planted(
        "the buyer stays with who lost the lead",
        "A message that is over shows no buyer and no buttons.",
        "connectors/slack/follow.py",
        "        if became.is_over:\n            return settled_message",
        "        if False:\n            return settled_message",
        tests=(_ACTS,),
    ),
    Planted(
        "posted twice under one key",
        "A delivery that is remembered is not posted again.",
        "connectors/slack/client.py",
        "if await self._posts.post(alert.key) is not None:",
        "if False:",
        tests=(_OUT,),
    ),
    Planted(
        "Slack's wish to wait is not heard",
        "A 429 is heeded to the second.",
        "connectors/slack/client.py",
        'return Later(reason="answered 429", after=retry_after(answer))',
        'return Later(reason="answered 429")',
        tests=(_OUT,),
    ),
)
