"""Drawn requests, good and bad, against the OpenAPI document: no 500, nothing undocumented."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

import hypothesis
import hypothesis.strategies as st
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from handrail.store.postgres import PostgresStore
from tests.house import open_house

EXAMPLES = 15  # drawn requests of each operation, in each mode
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ENDLESS = "/api/v1/stream"

load_all_checks()


@contextmanager
def in_thread(dsn: str | None) -> Iterator[str]:
    """The URL of a server on this database, or on a store in memory, with two leads in it."""
    url: Future[str] = Future()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def run() -> None:
        store = await PostgresStore.open(dsn) if dsn is not None else None
        async with open_house(store=store) as house:
            await house.capture()
            await house.capture(id="l2", email="omar@omar.example")
            url.set_result(house.url)
            await over.wait()
        if store is not None:
            await store.close()

    def thread() -> None:
        try:
            loop.run_until_complete(run())
        except BaseException as fault:
            if not url.done():
                url.set_exception(fault)
            raise
        finally:
            loop.close()

    runner = threading.Thread(target=thread)
    runner.start()
    try:
        yield url.result(timeout=30)
    finally:
        loop.call_soon_threadsafe(over.set)
        runner.join(timeout=30)


@pytest.fixture(params=["memory", "postgres"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    dsn = request.getfixturevalue("database") if request.param == "postgres" else None
    with in_thread(dsn) as url:
        yield url


def test_no_drawn_request_breaks_the_service(address: str) -> None:
    schema = schemathesis.openapi.from_url(f"{address}/api/openapi.json")
    assert schema.specification.version.startswith("3.1")
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path == ENDLESS:
            continue
        drawn = st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        )

        @hypothesis.given(case=drawn, known=st.sampled_from([None, "l1", "l2-1", "ada"]))
        @hypothesis.settings(
            max_examples=2 * EXAMPLES,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        )
        def attempt(case: schemathesis.Case, known: str | None) -> None:
            nonlocal tried
            if known is not None and "id" in (case.path_parameters or {}):
                case.path_parameters["id"] = known  # so that commands meet what is there
            tried += 1
            case.call_and_validate(checks=CHECKS, timeout=10)

        attempt()
    assert tried > EXAMPLES * 15
