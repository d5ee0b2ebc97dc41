"""Presence and roster over HTTP: in force at once, or refused with line and column."""

from tests.house import ACME, open_house, problem

YAML = {"Content-Type": "application/yaml"}


async def test_presence_is_looked_up_as_it_was_set() -> None:
    async with open_house() as house:
        before = (await house.http.get("/api/v1/reps/ada/presence")).json()
        assert before["state"] == "available"
        away = {"state": "away", "until": "2026-03-02T16:00:00Z"}
        assert (await house.http.put("/api/v1/reps/ada/presence", json=away)).status_code == 200
        shown = (await house.http.get("/api/v1/reps/ada/presence")).json()
        assert (shown["state"], shown["until"]) == ("away", "2026-03-02T16:00:00Z")
        assert (await house.capture())["owner"] == "ben"


async def test_presence_of_nobody_is_not_found() -> None:
    async with open_house() as house:
        answer = await house.http.get("/api/v1/reps/zoe/presence")
        assert problem(answer)["status"] == 404


async def test_a_rep_who_leaves_the_roster_keeps_nothing() -> None:
    async with open_house() as house:
        assert (await house.capture())["owner"] == "ada"
        text = (await house.http.get("/api/v1/roster")).text
        assert text == (ACME / "roster.yaml").read_text()
        without = text.replace("members: [ada, ben]", "members: [ben]")
        begin, end = without.index("  - id: ada"), without.index("  - {id: ben")
        answer = await house.http.put(
            "/api/v1/roster", content=without[:begin] + without[end:], headers=YAML
        )
        assert answer.status_code == 200, answer.text
        assert (await house.http.get("/api/v1/handoffs/l1")).json()["owner"] == "ben"


async def test_a_faulty_roster_is_refused_at_its_place() -> None:
    async with open_house() as house:
        before = await house.engine.store.head()
        text = (ACME / "roster.yaml").read_text().replace("weight: 100", "weight: -3")
        answer = await house.http.put("/api/v1/roster", content=text, headers=YAML)
        told = problem(answer)
        assert told["code"] == "bad_roster"
        assert told["errors"][0]["place"].startswith("line ")
        assert await house.engine.store.head() == before


async def test_a_name_that_nothing_can_store_is_refused_at_its_line() -> None:
    async with open_house() as house:
        before = await house.engine.store.head()
        text = (ACME / "roster.yaml").read_text()
        for escape in ("\\ud800", "\\0", "\\U0000DFFF"):
            named = text.replace("name: Ada Adler", f'name: "Ada {escape}"')
            answer = await house.http.put("/api/v1/roster", content=named, headers=YAML)
            assert problem(answer)["errors"][0]["place"] == "line 8"
        source = (ACME / "contract.yaml").read_text().replace("acme-inbound", '"\\ud800"')
        answer = await house.http.post("/api/v1/contracts", json={"source": source})
        assert problem(answer)["code"] == "bad_contract"
        assert await house.engine.store.head() == before


async def test_a_roster_that_lacks_a_team_of_the_contract_is_refused() -> None:
    async with open_house() as house:
        text = (ACME / "roster.yaml").read_text().replace("enterprise-na", "enterprise")
        answer = await house.http.put("/api/v1/roster", content=text, headers=YAML)
        assert problem(answer)["code"] == "unknown_team"


async def test_who_says_no_end_takes_leads_again_all_the_same() -> None:
    async with open_house() as house:
        url = "/api/v1/reps/ada/presence"
        said = (await house.http.put(url, json={"state": "on_call"})).json()
        assert (said["state"], said["until"], said["by"]) == (
            "on_call",
            "2026-03-02T17:00:00Z",
            "local",
        )
        assert (await house.http.get(url)).json() == said
        assert (await house.capture())["owner"] == "ben"
        await house.move(minutes=120)
        assert (await house.http.get(url)).json()["state"] == "available"


async def test_available_takes_back_what_was_said() -> None:
    async with open_house() as house:
        url = "/api/v1/reps/ada/presence"
        await house.http.put(url, json={"state": "away", "until": "2026-03-02T16:00:00Z"})
        back = (await house.http.put(url, json={"state": "available"})).json()
        assert back == {"rep": "ada", "state": "available", "until": None, "by": None}
        assert (await house.capture())["owner"] == "ada"


async def test_capacity_tells_what_is_in_hand_and_how_soon_they_act() -> None:
    async with open_house() as house:
        await house.capture()
        await house.move(minutes=3)
        act = {"rep": "ada", "act": "call"}
        assert (await house.http.post("/api/v1/handoffs/l1/actions", json=act)).status_code == 200
        found = (await house.http.get("/api/v1/reps/ada/capacity")).json()
        assert (found["open"], found["unworked"], found["timed"]) == (1, 0, 0)
        assert found["filled"] == 100, "hundredths of what one lead fills"
        assert (found["observed"], found["first_action_minutes"]) == (1, 3)
        ben = (await house.http.get("/api/v1/reps/ben/capacity")).json()
        assert (ben["observed"], ben["first_action_minutes"]) == (0, 3), "like the team"
        assert set(found["caps"]) == {"open", "day", "week", "month", "timed", "pipeline"}
        assert (await house.http.get("/api/v1/reps/zoe/capacity")).status_code == 404


async def test_who_carries_enough_in_the_crm_gets_a_lead_when_they_carry_less() -> None:
    async with open_house() as house:
        text = (ACME / "roster.yaml").read_text()
        capped = text.replace("caps: {open: 12,", "caps: {pipeline: 10, open: 12,")
        for rep in ("ben", "cy"):
            capped = capped.replace(f"{{id: {rep}, ", f"{{id: {rep}, caps: {{pipeline: 10}}, ")
        answer = await house.http.put("/api/v1/roster", content=capped, headers=YAML)
        assert answer.status_code == 200, answer.text
        for rep in ("ada", "ben", "cy"):
            answer = await house.http.put(f"/api/v1/reps/{rep}/pipeline", json={"load": 10})
            assert (answer.status_code, answer.json()["pipeline"]) == (200, 10)
        assert (await house.capture())["owner"] == "team:inbound"
        seq = (await house.engine.store.head()).seq
        await house.http.put("/api/v1/reps/ben/pipeline", json={"load": 10})
        assert (await house.engine.store.head()).seq == seq, "what is known is no news"
        await house.http.put("/api/v1/reps/ben/pipeline", json={"load": 9})
        found = (await house.http.get("/api/v1/handoffs/l1")).json()
        assert found["owner"] == "ben", "in the same transaction"
        told = (await house.http.get("/api/v1/handoffs/l1-1/explanation")).json()["routings"]
        reasons = {one["rep"]: one["says"] for one in told[-1]["candidates"]}
        assert reasons["ada"] == "carries as much in the CRM as allowed"
        shown = (await house.http.get("/people")).text
        assert "pipeline 9 of 10" in shown
        wrong = await house.http.put("/api/v1/reps/ben/pipeline", json={"load": -1})
        assert wrong.status_code == 422
        assert (
            await house.http.put("/api/v1/reps/zoe/pipeline", json={"load": 1})
        ).status_code == 404
