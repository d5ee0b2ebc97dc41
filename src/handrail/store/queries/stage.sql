-- The parts of one write. `statements.compose` joins those that a batch needs into one statement
-- and renumbers their parameters. Rows that could be missing are counted by the last part.

-- name: new_leads
insert into leads (id, email, state, key)
select * from unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[])

-- name: known_leads
update leads
set email = new.email, state = new.state, key = new.key
from unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[]) as new (id, email, state, key)
where leads.id = new.id
returning leads.id

-- name: superseded
update handoffs
set is_latest = false, wake_at = null
from unnest($1::text[], $2::text[]) as latest (lead, id)
where handoffs.lead = latest.lead and handoffs.is_latest
  and handoffs.id is distinct from latest.id
returning handoffs.id

-- name: new_handoffs
insert into handoffs (id, lead, is_open, stage, owner_team, owner_rep, account, came_at,
  opened_at, wake_at, due_at, met_at, is_timed, body, incident_at, load)
select * from unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[],
  $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[],
  $12::timestamptz[], $13::boolean[], $14::bytea[], $15::timestamptz[], $16::integer[])

-- name: known_handoffs
-- It reads `superseded` so that it runs after it: the lead's latest handoff is unique.
insert into handoffs (id, lead, is_open, stage, owner_team, owner_rep, account, came_at,
  opened_at, wake_at, due_at, met_at, is_timed, body, incident_at, load)
select * from unnest($1::text[], $2::text[], $3::boolean[], $4::text[], $5::text[], $6::text[],
  $7::text[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[],
  $12::timestamptz[], $13::boolean[], $14::bytea[], $15::timestamptz[], $16::integer[])
where (select count(*) from superseded) >= 0
on conflict (id) do update
set is_latest = true, is_open = excluded.is_open, stage = excluded.stage,
  owner_team = excluded.owner_team, owner_rep = excluded.owner_rep, account = excluded.account,
  came_at = excluded.came_at, opened_at = excluded.opened_at, wake_at = excluded.wake_at, due_at = excluded.due_at,
  met_at = excluded.met_at, is_timed = excluded.is_timed, body = excluded.body,
  incident_at = excluded.incident_at, load = excluded.load
where handoffs.lead = excluded.lead
returning handoffs.id

-- name: captures
insert into captures (id, lead) select * from unnest($1::text[], $2::text[])

-- name: entries
insert into ledger (seq, at, kind, lead, handoff, body, digest, sealed)
select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[],
  $6::bytea[], $7::bytea[], $8::bytea[])

-- name: turns
insert into turns (seq, at, team, rep, kind)
select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])

-- name: deliveries
insert into deliveries (key, lead, handoff, channel, body, due_at, tries, state, reason, move_at, recipient, judged,
  folded_into, sent_at, decided)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[],
  $6::timestamptz[], $7::integer[], $8::text[], $9::text[], $10::timestamptz[], $11::text[], $12::boolean[],
  $13::text[], $14::timestamptz[], $15::bytea[])
on conflict (key) do nothing

-- name: loads
insert into loads (id, open, unworked, timed, extra, seq)
select changed.*, $6::bigint
from unnest($1::text[], $2::integer[], $3::integer[], $4::integer[], $5::integer[]) as changed
on conflict (id) do update
set open = excluded.open, unworked = excluded.unworked, timed = excluded.timed,
  extra = excluded.extra, seq = excluded.seq

-- name: conditions
insert into conditions (rep, body, seq)
select changed.*, $3::bigint from unnest($1::text[], $2::bytea[]) as changed
on conflict (rep) do update set body = excluded.body, seq = excluded.seq

-- name: choices
insert into choices (person, channels, off, at, by)
select made.person, string_to_array(made.channels, ','), string_to_array(made.off, ','), made.at, made.by
from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
  as made (person, channels, off, at, by)
on conflict (person) do update
set channels = excluded.channels, off = excluded.off, at = excluded.at, by = excluded.by

-- name: handling
insert into handling (rep, minutes, seq)
select seen.rep, array_agg(seen.minutes order by seen.place), $3::bigint
from unnest($1::text[], $2::integer[]) with ordinality as seen (rep, minutes, place)
group by seen.rep
on conflict (rep) do update
set minutes = (handling.minutes || excluded.minutes)
    [greatest(1, cardinality(handling.minutes || excluded.minutes) - $4::integer + 1):],
  seq = excluded.seq

-- name: armed
insert into wakes (kind, id, at)
select * from unnest($1::text[], $2::text[], $3::timestamptz[])
on conflict (kind, id) do update set at = excluded.at

-- name: disarmed
delete from wakes
using unnest($1::text[], $2::text[]) as past (kind, id)
where wakes.kind = past.kind and wakes.id = past.id

-- name: evidence
insert into evidence (digest, body) select * from unnest($1::bytea[], $2::bytea[])
on conflict (digest) do nothing

-- name: meetings
insert into meetings (handoff, rep, from_at, until_at)
select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
on conflict (handoff) do update
set rep = excluded.rep, from_at = excluded.from_at, until_at = excluded.until_at

-- name: contracts
insert into contracts (digest, name, version, source, tables)
select * from unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::jsonb[])
on conflict (digest) do nothing

-- name: agreements
-- The one that comes into force stands behind the one that was: only one of a name may be.
insert into agreements (digest, name, version, state, body)
select * from unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::bytea[])
on conflict (digest) do update set state = excluded.state, body = excluded.body

-- name: person_keys
insert into person_keys (public, address, registered_at, registered_by, withdrawn_at)
select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::timestamptz[])
on conflict (public) do update set withdrawn_at = excluded.withdrawn_at

-- name: rosters
insert into rosters (digest, source, format)
select * from unnest($1::text[], $2::text[], $3::text[])
on conflict (digest) do nothing

-- name: idempotency
insert into idempotency (key, body_digest, answer, at)
select * from unnest($1::text[], $2::bytea[], $3::bytea[], $4::timestamptz[])

-- name: head
update chain set seq = $1, digest = $2, contract = $3, roster = $4, others = $5
where seq <= $1
