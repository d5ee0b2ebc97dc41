"""What every tier shares: no silent skip, the sample data beside the repository, a browser."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import hypothesis
import pytest

from tools.find_chromium import NoChromium, find_chromium

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"
SHARED_IS_ABSENT = "../shared is absent"
IN_CI = os.environ.get("CI", "").lower() == "true"
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

hypothesis.settings.register_profile("local", deadline=None, print_blob=True)
hypothesis.settings.register_profile(
    "ci", parent=hypothesis.settings.get_profile("local"), derandomize=True
)
hypothesis.settings.load_profile("ci" if IN_CI else "local")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the repository; its absence is the one reason to skip."""
    if not SHARED_DATA.is_dir():
        pytest.skip(SHARED_IS_ABSENT)
    return SHARED_DATA


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; its absence is a failure that says what to do."""
    try:
        return find_chromium()
    except NoChromium as none:
        pytest.fail(str(none), pytrace=False)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return _forbid_skip(report) if not hasattr(report, "wasxfail") else report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _forbid_skip((yield))


def _forbid_skip(report: Report) -> Report:
    """In CI nothing is left out unnoticed: a skip for any other reason is a failure."""
    if not (IN_CI and report.skipped):
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if not reason.startswith(SHARED_IS_ABSENT):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {reason}"
    return report
