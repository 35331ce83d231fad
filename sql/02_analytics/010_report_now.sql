-- What "now" and "today" mean in a report: the transaction's time, unless app.report_now holds an
-- instant, so that a report can be tested, or read as of another day. Order processing never asks.

CREATE OR REPLACE FUNCTION report_now() RETURNS TIMESTAMPTZ
LANGUAGE sql STABLE PARALLEL SAFE
-- A value that is no instant fails the report: one about the wrong day would look right. Infinity
-- is made to fail too, since a series of months up to it would not end.
RETURN coalesce(
    nullif(
        replace(
            lower(current_setting('app.report_now', TRUE)), 'infinity', 'infinity (no instant)'
        ),
        ''
    )::TIMESTAMPTZ,
    now()
);
REVOKE EXECUTE ON FUNCTION report_now() FROM PUBLIC;
COMMENT ON FUNCTION report_now() IS
'The instant reports call now: the setting app.report_now, else now(). Write the setting with its
offset (2026-03-01 12:00+00); without one it is read in the session''s zone. Raises 22007 or 22008
where it holds no instant.';
