-- Findings about a token on a day (UTC) of event time, and how serious the worst of them was.
CREATE OR REPLACE VIEW token_risk_daily AS
SELECT
  token,
  toDate(ts) AS day,
  max(findings.tenant) AS tenant,
  max(findings.token_hint) AS token_hint,
  count() AS findings,
  countIf(is_alert) AS alerts,
  max(findings.risk) AS risk_max,
  max(findings.surprise) AS surprise_max,
  arraySort(groupUniqArrayArray(findings.detectors)) AS detectors
FROM findings FINAL
GROUP BY token, day
