"""The OpenAPI document and the page for people name the same operations."""

import json
import re
from pathlib import Path

import jsonschema

from handrail.engine.alerts import schema
from tests.house import open_house

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "api.md"
ELSEWHERE = {"/healthz", "/readyz", "/metrics"}


async def test_every_operation_is_on_the_page_with_its_scope() -> None:
    rows = re.findall(r"^\| `([A-Z]+) (\S+)` \| `?([a-z:]+)`? \|", PAGE.read_text(), re.MULTILINE)
    async with open_house() as house:
        paths = (await house.http.get("/api/openapi.json")).json()["paths"]
    described = {
        (verb.upper(), path.removeprefix("/api/v1"), told.get("x-scope", "signature"))
        for path, verbs in paths.items()
        for verb, told in verbs.items()
        if path not in ELSEWHERE
    }
    assert set(rows) == described


async def test_every_example_is_what_its_schema_says() -> None:
    async with open_house() as house:
        document = (await house.http.get("/api/openapi.json")).json()
    tried = 0
    for verbs in document["paths"].values():
        for told in verbs.values():
            for media in told.get("requestBody", {}).get("content", {}).values():
                schema = {**media["schema"], "components": document["components"]}
                jsonschema.Draft202012Validator(schema).validate(media["example"])
                tried += 1
    assert tried > 10


async def test_the_schema_of_alerts_is_served_as_the_command_prints_it() -> None:
    async with open_house() as house:
        answer = await house.http.get("/api/alert.schema.json")
    assert answer.status_code == 200
    served = answer.json()
    jsonschema.Draft202012Validator.check_schema(served)
    assert served == json.loads(json.dumps(schema()))
