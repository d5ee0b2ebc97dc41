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

-- name: meeting_starts
select rep, array_agg(from_at order by from_at) from meetings
where rep = any($1::text[]) and from_at >= $2 group by rep

-- name: next_wake
select least((select min(wake_at) from handoffs), (select min(at) from wakes))

-- name: claim
with due as (
  select key from deliveries
  where state = 'waiting' and channel <> all($4::text[]) and due_at <= $1 and (lease is null or lease <= $1)
  order by due_at, key limit $2
  for update skip locked
), claimed as (
  update deliveries set lease = $3 from due where deliveries.key = due.key
  returning deliveries.*
)
select key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged, folded_into, sent_at, decided
from claimed order by due_at, key

-- name: claim_due
with due as (
  select key from deliveries
  where state = 'waiting' and channel = $4 and due_at <= $1 and (lease is null or lease <= $1)
  order by due_at, key limit $2
  for update skip locked
), claimed as (
  update deliveries set lease = $3 from due where deliveries.key = due.key
  returning deliveries.*
)
select key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged, folded_into, sent_at, decided
from claimed order by due_at, key

-- name: claim_judged
with due as (
  select key from deliveries
  where state = 'waiting' and judged and channel = $4 and due_at <= $1 and (lease is null or lease <= $1)
  order by due_at, key limit $2
  for update skip locked
), claimed as (
  update deliveries set lease = $3 from due where deliveries.key = due.key
  returning deliveries.*
)
select key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged, folded_into, sent_at, decided
from claimed order by due_at, key

-- name: claim_moving
with due as (
  select key from deliveries
  where state = 'waiting' and channel = $4 and move_at <= $1 and due_at <= $1 and (lease is null or lease <= $1)
  order by move_at, key limit $2
  for update skip locked
), claimed as (
  update deliveries set lease = $3 from due where deliveries.key = due.key
  returning deliveries.*
)
select key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged, folded_into, sent_at, decided
from claimed order by due_at, key

-- name: claim_tried
with due as (
  select key from deliveries
  where state = 'waiting' and channel = $4 and tries > 0 and (lease is null or lease <= $1)
  order by due_at, key limit $2
  for update skip locked
), claimed as (
  update deliveries set lease = $3 from due where deliveries.key = due.key
  returning deliveries.*
)
select key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged, folded_into, sent_at, decided
from claimed order by due_at, key

-- name: record_delivery
with known as (
  select key from deliveries where key = $1
), recorded as (
  update deliveries set due_at = $2, tries = $3, state = $4, reason = $5, move_at = $6, sent_at = $7, lease = null
  where key = $1 and (state not in ('delivered', 'cancelled', 'moved', 'folded') or $4 = 'delivered')
)
select count(*) from known

-- name: move_delivery
with fresh as (
  insert into deliveries
    (key, lead, handoff, channel, body, due_at, tries, state, move_at, recipient, judged, decided)
  select $4::text, lead, handoff, $5::text, body, $6::timestamptz, 0, 'waiting', $7::timestamptz, recipient, $9::boolean,
    $10::bytea
  from deliveries
  where key = $1 and state in ('waiting', 'parked')
  on conflict (key) do update
  set state = 'waiting', due_at = excluded.due_at, move_at = excluded.move_at, reason = null, tries = 0,
    decided = excluded.decided
  where deliveries.state = 'moved' and ($11 or $8 and deliveries.tries = 0)
  returning key
), moved as (
  update deliveries set state = 'moved', tries = $2, reason = $3, decided = $10, lease = null
  where key = $1 and exists (select from fresh)
  returning key
)
select count(*) from moved

-- name: decide_delivery
with decided as (
  update deliveries set state = $2, due_at = $3, tries = $4, reason = $5, move_at = $6, judged = $7, decided = $8,
    lease = null
  where key = $1 and state = 'parked'
  returning key
)
select count(*) from decided

-- name: wake_deliveries
with woken as (
  update deliveries set due_at = $2
  where state = 'waiting' and channel = $1 and due_at > $2 and tries > 0
  returning key
)
select count(*) from woken

-- name: unjudged
select key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged, folded_into, sent_at, decided from deliveries
where state = 'waiting' and not judged and channel = $1 and due_at <= $2 and (lease is null or lease <= $2)
order by due_at, key limit $3

-- name: sent_to
select recipient, sent_at, key like 'digest-%' from deliveries
where recipient = any($1::text[]) and sent_at > $2
order by sent_at, key

-- name: open_digests
select key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged, folded_into, sent_at, decided from deliveries
where state = 'waiting' and channel = $1 and recipient = any($2::text[]) and key like 'digest-%'
  and tries = 0 and (lease is null or lease <= $3)
order by due_at, key

-- name: let_go
update deliveries set judged = true where key = any($1::text[]) and state = 'waiting'

-- name: fold
with made as (
  insert into deliveries (key, lead, channel, body, due_at, tries, state, move_at, recipient)
  select $2::text, '', $3::text, $4::bytea, $5::timestamptz, 0, 'waiting', $6::timestamptz, $7::text
  on conflict (key) do nothing
  returning key
), opened as (
  select key from deliveries
  where key = $2 and state = 'waiting' and tries = 0 and (lease is null or lease <= $8)
  for update
), taken as (
  update deliveries set state = 'folded', folded_into = $9, judged = true, lease = null
  where key = any($1::text[]) and state = 'waiting' and not judged and (lease is null or lease <= $8)
    and (exists (select from made) or exists (select from opened))
  returning key
)
select count(*) from taken

-- name: waiting_alone
select recipient, count(*) from deliveries
where recipient = any($1::text[]) and state = 'waiting' and judged and key not like 'digest-%'
group by recipient

-- name: unfold
with freed as (
  update deliveries set state = 'waiting', folded_into = null, judged = true
  where folded_into = $1 and state = 'folded' and key <> all($2::text[])
  returning key
)
select count(*) from freed

-- name: folded
select key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged, folded_into, sent_at, decided from deliveries where folded_into = $1 order by due_at, key

-- name: deliveries_of
select key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged, folded_into, sent_at, decided from deliveries
where lead = $1 order by due_at, key

-- name: choice
select person, channels, off, at, by from choices where person = $1

-- name: delivery
select key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged, folded_into, sent_at, decided from deliveries
where key = $1

-- name: deliveries_in
select key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged, folded_into, sent_at, decided from deliveries
where state = $1 and key > $2 order by key limit $3

-- name: queues
select channel, count(*), min(since),
  (array_agg(reason order by tries desc, key) filter (where tries > 0 and reason is not null))[1]
from (
  select channel, key, tries, reason,
    case when tries > 0
      then coalesce((convert_from(body, 'UTF8')::jsonb ->> 'at')::timestamptz, due_at) else due_at end as since
  from deliveries where state = 'waiting' and channel = any($1::text[])
) as waiting
group by channel order by channel

-- name: health
select
  (select count(*) from (select from handoffs where wake_at <= $1 limit $2) as due)
    + (select count(*) from (select from wakes where at <= $1 limit $2) as due) as overdue,
  (select least((select min(wake_at) from handoffs where wake_at <= $1),
    (select min(at) from wakes where at <= $1))) as oldest,
  (select least(
    (select min(due_at) from deliveries where state = 'waiting' and due_at <= $1 and tries < 2),
    (select min(coalesce((convert_from(body, 'UTF8')::jsonb ->> 'at')::timestamptz, due_at)) from deliveries
      where state = 'waiting' and tries >= 2))) as oldest_delivery,
  (select count(*) from (select from deliveries where state = 'waiting' and tries >= $3 limit $2) as rows) as failing,
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
