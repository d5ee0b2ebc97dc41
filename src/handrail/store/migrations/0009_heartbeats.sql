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
