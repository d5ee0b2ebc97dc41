
-- The contracts in force beside the one for every source: those of named sources.
alter table chain add column others text[] not null default '{}';
comment on column chain.others is 'personal: none';
