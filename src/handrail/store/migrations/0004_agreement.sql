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

alter table wakes drop constraint wakes_kind_check;
alter table wakes add constraint wakes_kind_check check (kind in ('contract', 'team', 'rep'));

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
