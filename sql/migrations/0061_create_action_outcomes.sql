-- Actions in their last version, and whether they took effect at the gateways. One row per action.
-- Times to effect are event times: from the request to the call that worked, and to the first refusal seen.
CREATE OR REPLACE VIEW action_outcomes AS
SELECT
  last_action.id AS action_id,
  last_action.incident_id AS incident_id,
  last_action.kind AS kind,
  last_action.mode AS mode,
  last_action.state AS state,
  last_action.revoker AS revoker,
  last_action.token AS token,
  last_action.token_hint AS token_hint,
  last_action.tenant AS tenant,
  last_action.rule AS rule,
  last_action.reason AS reason,
  last_action.actor AS actor,
  last_action.attempts AS attempts,
  last_action.last_outcome AS last_outcome,
  last_action.requested_at AS requested_at,
  last_action.updated_at AS updated_at,
  last_action.effective_at AS effective_at,
  dateDiff('second', last_action.requested_at, last_action.effective_at) AS seconds_to_effective,
  proof.state AS containment,
  length(proof.nodes.node) AS nodes,
  countEqual(proof.nodes.state, 'still_serving') AS nodes_still_serving,
  arraySum(proof.nodes.served_after_count) AS calls_served_after
FROM (
  SELECT *
  FROM actions
  WHERE (id, version) IN (SELECT id, max(version) FROM actions GROUP BY id)
  LIMIT 1 BY id
) AS last_action
LEFT JOIN (SELECT * FROM containment FINAL) AS proof ON proof.action_id = last_action.id
