-- Each finds rows that break an invariant; $1 is how many to show at most. `memory_faults.py` is the
-- twin, and `fault_words.py` has a function of each name, which takes the columns.

-- name: capture_without_lead
select captures.id, captures.lead from captures
where not exists (select from leads where leads.id = captures.lead)
order by captures.id limit $1

-- name: open_without_wake
select id from handoffs where is_open and wake_at is null order by id limit $1

-- name: handoff_without_lead
select handoffs.id, handoffs.lead from handoffs
where not exists (select from leads where leads.id = handoffs.lead)
order by handoffs.id limit $1

-- name: team_without_wake
select owner_team, count(*) from handoffs
where is_open and owner_rep is null and stage <> 'triage'
  and not exists (select from wakes where wakes.kind = 'team' and wakes.id = owner_team)
group by owner_team order by owner_team limit $1

-- name: wrong_load
with counted as (
  select owner_rep as id, count(*) as open, count(*) filter (where met_at is null) as unworked,
    count(*) filter (where is_timed) as timed, sum(load - 100) as extra
  from handoffs where is_open and owner_rep is not null and stage in ('assigned', 'accepted')
  group by owner_rep
  union all
  select 'team:' || owner_team, count(*), null, null, null
  from handoffs where is_open and owner_rep is null and stage <> 'triage'
  group by owner_team
), both_sides as (
  select id, coalesce(loads.open, 0) as open, coalesce(loads.unworked, 0) as unworked,
    coalesce(loads.timed, 0) as timed, coalesce(loads.extra, 0) as extra,
    coalesce(counted.open, 0) as has_open, coalesce(counted.unworked, 0) as has_unworked,
    coalesce(counted.timed, 0) as has_timed, coalesce(counted.extra, 0) as has_extra
  from loads full join counted using (id)
)
select id, kind, noted, has from both_sides
cross join lateral (values ('open', open, has_open), ('unworked', unworked, has_unworked),
  ('timed', timed, has_timed), ('extra', extra, has_extra)) as sides (kind, noted, has)
where noted <> has and (kind = 'open' or id not like 'team:%')
order by id, kind limit $1

-- name: gaps
select chain.seq, count(ledger.seq), coalesce(max(ledger.seq), 0)
from chain left join ledger on true
group by chain.seq
having count(ledger.seq) <> chain.seq or coalesce(max(ledger.seq), 0) <> chain.seq
limit $1

-- name: other_end
select chain.seq from chain join ledger on ledger.seq = chain.seq
where ledger.digest <> chain.digest limit $1

-- name: overlap
select one.rep, one.handoff, other.handoff from meetings as one
join meetings as other on one.rep = other.rep and one.handoff <> other.handoff
  and (one.from_at, one.handoff) < (other.from_at, other.handoff)
  and other.from_at < one.until_at
order by 1, 2, 3 limit $1

-- name: parked_without_reason
select key from deliveries where state = 'parked' and coalesce(reason, '') = ''
order by key limit $1

-- name: turn_without_entry
select turns.seq, turns.team, turns.rep from turns
where not exists (select from ledger where ledger.seq = turns.seq)
order by turns.seq limit $1
