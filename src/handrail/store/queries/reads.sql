-- Read outside the write transaction: what is committed.

-- name: head
select seq, digest, contract, roster, others from chain

-- name: case_by_handoff
select leads.id, leads.state, leads.key, handoffs.body
from handoffs join leads on leads.id = handoffs.lead
where handoffs.id = $1

-- name: case_by_lead
select leads.id, leads.state, leads.key, handoffs.body
from handoffs join leads on leads.id = handoffs.lead
where handoffs.lead = $1 and handoffs.is_latest

-- name: board
select leads.id, leads.state, leads.key, shown.body
from (
  select id, lead, wake_at, body from handoffs
  where {conditions}
  order by wake_at, id limit $1
) as shown
join leads on leads.id = shown.lead
order by shown.wake_at, shown.id

-- name: entries_of
select seq, at, kind, lead, handoff, body, digest, sealed from ledger where lead = $1 order by seq

-- name: keys
select id, key from leads where id = any($1::text[]) and length(key) > 0

-- name: entries
select seq, at, kind, lead, handoff, body, digest, sealed from ledger
where seq > $1 order by seq limit $2

-- name: evidence
select digest, body from evidence where digest = any($1::bytea[])

-- name: contract
select digest, name, version, source, tables from contracts where digest = $1

-- name: contracts
select digest, name, version, source, tables from contracts order by name, version, digest

-- name: agreements
select body from agreements order by name, version, digest

-- name: person_keys
select public, address, registered_at, registered_by, withdrawn_at from person_keys
order by registered_at, public

-- name: roster
select digest, source, format from rosters where digest = $1

-- name: next_wake
select least((select min(wake_at) from handoffs), (select min(at) from wakes))

-- name: claim
with due as (
  select key from deliveries
  where state = 'waiting' and due_at <= $1 and (lease is null or lease <= $1)
  order by due_at, key limit $2
  for update skip locked
), claimed as (
  update deliveries set lease = $3 from due where deliveries.key = due.key
  returning deliveries.*
)
select key, lead, handoff, channel, body, due_at, tries, state, reason from claimed
order by due_at, key

-- name: record_delivery
with known as (
  select key from deliveries where key = $1
), recorded as (
  update deliveries set due_at = $2, tries = $3, state = $4, reason = $5, lease = null
  where key = $1 and (state not in ('delivered', 'cancelled') or $4 = 'delivered')
)
select count(*) from known

-- name: deliveries_of
select key, lead, handoff, channel, body, due_at, tries, state, reason from deliveries
where lead = $1 order by due_at, key

-- name: health
select
  (select count(*) from (select from handoffs where wake_at <= $1 limit $2) as due)
    + (select count(*) from (select from wakes where at <= $1 limit $2) as due) as overdue,
  (select least((select min(wake_at) from handoffs where wake_at <= $1),
    (select min(at) from wakes where at <= $1))) as oldest,
  (select count(*) from (select from deliveries where state = 'waiting' limit $2) as rows) as waiting,
  (select count(*) from (select from deliveries where state = 'parked' limit $2) as rows) as parked,
  (select count(*) from (select from handoffs
    where is_open and owner_rep is not null limit $2) as rows) as owned,
  (select count(*) from (select from handoffs
    where is_open and owner_rep is null and stage <> 'triage' limit $2) as rows) as pooled,
  (select count(*) from (select from handoffs
    where is_open and owner_rep is null and stage = 'triage' limit $2) as rows) as triage,
  (select sum(greatest(reltuples, 0))::bigint from pg_class
    where oid in ('handoffs_owned'::regclass, 'handoffs_pooled'::regclass,
      'handoffs_triage'::regclass)) as estimate
