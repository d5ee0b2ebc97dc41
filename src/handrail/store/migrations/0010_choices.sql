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
