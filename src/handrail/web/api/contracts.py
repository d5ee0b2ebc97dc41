"""Contracts: what is agreed, and a new version of it."""

from fastapi import APIRouter, Request, Response

from handrail.contract.findings import Finding
from handrail.contract.read import read_contract_text
from handrail.engine.ports import StoredContract
from handrail.web.api import body as b
from handrail.web.api import shapes as s
from handrail.web.api.answers import as_json
from handrail.web.api.describe import operation
from handrail.web.api.once import once
from handrail.web.api.people import fault_of
from handrail.web.doors import Doors, enter
from handrail.web.problems import Fault, invalid

TABLES_MAX = 100

router = APIRouter(prefix="/api/v1/contracts", tags=["contracts"])


@router.get("", **operation(scope="handoffs:read", answers={200: s.ContractList}))
async def list_contracts(request: Request) -> Response:
    """Every version that was ever in force."""
    doors, _ = await enter(request, "handoffs:read")
    head = await doors.engine.store.head()
    stored = await doors.engine.store.contracts()
    return as_json(
        s.ContractList(
            contracts=[
                s.ContractAnswer(
                    digest=row.digest,
                    name=row.name,
                    version=row.version,
                    in_force=row.digest in head.contracts,
                )
                for row in stored
            ]
        )
    )


@router.post(
    "",
    **operation(
        scope="admin",
        body=s.ContractBody,
        example={"source": "contract: acme-inbound\nversion: 3\n...", "tables": {}},
        answers={200: s.ContractAnswer, 201: s.ContractAnswer},
        is_post=True,
    ),
)
async def post_contract(request: Request) -> Response:
    """Check a contract and put it in force for every handoff that begins from now on. 200: it is
    in force already."""
    doors, actor = await enter(request, "admin")
    body = await b.read_shape(request, s.ContractBody, bytes_max=b.TEXT_BYTES_MAX)
    if len(body.tables) > TABLES_MAX:
        raise invalid([Fault("tables", f"has more than {TABLES_MAX}; name fewer")])

    async def do() -> Response:
        return await _adopt(doors, body, actor)

    return await once(doors, b.idempotency_of(request, request.state.body_digest, actor=actor), do)


async def _adopt(doors: Doors, body: s.ContractBody, actor: str) -> Response:
    b.check_escapes(body.source, code="bad_contract")
    read = read_contract_text(body.source, tables=body.tables)
    contract = read.contract
    if contract is None:
        faults = [fault_of(found) for found in read.findings if found.severity == "error"]
        raise invalid(faults, code="bad_contract")
    head = await doors.engine.store.head()
    stored = StoredContract(
        digest=contract.digest,
        name=contract.name,
        version=contract.version,
        source=body.source,
        tables=dict(contract.table_sources),
    )
    await doors.engine.adopt_contract(stored, actor=actor)
    answer = s.ContractAnswer(
        digest=contract.digest,
        name=contract.name,
        version=contract.version,
        in_force=True,
        findings=[_told(finding) for finding in read.findings],
    )
    return as_json(answer, status=200 if contract.digest in head.contracts else 201)


def _told(finding: Finding) -> s.FindingAnswer:
    return s.FindingAnswer(
        kind=finding.kind,
        severity=finding.severity,
        line=finding.line,
        column=finding.column,
        message=finding.message,
    )
