"""What the contract requires at a stage, and what a person gives of it together with an act.

A required name that is a field of the lead is there when its value can be read as declared; any
other name is an answer, which a person must have given in this handoff.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from handrail.contract.model import Contract, Field
from handrail.kernel import opening
from handrail.kernel.assess import assess, is_known
from handrail.kernel.decision import Case, Refusal
from handrail.kernel.draft import Draft
from handrail.kernel.facts import is_built_in, read_value
from handrail.terms import event as ev
from handrail.terms.command import Personal
from handrail.terms.evidence import AccountHistory

NO_HISTORY = AccountHistory()


def missing_for(
    names: Iterable[str],
    *,
    contract: Contract,
    case: Case,
    now: datetime,
    account: AccountHistory = NO_HISTORY,
    answered: Iterable[str] = (),
) -> tuple[str, ...]:
    """Which of the names are not there yet, each once, in their order. `answered`: just now."""
    answers = {*answered, *(case.handoff.given if case.handoff is not None else ())}
    wanted = tuple(name for name in dict.fromkeys(names) if name not in answers)
    if not wanted:
        return ()
    assessment = assess(contract=contract, lead=case.lead, account=account, now=now)
    return tuple(
        name
        for name in wanted
        if not is_known(name, contract=contract, lead=case.lead, assessment=assessment)
    )


def missing_now(
    draft: Draft, names: Iterable[str], *, answered: Iterable[str] = ()
) -> tuple[str, ...]:
    """The same, of a decision in the making."""
    return missing_for(
        names,
        contract=draft.contract,
        case=draft.case,
        now=draft.now,
        account=draft.evidence.account,
        answered=answered,
    )


def refuse_missing(names: tuple[str, ...], *, stage: str) -> Refusal | None:
    """The refusal that names what is missing, or None when nothing is."""
    if not names:
        return None
    return Refusal(
        code="missing_fields",
        message=f"the contract requires {', '.join(names)} for {stage}; "
        "give it together with the act, as `given`, or complete the handoff first",
        missing=names,
    )


def take_given(draft: Draft, *, by: str, given: Mapping[str, object]) -> Refusal | None:
    """Record what a person gave: fields go to the lead, which is scored again; answers, whose
    words are personal, are known by name."""
    attributes: dict[str, object] = {}
    answers: dict[str, object] = {}
    for name, value in sorted(given.items()):
        field = _field_of(name, draft.contract)
        refused = _refuse_value(name, value, field=field, contract=draft.contract)
        if refused is not None:
            return refused
        if field is not None:
            attributes[field.name] = value
        else:
            answers[name] = value
    if not attributes and not answers:
        return None
    note = "; ".join(f"{name}: {words}" for name, words in answers.items())
    personal = Personal(attributes=attributes, note=note or None)
    draft.emit(ev.Completed(by=by, answers=tuple(answers), personal=personal))
    if attributes:
        opening.look(draft)
    return None


def _field_of(name: str, contract: Contract) -> Field | None:
    """A bare name may be `lead.`NAME, as everywhere in `require`."""
    return contract.fields.get(name) or contract.fields.get(f"lead.{name}")


def _refuse_value(
    name: str, value: object, *, field: Field | None, contract: Contract
) -> Refusal | None:
    if field is None:
        if name not in (*contract.sal.require, *contract.sql.require):
            asked = ", ".join(dict.fromkeys((*contract.sal.require, *contract.sql.require)))
            message = f"`{name}` is neither a field nor required; required are {asked or 'none'}"
            return Refusal(code="bad_value", message=message)
        if value is None or not str(value).strip():
            return Refusal(code="bad_value", message=f"`{name}` is empty; write the answer")
    elif is_built_in(field.name):
        return Refusal(code="bad_value", message=f"`{name}` cannot be given: it is worked out")
    elif read_value(field=field, raw=value) is None:
        told = f", one of {', '.join(sorted(field.values)[:20])}" if field.values else ""
        message = f"what `{name}` was given is no {field.type}{told}; correct it"
        return Refusal(code="bad_value", message=message)
    return None
