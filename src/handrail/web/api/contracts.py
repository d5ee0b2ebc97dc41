"""Contracts: versions that are drafted, signed, in force, and what became of each."""

from fastapi import APIRouter, Request, Response

from handrail.contract.agreement import Agreement, AgreementBook, statement_of
from handrail.contract.findings import Finding
from handrail.engine.ports import StoredContract
from handrail.engine.proving import prove
from handrail.kernel.agreement import Wish
from handrail.web.api import body as b
from handrail.web.api import shapes as s
from handrail.web.api.answers import PathId, as_json
from handrail.web.api.describe import operation
from handrail.web.api.once import once
from handrail.web.api.people import fault_of
from handrail.web.doors import Doors, enter
from handrail.web.problems import Fault, invalid

TABLES_MAX = 100
SIGNATURE = "mJx0...=="

router = APIRouter(prefix="/api/v1/contracts", tags=["contracts"])


@router.get("", **operation(scope="handoffs:read", answers={200: s.ContractList}))
async def list_contracts(request: Request) -> Response:
    """Every version that was drafted or in force, by name and number, with its signatures."""
    doors, _ = await enter(request, "handoffs:read")
    book = await doors.engine.agreements.book()
    listed = [_answer(one, book) for one in await doors.engine.agreements.versions()]
    return as_json(s.ContractList(contracts=listed))


@router.get(
    "/{digest}",
    **operation(scope="handoffs:read", answers={200: s.ContractDetail}, refuses=(404, 422)),
)
async def show_contract(request: Request, digest: PathId) -> Response:
    """One version with its text and tables, what its proofs found, who has signed and who must
    yet, each with the very text to sign."""
    doors, _ = await enter(request, "handoffs:read")
    agreements = doors.engine.agreements
    found, stored = await agreements.one(digest), await agreements.stored(digest)
    missing = await agreements.missing(digest)
    return as_json(
        s.ContractDetail(
            contract=_answer(found, await agreements.book()),
            source=stored.source,
            tables=stored.tables,
            findings=[_told(finding) for finding in found.findings],
            missing=[
                s.MissingSignature(
                    role=signer.role,
                    address=signer.address,
                    statement=statement_of(
                        name=found.name,
                        version=found.version,
                        digest=digest,
                        role=signer.role,
                        address=signer.address,
                    ).decode(),
                )
                for signer in missing
            ],
        )
    )


@router.post(
    "",
    **operation(
        scope="contracts:write",
        body=s.ContractBody,
        example={"source": "contract: acme-inbound\nversion: 3\n...", "tables": {}},
        answers={200: s.ContractDrafted, 201: s.ContractDrafted},
        is_post=True,
    ),
)
async def post_contract(request: Request) -> Response:
    """Prove a contract and keep it as a draft, which its owners sign. 200: it is kept already."""
    doors, actor = await enter(request, "contracts:write")
    body = await b.read_shape(request, s.ContractBody, bytes_max=b.TEXT_BYTES_MAX)
    if len(body.tables) > TABLES_MAX:
        raise invalid([Fault("tables", f"has more than {TABLES_MAX}; name fewer")])

    async def do() -> Response:
        return await _draft(doors, body, actor)

    return await once(doors, b.idempotency_of(request, request.state.body_digest, actor=actor), do)


async def _draft(doors: Doors, body: s.ContractBody, actor: str) -> Response:
    b.check_escapes(body.source, code="bad_contract")
    proof = await prove(body.source, body.tables)
    if proof.digest is None:
        raise invalid([fault_of(found) for found in proof.errors], code="bad_contract")
    stored = StoredContract(
        digest=proof.digest,
        name=proof.name,
        version=proof.version,
        source=body.source,
        tables=proof.tables,
    )
    agreements = doors.engine.agreements
    is_new = await agreements.draft(stored, proof.findings, actor=actor)
    found = await agreements.one(proof.digest)
    answer = s.ContractDrafted(
        digest=found.digest,
        name=found.name,
        version=found.version,
        in_force=found.state == "in_force",
        state=found.state,
        findings=[_told(finding) for finding in found.findings],
    )
    return as_json(answer, status=201 if is_new else 200)


@router.post(
    "/{digest}/sign",
    **operation(
        scope="contracts:write",
        body=s.SignBody,
        example={"role": "marketing", "address": "mia@acme.example", "signature": SIGNATURE},
        answers={200: s.ContractAnswer},
        refuses=(404,),
        is_post=True,
    ),
)
async def sign_contract(request: Request, digest: PathId) -> Response:
    """Take one person's Ed25519 signature, in base64, over the statement that GET shows."""
    doors, actor = await enter(request, "contracts:write")
    body = await b.read_shape(request, s.SignBody)

    async def do() -> Response:
        signed = await doors.engine.agreements.sign(
            digest, role=body.role, address=body.address, signature=body.signature, actor=actor
        )
        return await _answered(doors, signed)

    return await once(doors, b.idempotency_of(request, request.state.body_digest, actor=actor), do)


@router.post(
    "/{digest}/activate",
    **operation(
        scope="contracts:write",
        body=s.ActivateBody,
        example={"at": "2026-03-09T05:00:00Z"},
        answers={200: s.ContractAnswer},
        refuses=(404,),
        is_post=True,
    ),
)
async def activate_contract(request: Request, digest: PathId) -> Response:
    """Put a signed version in force for every handoff that begins from then on; without `at`, now.
    `emergency`: the reason for doing so by one signature, where the contract in force allows it."""
    doors, actor = await enter(request, "contracts:write")
    body = await b.read_shape(request, s.ActivateBody)
    wish = Wish(at=b.instant(body.at, place="at"), emergency=body.emergency)

    async def do() -> Response:
        activated = await doors.engine.agreements.activate(digest, wish, actor=actor)
        return await _answered(doors, activated)

    return await once(doors, b.idempotency_of(request, request.state.body_digest, actor=actor), do)


@router.post(
    "/rollback",
    **operation(
        scope="contracts:write",
        body=s.RollbackBody,
        example={"reason": "half of the leads went to triage"},
        answers={200: s.ContractAnswer},
        refuses=(404,),
        is_post=True,
    ),
)
async def roll_back_contract(request: Request) -> Response:
    """Return to the version that was in force before, or to an earlier one by its digest."""
    doors, actor = await enter(request, "contracts:write")
    body = await b.read_shape(request, s.RollbackBody)

    async def do() -> Response:
        returned = await doors.engine.agreements.roll_back(
            body.name, to=body.to, reason=body.reason, actor=actor
        )
        return await _answered(doors, returned)

    return await once(doors, b.idempotency_of(request, request.state.body_digest, actor=actor), do)


async def _answered(doors: Doors, agreement: Agreement) -> Response:
    return as_json(_answer(agreement, await doors.engine.agreements.book()))


def _answer(of: Agreement, book: AgreementBook) -> s.ContractAnswer:
    return s.ContractAnswer(
        digest=of.digest,
        name=of.name,
        version=of.version,
        in_force=of.state == "in_force",
        state=of.state,
        owners=of.owners,
        signatures=[
            s.SignatureAnswer(
                role=one.role,
                address=one.address,
                at=one.at,
                public=one.public,
                signature=one.signature,
                counts=(key := book.keys.get(one.public)) is not None and key.is_live,
            )
            for one in of.signatures
        ],
        is_adopted=of.is_adopted,
        drafted_at=of.drafted_at,
        activate_at=of.activate_at,
        in_force_at=of.in_force_at,
        emergency=of.emergency,
        denied=of.denied,
    )


def _told(finding: Finding) -> s.FindingAnswer:
    return s.FindingAnswer(
        kind=finding.kind,
        severity=finding.severity,
        line=finding.line,
        column=finding.column,
        message=finding.message,
        example=finding.example,
    )
