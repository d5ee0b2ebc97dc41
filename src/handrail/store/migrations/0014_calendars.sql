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
