-- What a person decided about a message that could not be delivered.
alter table deliveries add column decided bytea;

comment on column deliveries.decided is 'personal: names who decided, and their words';
