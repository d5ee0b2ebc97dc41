-- When a message that no provider has taken goes to another channel; then it is `moved`.
alter table deliveries add column move_at timestamptz;
alter table deliveries drop constraint deliveries_state_check;
alter table deliveries add constraint deliveries_state_check
  check (state in ('waiting', 'delivered', 'parked', 'cancelled', 'moved'));
-- Claimed channel by channel: what waits for one that is down is in nobody's way.
drop index deliveries_due;
create index deliveries_due on deliveries (channel, due_at, key) where state = 'waiting';
create index deliveries_moving on deliveries (channel, move_at) where state = 'waiting';

comment on column deliveries.move_at is 'personal: none';
