"""The console's pages of contracts: who may see them, what they list, the page that both sign."""

from datetime import timedelta

from handrail.contract.model import Contract
from handrail.contract.read import read_contract_file, read_contract_text
from tests.house import ACME, House, open_house
from tests.signing import Desk, stored_of
from tests.smoke.test_api_keys import locked

HTML = {"Accept": "text/html"}


def contract_of(text: str) -> Contract:
    tables = {path.name: path.read_text("utf-8") for path in ACME.glob("*.csv")}
    contract = read_contract_text(text, tables=tables).contract
    assert contract is not None
    return contract


def next_version() -> Contract:
    """Version 4 of the sample: sales has two hours to accept."""
    text = (ACME / "contract.yaml").read_text("utf-8")
    text = text.replace("version: 3", "version: 4").replace(
        "within: 4h\n  acc", "within: 2h\n  acc"
    )
    return contract_of(text)


async def adopt_next(house: House) -> Contract:
    contract = next_version()
    await house.engine.adopt_contract(stored_of(contract), actor="test")
    return contract


async def shown(house: House, path: str) -> str:
    answer = await house.http.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_the_list_has_every_version_and_what_is_in_force_first() -> None:
    async with open_house() as house:
        new = await adopt_next(house)
        listed = await shown(house, "/contracts")
        assert listed.index("version 4") < listed.index("version 3")
        assert listed.index("in force without signatures") < listed.index("no longer in force")
        assert f'href="/contracts/{new.digest}"' in listed


async def test_a_draft_shows_who_signed_and_whose_word_it_lacks() -> None:
    async with open_house() as house:
        contract, desk = next_version(), Desk(house.engine)
        await desk.draft(contract)
        await desk.sign(contract, "marketing")
        listed = await shown(house, "/contracts")
        assert "mia@acme.example (marketing)" in listed
        page = await shown(house, f"/contracts/{contract.digest}")
        assert "with key " + (await desk.key_of("mia@acme.example")).public in page
        assert page.count("not signed yet") == 1
        assert page.index("not signed yet") > page.index("sam@acme.example</span>")
        assert "The check found nothing to say" in page


async def test_a_version_that_both_signed_awaits_nobody() -> None:
    async with open_house() as house:
        contract = next_version()
        await Desk(house.engine).agree(contract)
        page = await shown(house, f"/contracts/{contract.digest}")
        assert page.count("Signed 02 March 2026, 15:00 UTC") == 2
        assert "not signed yet" not in page
        assert ">in force<" in page


async def test_one_that_comes_into_force_later_says_when() -> None:
    async with open_house() as house:
        contract, desk = next_version(), Desk(house.engine)
        await desk.draft(contract)
        await desk.sign(contract, "marketing", "sales")
        await desk.activate(contract, at=house.clock.now() + timedelta(days=2))
        assert "comes into force 04 March 2026, 15:00 UTC" in await shown(house, "/contracts")


async def test_a_version_begins_with_what_changed_since_the_one_before() -> None:
    async with open_house() as house:
        new = await adopt_next(house)
        page = await shown(house, f"/contracts/{new.digest}")
        changed, _, rest = page.partition('id="scope"')
        assert "What changed since version 3" in changed
        assert "within 4 hours of getting it" in changed
        assert "within 4 hours of getting it" not in rest
        assert "Mo Malik" in rest


async def test_a_first_version_has_nothing_to_compare() -> None:
    async with open_house() as house:
        contract = read_contract_file(ACME / "contract.yaml").contract
        assert contract is not None
        page = (await house.http.get(f"/contracts/{contract.digest}", headers=HTML)).text
        assert "What changed" not in page
        assert contract.digest in page


async def test_an_unknown_hash_is_not_here() -> None:
    async with open_house() as house:
        answer = await house.http.get(f"/contracts/{'0' * 64}", headers=HTML)
        assert answer.status_code == 404
        assert "No version of a contract" in answer.text


async def test_without_a_contract_the_list_says_how_to_begin() -> None:
    async with open_house(sample=False) as house:
        answer = await house.http.get("/contracts", headers=HTML)
        assert answer.status_code == 200
        assert "handrail contract check" in answer.text


async def test_nobody_sees_a_contract_without_signing_in() -> None:
    async with locked("handoffs:read") as (house, _, _):
        for path in ("/contracts", "/contracts/x"):
            answer = await house.http.get(path, headers={**HTML, "Authorization": ""})
            assert answer.status_code == 303
            assert answer.headers["location"] == f"/sign-in?next={path}"


async def test_names_that_look_like_markup_stay_text() -> None:
    hostile = "<script>alert(1)</script>"
    text = (ACME / "contract.yaml").read_text("utf-8")
    contract = contract_of(text.replace("name: german, ", f"name: '{hostile}', "))
    async with open_house(sample=False) as house:
        await house.engine.adopt_contract(stored_of(contract), actor="test")
        page = await shown(house, f"/contracts/{contract.digest}")
        assert hostile not in page
        assert "&lt;script&gt;alert(1)" in page
