
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
