
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
