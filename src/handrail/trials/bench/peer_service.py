"""What a good team builds by hand in a week: FastAPI, SQLAlchemy, Celery on Redis.

A yardstick, kept fair: the usual pool, one transaction a request, the usual round robin under a
row lock, the SLA check queued as a task with a countdown. No retries, no ledger, no reasons.
"""

import os
import sys
from datetime import UTC, datetime, timedelta

import uvicorn
from celery import Celery
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import DateTime, ForeignKey, String, create_engine, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

WINDOW = timedelta(minutes=5)
POOL = 16

tasks = Celery("peer", broker=os.environ.get("PEER_BROKER", "redis://127.0.0.1:6379/0"))
tasks.conf.task_ignore_result = True


class Base(DeclarativeBase):
    pass


class Rep(Base):
    __tablename__ = "peer_reps"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    had: Mapped[int] = mapped_column(default=0)


class Lead(Base):
    __tablename__ = "peer_leads"
    id: Mapped[str] = mapped_column(String, primary_key=True)
    email: Mapped[str] = mapped_column(String, unique=True)
    attributes: Mapped[dict[str, object]] = mapped_column(JSONB)
    score: Mapped[int] = mapped_column()


class Handoff(Base):
    __tablename__ = "peer_handoffs"
    id: Mapped[int] = mapped_column(primary_key=True)
    lead: Mapped[str] = mapped_column(ForeignKey("peer_leads.id"), index=True)
    rep: Mapped[str] = mapped_column(ForeignKey("peer_reps.id"), index=True)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)
    acted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Event(Base):
    __tablename__ = "peer_events"
    id: Mapped[int] = mapped_column(primary_key=True)
    handoff: Mapped[int] = mapped_column(ForeignKey("peer_handoffs.id"), index=True)
    name: Mapped[str] = mapped_column(String)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class LeadIn(BaseModel):
    id: str
    email: str
    signals: list[str] = []
    model_config = {"extra": "allow"}


@tasks.task(name="check_sla")  # type: ignore[untyped-decorator]  # celery ships without types
def check_sla(handoff: int) -> None:
    """A worker would look at the handoff and escalate; the yardstick only queues it."""


def build(dsn: str) -> FastAPI:
    engine = create_engine(dsn, pool_size=POOL, max_overflow=0)
    sessions = sessionmaker(engine, expire_on_commit=False)
    Base.metadata.create_all(engine)
    with sessions.begin() as session:
        for index in range(12):
            session.merge(Rep(id=f"r{index}", had=0))
    app = FastAPI()

    @app.post("/api/v1/leads", status_code=201)
    def take(lead: LeadIn) -> dict[str, object]:
        with sessions.begin() as session:
            handoff = assign(session, lead)
        check_sla.apply_async((handoff.id,), countdown=WINDOW.total_seconds())
        return {"id": lead.id, "handoff": handoff.id, "owner": handoff.rep}

    return app


def assign(session: Session, lead: LeadIn) -> Handoff:
    """Score, take the rep who had the fewest, write lead, handoff and event."""
    score = 100 if "demo_request" in lead.signals else 25
    session.add(Lead(id=lead.id, email=lead.email, attributes=lead.model_extra or {}, score=score))
    session.flush()
    rep = session.scalars(select(Rep).order_by(Rep.had, Rep.id).limit(1).with_for_update()).one()
    rep.had += 1
    handoff = Handoff(lead=lead.id, rep=rep.id, due_at=datetime.now(UTC) + WINDOW)
    session.add(handoff)
    session.flush()
    session.add(Event(handoff=handoff.id, name="assigned"))
    return handoff


def main() -> None:
    _, dsn, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    uvicorn.run(
        build(dsn),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http="httptools",
    )


if __name__ == "__main__":
    main()
