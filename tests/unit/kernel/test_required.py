"""What a contract requires at a stage is asked for, by name, and taken from whoever knows it."""

from datetime import timedelta

import pytest

from handrail.contract.read import read_contract_text
from handrail.kernel.decision import Decision, Refusal
from handrail.terms import command as cmd
from handrail.terms import event as ev
from tests.cast import CONTRACT, MINUTE, START, Scene, contract, lena, names

OF = contract(
    CONTRACT.replace(
        "  accept_within: 4h\n",
        "  accept_within: 4h\n  require: [country, account.employees, budget]\n",
    )
)
ALL = {"country": "US", "account.employees": 40, "budget": "20k"}


def scene(**attributes: object) -> Scene:
    told = Scene(of=OF)
    told.lena(**attributes)
    return told


def accept(**given: object) -> cmd.Accept:
    named = {name.replace("__", "."): value for name, value in given.items()}
    return cmd.Accept(rep="ada", personal=cmd.Personal(attributes=named))


def refusal(told: Scene, command: cmd.Command) -> Refusal:
    answer = told.ask(command, at=START + MINUTE)
    assert isinstance(answer, Refusal), answer
    return answer


def test_acceptance_names_all_that_is_missing_in_the_contracts_order() -> None:
    refused = refusal(scene(), accept())
    assert refused.code == "missing_fields"
    assert refused.missing == ("country", "account.employees", "budget")
    assert refusal(scene(lead__country="DE"), accept(budget="x")).missing == ("account.employees",)


def test_what_is_given_with_the_act_counts_for_it() -> None:
    told = scene()
    events = told.do(accept(country="US", account__employees=40, budget="20k"), at=START + MINUTE)
    assert names(events) == ["completed", "scored", "accepted"]
    assert told.case is not None
    assert told.case.lead.attributes["lead.country"] == "US"
    assert told.case.lead.attributes["account.employees"] == 40
    completed = events[0]
    assert isinstance(completed, ev.Completed)
    assert completed.answers == ("budget",)
    assert completed.personal.note == "budget: 20k"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"country": "XX"}, "DE, US"),
        ({"account.employees": "many"}, "integer"),
        ({"contry": "US"}, "neither a field nor required"),
        ({"budget": "  "}, "empty"),
        ({"lead.email": "x@y.example"}, "cannot be given"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_with_what_to_write(
    given: dict[str, object], told: str
) -> None:
    refused = refusal(scene(), cmd.Complete(by="ada", personal=cmd.Personal(attributes=given)))
    assert refused.code == "bad_value"
    assert told in refused.message


def test_a_given_value_takes_the_place_of_one_that_could_not_be_read() -> None:
    told = scene(account__employees="many", lead__country="US")
    assert refusal(told, accept(budget="x")).missing == ("account.employees",)
    told.do(accept(budget="x", account__employees=7), at=START + MINUTE)
    assert told.case is not None
    assert told.case.lead.attributes["account.employees"] == 7


@pytest.mark.parametrize(
    ("done", "event", "way"),
    [
        (
            cmd.BookMeeting(
                rep="ada",
                from_at=START + timedelta(days=1),
                until_at=START + timedelta(days=1, hours=1),
            ),
            "meeting_booked",
            "meeting_booked",
        ),
        (cmd.LogConversation(rep="ada"), "conversation", "conversation"),
    ],
)
def test_what_a_person_did_is_recorded_and_the_stage_waits_for_what_is_missing(
    done: cmd.Command, event: str, way: str
) -> None:
    told = scene(lead__country="US", account__employees=9)
    events = told.do(done, at=START + MINUTE)
    assert names(events) == [event, "alerted"]
    alerted = events[1]
    assert isinstance(alerted, ev.Alerted)
    assert (alerted.kind, alerted.to, alerted.reason) == ("incomplete", "ada", "budget")
    given = cmd.Complete(by="mo", personal=cmd.Personal(attributes={"budget": "20k"}))
    accepted = told.do(given, at=START + 2 * MINUTE)[-1]
    assert isinstance(accepted, ev.Accepted)
    assert (accepted.rep, accepted.reason) == ("ada", way)


def test_qualifying_asks_for_what_acceptance_would_have_asked() -> None:
    told = scene(account__employees=9)
    soon = START + timedelta(days=2)
    bare = cmd.QualifySql(rep="ada")
    refused = refusal(told, bare)
    assert refused.missing == ("country", "budget", "problem", "next_step_at")
    full = cmd.QualifySql(
        rep="ada",
        next_step_at=soon,
        answers=("problem",),
        personal=cmd.Personal(attributes={"country": "US", "budget": "20k"}),
    )
    assert names(told.do(full, at=START + MINUTE))[-2:] == ["accepted", "sql"]


def test_an_accepted_lead_is_not_asked_again_for_acceptance() -> None:
    told = scene()
    told.do(cmd.Override(by="mo", stage="accepted"), at=START + MINUTE)
    full = cmd.QualifySql(rep="ada", next_step_at=START + timedelta(days=2), answers=("problem",))
    assert names(told.do(full, at=START + 2 * MINUTE)) == ["sql"]


def test_an_override_passes_over_what_is_missing_and_says_so() -> None:
    answer = scene().ask(cmd.Override(by="mo", stage="accepted"), at=START + MINUTE)
    assert isinstance(answer, Decision)
    assert answer.reasons.missing == ("country", "account.employees", "budget")


def test_answers_of_an_earlier_handoff_do_not_count_for_the_next() -> None:
    told = scene(**{"lead.country": "US", "account.employees": 9})
    told.do(accept(budget="20k"), at=START + MINUTE)
    told.do(cmd.Reject(rep="ada", code="no_fit"), at=START + 2 * MINUTE)
    told.do(lena("demo_request", at=START + 3 * MINUTE), at=START + 3 * MINUTE)
    assert told.case is not None
    assert told.case.handoff is not None
    owner = str(told.case.handoff.owner.rep)
    refused = told.ask(cmd.Accept(rep=owner), at=START + 4 * MINUTE)
    assert isinstance(refused, Refusal)
    assert refused.missing == ("budget",)


def test_completing_a_lead_in_triage_takes_it_out_of_triage() -> None:
    of = contract(CONTRACT.replace("any:\n", "require: [country]\n  any:\n"))
    told = Scene(of=of)
    assert "triaged" in names(told.lena())
    given = cmd.Complete(by="dana", personal=cmd.Personal(attributes={"country": "US"}))
    assert "qualified" in names(told.do(given, at=START + MINUTE))


def test_a_required_field_that_is_not_declared_is_told_where_it_stands() -> None:
    clause = "  accept_within: 4h\n"
    text = CONTRACT.replace(clause, f"{clause}  require: [lead.contry]\n")
    read = read_contract_text(text, tables={})
    (found,) = [finding for finding in read.findings if finding.severity == "error"]
    line = text[: text.index("lead.contry")].count("\n") + 1
    assert (found.kind, found.line) == ("undefined", line)
    assert "`lead.country`" in found.message
