-- Many messages to one person become one: which are judged, and which digest took them.
alter table deliveries add column recipient text collate "C";
alter table deliveries add column judged boolean not null default true;
alter table deliveries add column folded_into text collate "C";
alter table deliveries add column sent_at timestamptz;
alter table deliveries drop constraint deliveries_state_check;
alter table deliveries add constraint deliveries_state_check
  check (state in ('waiting', 'delivered', 'parked', 'cancelled', 'moved', 'folded'));
alter table deliveries add constraint deliveries_folded_check
  check ((state = 'folded') = (folded_into is not null));
create index deliveries_unjudged on deliveries (channel, due_at) where state = 'waiting' and not judged;
create index deliveries_folded on deliveries (folded_into) where folded_into is not null;
create index deliveries_sent on deliveries (recipient, sent_at) where sent_at is not null;

comment on column deliveries.recipient is 'personal: pseudonym of the rep';
comment on column deliveries.judged is 'personal: none';
comment on column deliveries.folded_into is 'personal: pseudonym of the rep';
comment on column deliveries.sent_at is 'personal: none';
