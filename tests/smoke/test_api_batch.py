"""A batch takes every good row; a bad one is refused with its reasons and loses nothing else."""

import json

from tests.house import lena, open_house, problem


async def test_bad_rows_lose_nothing_else() -> None:
    async with open_house() as house:
        rows = [lena(id="a"), {"email": "nobody"}, lena(id="b", email="b@b.example"), 7]
        answer = await house.http.post("/api/v1/leads/batch", json=rows)
        assert answer.status_code == 207
        body = answer.json()
        assert (body["taken"], body["duplicates"], body["refused"]) == (2, 0, 2)
        assert [row["status"] for row in body["results"]] == [201, 422, 201, 422]
        assert body["results"][1]["errors"][0]["place"].startswith("leads[1]")
        assert (await house.http.get("/api/v1/handoffs/b")).status_code == 200


async def test_lines_are_read_one_by_one() -> None:
    async with open_house() as house:
        lines = b"\n".join([json.dumps(lena(id="a")).encode(), b'{"id": "a", "id": "b"}', b"{"])
        answer = await house.http.post(
            "/api/v1/leads/batch", content=lines, headers={"Content-Type": "application/x-ndjson"}
        )
        assert [row["status"] for row in answer.json()["results"]] == [201, 422, 422]


async def test_a_thousand_are_taken_and_one_more_is_too_many() -> None:
    async with open_house() as house:
        rows = [{"id": f"n{n}"} for n in range(1_000)]
        answer = await house.http.post("/api/v1/leads/batch", json=rows)
        assert answer.json()["taken"] == 1_000
        again = await house.http.post("/api/v1/leads/batch", json=rows)
        assert again.json()["duplicates"] == 1_000
        more = await house.http.post("/api/v1/leads/batch", json=[*rows, {"id": "more"}])
        assert problem(more)["status"] == 422
