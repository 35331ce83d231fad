-- Keeps the audit log a month ahead. Attaching one locks the default partition, so it gives way to
-- whoever reads the log now: the next call tries again.

CREATE OR REPLACE FUNCTION _add_audit_log_months() RETURNS JSONB
LANGUAGE plpgsql SET search_path FROM CURRENT SET lock_timeout = '30ms'
AS $_add_audit_log_months$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_object_agg(to_char(added.month, 'YYYY-MM'), added.outcome), '{}')
        FROM (
            SELECT
                month,
                add_audit_log_partition(month::DATE) AS outcome
            FROM generate_series(
                date_trunc('month', now() AT TIME ZONE 'UTC'),
                date_trunc('month', now() AT TIME ZONE 'UTC') + INTERVAL '1 month',
                INTERVAL '1 month'
            ) AS month
        ) AS added
        WHERE added.outcome <> 'exists'
    );
EXCEPTION
    -- Others hold the log, or wrote a row of the month after it was looked for.
    WHEN lock_not_available OR check_violation THEN RETURN '"busy"'::JSONB;
END;
$_add_audit_log_months$;
REVOKE EXECUTE ON FUNCTION _add_audit_log_months() FROM PUBLIC;
COMMENT ON FUNCTION _add_audit_log_months() IS
'Adds the audit log''s partitions of this UTC month and the next where one is missing. Returns what
came of each that was: {"2027-01": "added"}, or "busy" when others held the log or wrote into that
month just then. Raises nothing. Internal.';
