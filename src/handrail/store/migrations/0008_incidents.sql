
-- Incidents that are open, to be listed oldest first however many handoffs there are.
alter table handoffs add column incident_at timestamptz;
update handoffs set incident_at =
  (convert_from(body, 'UTF8')::jsonb #>> '{incident,opened_at}')::timestamptz
  where is_open;
create index handoffs_incident on handoffs (incident_at, id) where incident_at is not null;
comment on column handoffs.incident_at is 'personal: none, when its open incident was opened';
