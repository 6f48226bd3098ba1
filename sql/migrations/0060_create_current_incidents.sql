-- Incidents as they are after their last step: what an analyst counts and lists. One row per incident.
CREATE OR REPLACE VIEW current_incidents AS
SELECT
  incident_id,
  version,
  state,
  entity,
  token,
  token_hint,
  credential_id,
  consumer,
  application,
  tenant,
  severity,
  risk,
  surprise,
  title,
  detectors,
  finding_count,
  first_ts,
  last_ts,
  opened_at,
  updated_at,
  actor,
  note,
  trigger_ip,
  trigger_asn,
  trigger_country,
  trigger_route
FROM incident_events
WHERE (incident_id, version) IN (
  SELECT incident_id, max(version)
  FROM incident_events
  GROUP BY incident_id
)
LIMIT 1 BY incident_id
