-- Whose key it is, where one person alone uses it.
alter table api_keys add column person text collate "C";

comment on column api_keys.person is 'personal: pseudonym of the rep';
