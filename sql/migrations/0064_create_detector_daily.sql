-- What each detector contributed on a day (UTC) of event time. A finding counts once for each of its detectors.
CREATE OR REPLACE VIEW detector_daily AS
SELECT
  toDate(ts) AS day,
  findings.tenant AS tenant,
  evidence.detector AS detector,
  count() AS findings,
  countIf(is_alert) AS alerts,
  uniqExact(token) AS tokens,
  sum(evidence.contribution) AS contribution,
  max(evidence.surprise) AS surprise_max
FROM findings FINAL
ARRAY JOIN evidence
GROUP BY day, tenant, detector
