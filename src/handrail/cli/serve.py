"""`handrail serve`: one node of the service, until it is told to stop."""

import asyncio
import ipaddress
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import typer
import uvicorn

from handrail.cli.say import CannotDo, say
from handrail.contract.findings import Finding
from handrail.contract.read import read_contract_file
from handrail.contract.roster import read_roster
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import StoredContract, StoredRoster, StoreUnavailable
from handrail.engine.settings import Role, Settings
from handrail.engine.versions import compile_contract
from handrail.kernel.agreement import Wish
from handrail.store.embedded import EmbeddedPostgresError
from handrail.web import AsgiApp, Receive, Scope, Send
from handrail.wiring import Node, new_event_loop, open_node, settings_with
from handrail.wiring_key import CannotOpen

GRACE_S = 5  # what requests that run may still take when the node ends
BACKLOG = 1_024
HEALTH_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

Beside = Callable[[asyncio.Event], Awaitable[None]]
"""Something that runs beside the doors until the event is set."""


def register(app: typer.Typer) -> None:
    app.command("serve", help="The service: API, console, clocks. Until Ctrl-C or SIGTERM.")(run)


def run(
    database_url: str | None = typer.Option(
        None, help="A PostgreSQL of yours, 15 or newer. Without it Handrail runs its own."
    ),
    data_dir: Path | None = typer.Option(None, help="Where its own database and the key lie."),
    role: str | None = typer.Option(
        None, help="all, web (doors only) or worker (clocks and deliveries only)."
    ),
    observe: bool | None = typer.Option(
        None, "--observe", help="Decide and record, but write and message nothing."
    ),
    host: str | None = typer.Option(None, help="The address to listen on."),
    port: int | None = typer.Option(None, min=0, max=65_535, help="0 takes any free one."),
    contract: Path | None = typer.Option(None, help="A signed contract to put in force."),
    roster: Path | None = typer.Option(None, help="A roster to put in force at the start."),
) -> None:
    with speaking():
        settings = settings_with(
            database_url=database_url,
            data_dir=data_dir,
            role=role_named(role),
            observe=observe,
            host=host,
            port=port,
        )
        adopted = (
            load_contract(contract) if contract is not None else None,
            load_roster(roster) if roster is not None else None,
        )
        with (
            listening(settings.host, settings.port) as door,
            asyncio.Runner(loop_factory=new_event_loop) as runner,
        ):
            runner.run(_serve(settings, door=door, adopted=adopted))


def role_named(word: str | None) -> Role | None:
    match word:
        case None | "all" | "web" | "worker":
            return word
        case _:
            raise CannotDo(f"--role is all, web or worker, not {word!r}")


@contextmanager
def speaking() -> Iterator[None]:
    """What the world can cause is said in clear lines, exit 2."""
    try:
        yield
    except CannotOpen as fault:
        raise CannotDo(str(fault)) from fault
    except EmbeddedPostgresError as fault:
        raise CannotDo(str(fault)) from fault
    except StoreUnavailable as fault:
        raise CannotDo(f"the database cannot be reached: {fault}") from fault
    except Refused as fault:
        raise CannotDo(fault.message) from fault


async def _serve(
    settings: Settings,
    *,
    door: socket.socket,
    adopted: tuple[StoredContract | None, StoredRoster | None],
) -> None:
    async with open_node(settings) as node:
        await put_in_force(node.engine, contract=adopted[0], roster=adopted[1])
        is_open = await is_open_access(node, host=settings.host)
        async with serving(node, role=settings.role, door=door, is_open=is_open) as stop:
            await _introduce(node, settings, address=address_of(door), is_open=is_open)
            await stop.wait()
            say("Ending: what runs is finished first.")


async def _introduce(node: Node, settings: Settings, *, address: str, is_open: bool) -> None:
    where = "its own database" if settings.database_url is None else "the database given"
    say(f"Handrail serves {address} (role {settings.role}, on {where}).")
    if settings.observe:
        say("It observes: it decides and records, and messages nobody.")
    if is_open:
        say("No API key was ever made, so whoever is on this machine may do anything.")
    elif not await node.keys.all():
        say("It asks for API keys and none was made yet: `handrail key create NAME --scope ...`.")
    contract, roster = await node.engine.in_force()
    if contract is None:
        say("No contract is in force, so no lead can be taken. Its owners sign it: `handrail")
        say("contract sign FILE --as ADDRESS`; then `handrail contract activate FILE`.")
    if not roster.teams:
        say("No roster is in force, so no lead can be taken: `handrail import roster FILE`.")


async def is_open_access(node: Node, *, host: str) -> bool:
    """On the loopback nobody needs a key until the first one was made, even if it ended since."""
    return _is_loopback(host) and not await node.keys.all()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# --- the doors


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Take the port before anything else is begun. Raises CannotDo."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        door = socket.socket(family, socket.SOCK_STREAM)
    except OSError as fault:
        raise CannotDo(f"there is no address {host!r} to listen on: {fault.strerror}") from fault
    with door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
            door.listen(BACKLOG)
        except OSError as fault:
            raise CannotDo(
                f"port {port} of {host} cannot be taken ({fault.strerror}): stop what uses it, or "
                "give another --port"
            ) from fault
        yield door


def address_of(door: socket.socket) -> str:
    host, port = door.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"


class _Server(uvicorn.Server):
    """Signals are the node's matter: it ends its database after the doors, not before."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(
    node: Node,
    *,
    role: Role,
    door: socket.socket,
    is_open: bool,
    beside: Sequence[Beside] = (),
) -> AsyncIterator[asyncio.Event]:
    """Inside, the doors are open and the clocks run; the event says that it is time to end."""
    stop = asyncio.Event()
    app = node.doors(is_open=is_open)
    server = _Server(_config(app if role != "worker" else only_health(app), node.web.proxies))
    runs = [_doors(server, door), *(run(stop) for run in (*node.upkeep, *beside))]
    if role != "web":
        runs += [run(stop) for run in node.background]
    with _signals(stop, server):
        tasks = [asyncio.ensure_future(_until_stop(run, stop)) for run in runs]
        try:
            while not server.started and not stop.is_set():
                await asyncio.sleep(0.005)
            yield stop
        finally:
            stop.set()
            server.should_exit = True
            app.close()
            await asyncio.gather(*tasks)


async def _until_stop(run: Awaitable[None], stop: asyncio.Event) -> None:
    """When one part ends, for whatever reason, the node does: half a node is worse than none."""
    try:
        await run
    finally:
        stop.set()


async def _doors(server: uvicorn.Server, door: socket.socket) -> None:
    await server.serve(sockets=[door])
    if not server.started:
        raise CannotDo("the doors did not open; the lines above say why")


def _config(app: AsgiApp, proxies: Sequence[str]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        forwarded_allow_ips=list(proxies),
        http="httptools",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )


@contextmanager
def _signals(stop: asyncio.Event, server: uvicorn.Server) -> Iterator[None]:
    """The first SIGTERM or SIGINT ends the node in good order, the second one in haste."""
    loop = asyncio.get_running_loop()

    def heard() -> None:
        server.force_exit = stop.is_set()
        server.should_exit = True
        stop.set()

    heeded = () if sys.platform == "win32" else (signal.SIGTERM, signal.SIGINT)
    for number in heeded:
        loop.add_signal_handler(number, heard)
    try:
        yield
    finally:
        for number in heeded:
            loop.remove_signal_handler(number)


def only_health(app: AsgiApp) -> AsgiApp:
    """A worker has no doors but those by which it is watched."""

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in HEALTH_PATHS:
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        said = b"a worker answers /healthz, /readyz and /metrics only\n"
        await send({"type": "http.response.body", "body": said})

    return watched


# --- what to put in force


async def put_in_force(
    engine: Engine, *, contract: StoredContract | None, roster: StoredRoster | None
) -> None:
    """The roster first: a contract is refused when it names teams that the roster lacks; and when
    it was not signed."""
    if roster is not None:
        await engine.adopt_roster(roster, actor="system")
    if contract is not None and contract.digest not in (await engine.store.head()).contracts:
        version = compile_contract(contract)
        await engine.agreements.activate_content(version, Wish(), actor="operator")


def load_contract(path: Path) -> StoredContract:
    """Not proved: what is signed was. Raises CannotDo with every error of the file."""
    try:
        read = read_contract_file(path, proofs="none")
    except OSError as fault:
        raise CannotDo(f"{path}: cannot be read ({fault.strerror}); check the path") from fault
    if read.contract is None:
        raise CannotDo(_faults(path, read.findings))
    return StoredContract(
        digest=read.contract.digest,
        name=read.contract.name,
        version=read.contract.version,
        source=read.contract.source,
        tables=dict(read.contract.table_sources),
    )


def load_roster(path: Path) -> StoredRoster:
    """Raises CannotDo with every error of the file."""
    read = read_roster(path)
    if isinstance(read, tuple):
        raise CannotDo(_faults(path, read))
    return StoredRoster(
        digest=read.roster.digest,
        source=path.read_text(encoding="utf-8-sig"),
        format="csv" if path.suffix.lower() == ".csv" else "yaml",
    )


def _faults(path: Path, findings: Sequence[Finding]) -> str:
    errors = [finding for finding in findings if finding.severity == "error"]
    return "\n".join(f"{path}:{at.line}:{at.column}: {at.message}" for at in errors or findings)
