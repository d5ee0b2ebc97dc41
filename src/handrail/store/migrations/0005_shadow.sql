
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
