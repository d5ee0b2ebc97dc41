-- Ids sort by code point, as everywhere in Handrail: hence collate "C".
-- No foreign keys: their triggers would cost more than the rows; `faults` looks instead.

create extension if not exists btree_gist;

create table chain (
  only_row boolean primary key default true check (only_row),
  seq bigint not null check (seq >= 0),
  digest bytea not null check (length(digest) = 32),
  contract text collate "C",
  roster text collate "C"
) with (fillfactor = 50);
insert into chain (seq, digest) values (0, decode(repeat('00', 32), 'hex'));

create table leads (
  id text collate "C" primary key,
  email text collate "C" unique,
  state bytea not null,
  key bytea not null
) with (fillfactor = 80);

create table captures (
  id text collate "C" primary key,
  lead text collate "C" not null
);

create table handoffs (
  id text collate "C" primary key,
  lead text collate "C" not null,
  is_latest boolean not null default true,
  is_open boolean not null,
  stage text not null check (stage in
    ('triage', 'assigned', 'accepted', 'sql', 'recycled', 'disqualified', 'closed')),
  owner_team text collate "C" not null check (owner_team <> ''),
  owner_rep text collate "C" check (owner_rep <> ''),
  account text collate "C",
  came_at timestamptz not null,
  opened_at timestamptz not null,
  wake_at timestamptz,
  due_at timestamptz,
  met_at timestamptz,
  is_timed boolean not null,
  body bytea not null,
  constraint open_by_stage check (is_open = (stage in ('triage', 'assigned', 'accepted', 'sql'))),
  constraint open_has_wake check (wake_at is not null or not is_open),
  constraint open_is_latest check (is_latest or not is_open)
);
-- With open_is_latest: no lead has two open handoffs.
create unique index handoffs_latest on handoffs (lead) where is_latest;
create index handoffs_due on handoffs (wake_at, lead);
create index handoffs_pooled on handoffs (owner_team, wake_at, lead)
  where is_open and owner_rep is null and stage <> 'triage';
create index handoffs_triage on handoffs (owner_team)
  where is_open and owner_rep is null and stage = 'triage';
create index handoffs_owned on handoffs (owner_rep, wake_at, lead) include (owner_team)
  where is_open and owner_rep is not null;
create index handoffs_account on handoffs (account, is_open, came_at) where account is not null;

create table ledger (
  seq bigint primary key check (seq > 0),
  at timestamptz not null,
  kind text not null,
  lead text collate "C",
  handoff text collate "C",
  body bytea not null,
  digest bytea not null check (length(digest) = 32),
  sealed bytea
);
create index ledger_lead on ledger (lead, seq) where lead is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is only ever added to: % refused', tg_op
    using errcode = 'restrict_violation';
end $$;
create trigger ledger_keeps_entries before update or delete or truncate on ledger
  for each statement execute function refuse_change();
revoke update, delete, truncate on ledger from public, current_user;

create table turns (
  seq bigint not null,
  at timestamptz not null,
  team text collate "C" not null,
  rep text collate "C" not null,
  kind text not null check (kind in ('given', 'shared', 'credited'))
);
create index turns_seq on turns (seq);

create table loads (
  id text collate "C" primary key,
  open integer not null,
  unworked integer not null,
  timed integer not null,
  seq bigint not null
) with (fillfactor = 50);

create table conditions (
  rep text collate "C" primary key,
  body bytea not null,
  seq bigint not null
) with (fillfactor = 50);

create table handling (
  rep text collate "C" primary key,
  minutes integer[] not null,
  seq bigint not null
) with (fillfactor = 50);

create table wakes (
  kind text not null check (kind in ('contract', 'team', 'rep')),
  id text collate "C" not null,
  at timestamptz not null,
  primary key (kind, id)
);
create index wakes_due on wakes (at, kind, id);

create table evidence (
  digest bytea primary key,
  body bytea not null
);

create table deliveries (
  key text collate "C" primary key,
  lead text collate "C" not null,
  handoff text collate "C",
  channel text not null,
  body bytea not null,
  due_at timestamptz not null,
  tries integer not null,
  state text not null check (state in ('waiting', 'delivered', 'parked', 'cancelled')),
  reason text,
  lease timestamptz
);
create index deliveries_due on deliveries (due_at, key) where state = 'waiting';
create index deliveries_parked on deliveries (key) where state = 'parked';
create index deliveries_lead on deliveries (lead);

create table meetings (
  handoff text collate "C" primary key,
  rep text collate "C" not null,
  from_at timestamptz not null,
  until_at timestamptz not null check (until_at > from_at),
  constraint no_overlap exclude using gist (rep with =, tstzrange(from_at, until_at, '[)') with &&)
);

create table contracts (
  digest text collate "C" primary key,
  name text collate "C" not null,
  version integer not null,
  source text not null,
  tables jsonb not null
);

create table rosters (
  digest text collate "C" primary key,
  source text not null,
  format text not null check (format in ('yaml', 'csv'))
);

create table idempotency (
  key text collate "C" primary key,
  body_digest bytea not null,
  answer bytea not null,
  at timestamptz not null
);

-- What of a person each column holds: erasure, exports and the canary scan go by these.
comment on column chain.only_row is 'personal: none';
comment on column chain.seq is 'personal: none';
comment on column chain.digest is 'personal: none';
comment on column chain.contract is 'personal: none';
comment on column chain.roster is 'personal: none';
comment on column leads.id is 'personal: pseudonym of the lead';
comment on column leads.email is 'personal: e-mail address of the lead';
comment on column leads.state is 'personal: e-mail address, attributes and behaviour of the lead';
comment on column leads.key is 'personal: none, the wrapped key of the lead''s sealed values';
comment on column captures.id is 'personal: pseudonym of the lead';
comment on column captures.lead is 'personal: pseudonym of the lead';
comment on column handoffs.id is 'personal: pseudonym of the lead';
comment on column handoffs.lead is 'personal: pseudonym of the lead';
comment on column handoffs.is_latest is 'personal: none';
comment on column handoffs.is_open is 'personal: none';
comment on column handoffs.stage is 'personal: none';
comment on column handoffs.owner_team is 'personal: none';
comment on column handoffs.owner_rep is 'personal: pseudonym of the rep';
comment on column handoffs.account is 'personal: none, the domain of a company';
comment on column handoffs.came_at is 'personal: behaviour of the lead, when it was captured';
comment on column handoffs.opened_at is 'personal: none';
comment on column handoffs.wake_at is 'personal: none';
comment on column handoffs.due_at is 'personal: none, when the first action is due';
comment on column handoffs.met_at is 'personal: behaviour of the rep';
comment on column handoffs.is_timed is 'personal: none';
comment on column handoffs.body is 'personal: behaviour of the rep and of the lead';
comment on column ledger.seq is 'personal: none';
comment on column ledger.at is 'personal: none';
comment on column ledger.kind is 'personal: none';
comment on column ledger.lead is 'personal: pseudonym of the lead';
comment on column ledger.handoff is 'personal: pseudonym of the lead';
comment on column ledger.body is 'personal: pseudonyms and behaviour; what identifies is in sealed';
comment on column ledger.digest is 'personal: none';
comment on column ledger.sealed is 'personal: all of the lead''s values, under the lead''s key';
comment on column turns.seq is 'personal: none';
comment on column turns.at is 'personal: none';
comment on column turns.team is 'personal: none';
comment on column turns.rep is 'personal: pseudonym of the rep';
comment on column turns.kind is 'personal: none';
comment on column loads.id is 'personal: pseudonym of the rep';
comment on column loads.open is 'personal: behaviour of the rep';
comment on column loads.unworked is 'personal: behaviour of the rep';
comment on column loads.timed is 'personal: behaviour of the rep';
comment on column loads.seq is 'personal: none';
comment on column conditions.rep is 'personal: pseudonym of the rep';
comment on column conditions.body is 'personal: presence, calendar and leave of the rep';
comment on column conditions.seq is 'personal: none';
comment on column handling.rep is 'personal: pseudonym of the rep';
comment on column handling.minutes is 'personal: behaviour of the rep';
comment on column handling.seq is 'personal: none';
comment on column wakes.kind is 'personal: none';
comment on column wakes.id is 'personal: pseudonym of the rep';
comment on column wakes.at is 'personal: none';
comment on column evidence.digest is 'personal: none';
comment on column evidence.body is 'personal: presence, calendars and leave of reps';
comment on column deliveries.key is 'personal: pseudonym of the lead';
comment on column deliveries.lead is 'personal: pseudonym of the lead';
comment on column deliveries.handoff is 'personal: pseudonym of the lead';
comment on column deliveries.channel is 'personal: none';
comment on column deliveries.body is 'personal: message and recipient';
comment on column deliveries.due_at is 'personal: none';
comment on column deliveries.tries is 'personal: none';
comment on column deliveries.state is 'personal: none';
comment on column deliveries.reason is 'personal: may quote the recipient''s server';
comment on column deliveries.lease is 'personal: none';
comment on column meetings.handoff is 'personal: pseudonym of the lead';
comment on column meetings.rep is 'personal: pseudonym of the rep';
comment on column meetings.from_at is 'personal: calendar of the rep';
comment on column meetings.until_at is 'personal: calendar of the rep';
comment on column contracts.digest is 'personal: none';
comment on column contracts.name is 'personal: none';
comment on column contracts.version is 'personal: none';
comment on column contracts.source is 'personal: addresses of the owners';
comment on column contracts.tables is 'personal: none';
comment on column rosters.digest is 'personal: none';
comment on column rosters.source is 'personal: names, addresses and hours of reps';
comment on column rosters.format is 'personal: none';
comment on column idempotency.key is 'personal: none';
comment on column idempotency.body_digest is 'personal: none';
comment on column idempotency.answer is 'personal: pseudonym of the lead';
comment on column idempotency.at is 'personal: none';

create table api_keys (
  digest bytea primary key check (length(digest) = 32),
  name text collate "C" not null,
  scopes text[] not null check (cardinality(scopes) > 0),
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz
);
create unique index api_keys_live on api_keys (name) where revoked_at is null;

-- A key wrapped under the master key that this database is used with; another master key is refused.
create table master_key_proof (
  only_row boolean primary key default true check (only_row),
  wrapped bytea not null
);

comment on column api_keys.digest is 'personal: none';
comment on column api_keys.name is 'personal: may name whoever uses the key';
comment on column api_keys.scopes is 'personal: none';
comment on column api_keys.created_at is 'personal: none';
comment on column api_keys.expires_at is 'personal: none';
comment on column api_keys.revoked_at is 'personal: none';
comment on column master_key_proof.only_row is 'personal: none';
comment on column master_key_proof.wrapped is 'personal: none';
-- The contracts in force beside the one for every source: those of named sources.
alter table chain add column others text[] not null default '{}';
comment on column chain.others is 'personal: none';

-- Versions of contracts with their findings and signatures, and the keys of people who sign.
create table agreements (
  digest text collate "C" primary key,
  name text collate "C" not null,
  version integer not null,
  state text not null check (state in ('draft', 'scheduled', 'in_force', 'former')),
  body bytea not null
);
create unique index agreements_in_force on agreements (name) where state = 'in_force';

create table person_keys (
  public text collate "C" primary key,
  address text collate "C" not null,
  registered_at timestamptz not null,
  registered_by text not null,
  withdrawn_at timestamptz
);
create unique index person_keys_live on person_keys (address) where withdrawn_at is null;

comment on column agreements.digest is 'personal: none';
comment on column agreements.name is 'personal: none';
comment on column agreements.version is 'personal: none';
comment on column agreements.state is 'personal: none';
comment on column agreements.body is 'personal: addresses of owners and of those who signed';
comment on column person_keys.public is 'personal: pseudonym of an owner';
comment on column person_keys.address is 'personal: e-mail address of an owner';
comment on column person_keys.registered_at is 'personal: none';
comment on column person_keys.registered_by is 'personal: may name whoever runs the service';
comment on column person_keys.withdrawn_at is 'personal: none';
-- Candidates that decide beside the contract in force, and in what they differ from it.
create table shadows (
  digest text collate "C" primary key,
  name text collate "C" not null,
  version integer not null,
  began_at timestamptz not null,
  began_by text not null,
  ended_at timestamptz,
  ended_why text,
  decisions bigint not null default 0,
  differing bigint not null default 0,
  spent_us bigint not null default 0,
  counts jsonb not null default '{}'
);
create table shadow_differences (
  digest text collate "C" not null,
  seq bigint not null,
  body bytea not null,
  primary key (digest, seq)
);

comment on column shadows.digest is 'personal: none';
comment on column shadows.name is 'personal: none';
comment on column shadows.version is 'personal: none';
comment on column shadows.began_at is 'personal: none';
comment on column shadows.began_by is 'personal: may name whoever switched it on';
comment on column shadows.ended_at is 'personal: none';
comment on column shadows.ended_why is 'personal: none';
comment on column shadows.decisions is 'personal: none';
comment on column shadows.differing is 'personal: none';
comment on column shadows.spent_us is 'personal: none';
comment on column shadows.counts is 'personal: none';
comment on column shadow_differences.digest is 'personal: none';
comment on column shadow_differences.seq is 'personal: none';
comment on column shadow_differences.body is 'personal: pseudonyms of the lead and of reps';
-- Messages in a chat that change when the handoff does.
create table posts (
  key text collate "C" primary key,
  lead text collate "C" not null,
  handoff text collate "C",
  place text collate "C" not null,
  stamp text not null,
  at timestamptz not null,
  shown text not null default '',
  is_over boolean not null default false
);
create index posts_following on posts (handoff) where not is_over;
create index posts_following_by_key on posts (key) where not is_over;

-- What people pressed in them: kept before it is answered, worked on after, once.
create table received (
  digest bytea primary key check (length(digest) = 32),
  at timestamptz not null,
  body bytea,
  tries integer not null default 0,
  leased_until timestamptz
);
create index received_left on received (at) where body is not null;
create index received_by_age on received (at);

comment on column posts.key is 'personal: none';
comment on column posts.lead is 'personal: pseudonym of the lead';
comment on column posts.handoff is 'personal: pseudonym of the lead';
comment on column posts.place is 'personal: names the chat of a rep';
comment on column posts.stamp is 'personal: none';
comment on column posts.at is 'personal: none';
comment on column posts.shown is 'personal: may name a rep';
comment on column posts.is_over is 'personal: none';
comment on column received.digest is 'personal: none';
comment on column received.at is 'personal: none';
comment on column received.body is 'personal: words of a rep, until they are worked on';
comment on column received.tries is 'personal: none';
comment on column received.leased_until is 'personal: none';

-- When a message that no provider has taken goes to another channel; then it is `moved`.
alter table deliveries add column move_at timestamptz;
alter table deliveries drop constraint deliveries_state_check;
alter table deliveries add constraint deliveries_state_check
  check (state in ('waiting', 'delivered', 'parked', 'cancelled', 'moved'));
-- Claimed channel by channel: what waits for one that is down is in nobody's way.
drop index deliveries_due;
create index deliveries_due on deliveries (channel, due_at, key) where state = 'waiting';
create index deliveries_moving on deliveries (channel, move_at) where state = 'waiting';

comment on column deliveries.move_at is 'personal: none';

-- Incidents that are open, to be listed oldest first however many handoffs there are.
alter table handoffs add column incident_at timestamptz;
create index handoffs_incident on handoffs (incident_at, id) where incident_at is not null;
comment on column handoffs.incident_at is 'personal: none, when its open incident was opened';

-- That a node runs, and when its clocks last looked: read from outside, by `handrail watch`.
create table heartbeats (
  node text collate "C" primary key,
  role text not null check (role in ('all', 'web', 'worker')),
  version text not null,
  at timestamptz not null,
  looked_at timestamptz
);

comment on column heartbeats.node is 'personal: none, the name of a machine';
comment on column heartbeats.role is 'personal: none';
comment on column heartbeats.version is 'personal: none';
comment on column heartbeats.at is 'personal: none';
comment on column heartbeats.looked_at is 'personal: none';

-- Over which channels a person wants to be told, and of what not.
create table choices (
  person text collate "C" primary key,
  channels text[] not null,
  off text[] not null,
  at timestamptz not null,
  by text not null
);

comment on column choices.person is 'personal: pseudonym of the rep';
comment on column choices.channels is 'personal: channels of the rep';
comment on column choices.off is 'personal: what the rep does not want to be told';
comment on column choices.at is 'personal: none';
comment on column choices.by is 'personal: may name whoever changed it';

-- Many messages to one person become one: which are judged, and which digest took them.
alter table deliveries add column recipient text collate "C";
alter table deliveries add column judged boolean not null default true;
alter table deliveries add column folded_into text collate "C";
alter table deliveries add column sent_at timestamptz;
alter table deliveries drop constraint deliveries_state_check;
alter table deliveries add constraint deliveries_state_check
  check (state in ('waiting', 'delivered', 'parked', 'cancelled', 'moved', 'folded'));
alter table deliveries add constraint deliveries_folded_check
  check ((state = 'folded') = (folded_into is not null));
create index deliveries_unjudged on deliveries (channel, due_at) where state = 'waiting' and not judged;
create index deliveries_folded on deliveries (folded_into) where folded_into is not null;
create index deliveries_sent on deliveries (recipient, sent_at) where sent_at is not null;

comment on column deliveries.recipient is 'personal: pseudonym of the rep';
comment on column deliveries.judged is 'personal: none';
comment on column deliveries.folded_into is 'personal: pseudonym of the rep';
comment on column deliveries.sent_at is 'personal: none';

-- What a person decided about a message that could not be delivered.
alter table deliveries add column decided bytea;

comment on column deliveries.decided is 'personal: names who decided, and their words';

-- Whose key it is, where one person alone uses it.
alter table api_keys add column person text collate "C";

comment on column api_keys.person is 'personal: pseudonym of the rep';

-- Calendars that reps have connected, and what was read of them: times, and nothing else.
create table calendars (
  id text collate "C" primary key,
  rep text collate "C" not null,
  kind text not null check (kind in ('caldav', 'google', 'microsoft', 'ics')),
  place text not null,
  sealed bytea not null,
  writes boolean not null,
  at timestamptz not null,
  by text not null,
  due_at timestamptz not null,
  state text not null check (state in ('connected', 'lost')),
  cursor text,
  read_at timestamptz,
  fresh_at timestamptz,
  tries integer not null,
  fault text,
  told_at timestamptz,
  subscription bytea,
  lease timestamptz
);
create unique index calendars_written on calendars (rep) where writes;
create index calendars_due on calendars (due_at, id);

create table calendar_items (
  calendar text collate "C" not null references calendars (id) on delete cascade,
  id text collate "C" not null,
  body bytea not null,
  primary key (calendar, id)
);

comment on column calendars.id is 'personal: none';
comment on column calendars.rep is 'personal: pseudonym of the rep';
comment on column calendars.kind is 'personal: none';
comment on column calendars.place is 'personal: none, the host of a server';
comment on column calendars.sealed is 'personal: address, password or tokens of the rep, under a key outside the database';
comment on column calendars.writes is 'personal: none';
comment on column calendars.at is 'personal: none';
comment on column calendars.by is 'personal: may name whoever connected it';
comment on column calendars.due_at is 'personal: none';
comment on column calendars.state is 'personal: none';
comment on column calendars.cursor is 'personal: none';
comment on column calendars.read_at is 'personal: none';
comment on column calendars.fresh_at is 'personal: none';
comment on column calendars.tries is 'personal: none';
comment on column calendars.fault is 'personal: may quote the server of the calendar';
comment on column calendars.told_at is 'personal: none';
comment on column calendars.subscription is 'personal: none';
comment on column calendars.lease is 'personal: none';
comment on column calendar_items.calendar is 'personal: none';
comment on column calendar_items.id is 'personal: none, the server''s name for an event';
comment on column calendar_items.body is 'personal: when the rep has meetings, without what they are';

-- How much of its owner's hands an open handoff fills, in hundredths: one each, until now.
alter table handoffs add column load integer not null default 100;
alter table loads add column extra integer not null default 0;

comment on column handoffs.load is 'personal: none';
comment on column loads.extra is 'personal: behaviour of the rep';
