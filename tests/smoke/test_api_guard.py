"""Other sites' pages cannot use the service; what it answers cannot be misused."""

import pytest

from handrail.web import WebSettings
from tests.house import lena, open_house, problem


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.5", "", "[::1]x"]
)
async def test_open_access_answers_to_the_loopbacks_names_only(host: str) -> None:
    async with open_house() as house:
        answer = await house.http.get("/api/v1/handoffs", headers={"Host": host})
        assert answer.status_code in (400, 421)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:9", "[::1]:8080"])
async def test_open_access_answers_to_every_name_of_the_loopback(host: str) -> None:
    async with open_house() as house:
        answer = await house.http.get("/api/v1/handoffs", headers={"Host": host})
        assert answer.status_code == 200


async def test_named_hosts_are_answered_to() -> None:
    async with open_house(settings=WebSettings(hosts=("leads.acme.example",))) as house:
        for host, status in (("leads.acme.example:443", 200), ("other.example", 421)):
            answer = await house.http.get("/", headers={"Host": host})
            assert answer.status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_sites_page_changes_nothing(headers: dict[str, str]) -> None:
    async with open_house() as house:
        answer = await house.http.post("/api/v1/leads", json=lena(), headers=headers)
        assert problem(answer)["code"] == "cross_site"
        page = await house.http.post("/sign-out", headers=headers)
        assert page.status_code == 403


@pytest.mark.parametrize("path", ["/", "/api/v1/handoffs", "/nothing", "/leads/none", "/metrics"])
async def test_every_answer_carries_the_guards(path: str) -> None:
    async with open_house() as house:
        headers = (await house.http.get(path)).headers
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


async def test_assets_are_kept_for_ever_under_the_name_of_their_content() -> None:
    async with open_house() as house:
        page = (await house.http.get("/")).text
        start = page.index("/assets/console.")
        url = page[start : page.index('"', start)]
        first = await house.http.get(url)
        assert "immutable" in first.headers["cache-control"]
        tag = {"If-None-Match": first.headers["etag"]}
        assert (await house.http.get(url, headers=tag)).status_code == 304
        assert (await house.http.get("/assets/../app.py")).status_code == 404


async def test_what_a_buyer_types_is_shown_as_text() -> None:
    async with open_house() as house:
        await house.capture(lead__name="<script>alert(1)</script>", account__name='"><b>x')
        for path in ("/", "/leads/l1"):
            page = (await house.http.get(path)).text
            assert "<script>alert" not in page
            assert "&lt;script&gt;" in page
            assert "<b>x" not in page


async def test_the_console_loads_nothing_from_elsewhere() -> None:
    async with open_house() as house:
        await house.capture()
        for path in ("/", "/leads/l1", "/nothing"):
            page = (await house.http.get(path, headers={"Accept": "text/html"})).text
            assert "//" not in page.replace(house.url, "").replace("http://www.w3.org", "")
            assert " style=" not in page
            assert " onclick=" not in page
