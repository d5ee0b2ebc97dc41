-- Read inside the one write transaction, by index only.

-- name: begin
begin isolation level read committed

-- name: lock
select seq, digest, contract, roster, others from chain for update

-- name: cases
select leads.id, leads.state, leads.key, handoffs.body
from leads left join handoffs on handoffs.lead = leads.id and handoffs.is_latest
where leads.id = any($1::text[])

-- name: look_up
with known as materialized (
  select id, lead from captures where id = any($1::text[])
), people as materialized (
  select email, id as lead from leads where email = any($2::text[])
)
select 'capture' as kind, id as name, lead, null::text as rep, null::timestamptz as at,
  null::bytea as state, null::bytea as key, null::bytea as body
from known
union all
select 'person', email, lead, null, null, null, null, null
from people
union all
select 'case', null, leads.id, null, null, leads.state, leads.key, handoffs.body
from (select lead from known union select lead from people) as named
join leads on leads.id = named.lead
left join handoffs on handoffs.lead = leads.id and handoffs.is_latest
union all
select 'working', asked.account, worked.lead, worked.owner_rep, null, null, null, null
from unnest($3::text[]) as asked (account)
cross join lateral (
  select lead, owner_rep from handoffs
  where account = asked.account and is_open and owner_rep is not null and stage <> 'triage'
  order by came_at, lead
  limit $4
) as worked
union all
select 'last', asked.account, null, owned.owner_rep, greatest(came.open_at, came.ended_at),
  null, null, null
from unnest($5::text[]) as asked (account)
cross join lateral (
  select
    (select max(came_at) from handoffs where account = asked.account and is_open) as open_at,
    (select max(came_at) from handoffs where account = asked.account and not is_open) as ended_at
) as came
cross join lateral (
  select owner_rep from (
    (select owner_rep, came_at, id from handoffs
      where account = asked.account and is_open and owner_rep is not null
      order by came_at desc, id desc limit 1)
    union all
    (select owner_rep, came_at, id from handoffs
      where account = asked.account and not is_open and owner_rep is not null
      order by came_at desc, id desc limit 1)
  ) as newest order by came_at desc, id desc limit 1
) as owned

-- name: due
select leads.id, leads.state, leads.key, due.body
from (
  select lead, wake_at, body from handoffs where wake_at <= $1 order by wake_at, lead limit $2
) as due
join leads on leads.id = due.lead
order by due.wake_at, due.lead

-- name: due_wakes
select kind, id, at from wakes where at <= $1 order by at, kind, id limit $2

-- name: waiting
select leads.id, leads.state, leads.key, pooled.body
from (
  select lead, wake_at, body from handoffs
  where owner_team = $1 and is_open and owner_rep is null and stage <> 'triage'
  order by wake_at, lead limit $2
) as pooled
join leads on leads.id = pooled.lead
order by pooled.wake_at, pooled.lead

-- name: owned
select leads.id, leads.state, leads.key, mine.body
from (
  select lead, wake_at, body from handoffs
  where owner_rep = $1 and is_open
  order by wake_at, lead limit $2
) as mine
join leads on leads.id = mine.lead
order by mine.wake_at, mine.lead

-- name: owned_count
select
  (select count(*) from handoffs
    where owner_team = $1 and is_open and owner_rep is null and stage <> 'triage')
  + (select count(*) from handoffs
    where owner_team = $1 and is_open and owner_rep is null and stage = 'triage')
  + (select count(*) from handoffs where owner_team = $1 and is_open and owner_rep is not null)

-- name: loads_after
select id, open, unworked, timed, extra from loads where seq > $1

-- name: conditions_after
select rep, body from conditions where seq > $1

-- name: turns_after
select seq, at, team, rep, kind from turns where seq > $1 and at >= $2
order by seq, at, team, rep, kind

-- name: handling_after
select rep, minutes from handling where seq > $1

-- name: last_turns
select team, rep, max(at) as at from turns where kind <> 'credited' group by team, rep

-- name: idempotent
select key, body_digest, answer, at from idempotency where key = $1

-- name: agreements
select body from agreements order by name, version, digest

-- name: person_keys
select public, address, registered_at, registered_by, withdrawn_at from person_keys
order by registered_at, public

-- name: free_meetings
-- Before others take the time: in one statement with theirs the order would be anybody's guess.
delete from meetings where handoff = any($1::text[])
