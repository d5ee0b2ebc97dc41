-- How much of its owner's hands an open handoff fills, in hundredths: one each, until now.
alter table handoffs add column load integer not null default 100;
alter table loads add column extra integer not null default 0;

comment on column handoffs.load is 'personal: none';
comment on column loads.extra is 'personal: behaviour of the rep';
