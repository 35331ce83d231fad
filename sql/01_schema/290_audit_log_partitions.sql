-- Months of the audit log. A row that finds no month lands in the default partition, so that a
-- forgotten upkeep never refuses a change; a month that has rows there stays there.

CREATE TABLE audit_log_default PARTITION OF audit_log DEFAULT;
CREATE TRIGGER audit_log_default_is_never_truncated
BEFORE TRUNCATE ON audit_log_default
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'the audit trail is append-only', 'Detach or drop a month that may go.'
);
COMMENT ON TABLE audit_log_default IS 'Audit rows of months that have no partition.';

CREATE FUNCTION add_audit_log_partition(p_month DATE) RETURNS TEXT
LANGUAGE plpgsql SET search_path FROM CURRENT
SET timezone = 'UTC'  -- the bounds are written as text
AS $add_audit_log_partition$
DECLARE
    v_name TEXT := to_char(p_month, '"audit_log_"YYYY_MM');
    v_from TIMESTAMPTZ := date_trunc('month', p_month::TIMESTAMP) AT TIME ZONE 'UTC';
    v_until TIMESTAMPTZ
    := (date_trunc('month', p_month::TIMESTAMP) + INTERVAL '1 month') AT TIME ZONE 'UTC';
BEGIN
    -- In the store's schema alone: a temporary table of that name is no partition.
    IF to_regclass(format('%I.%I', current_schema(), v_name)) IS NOT NULL THEN
        RETURN 'exists';
    END IF;
    IF EXISTS (
        SELECT FROM audit_log_default WHERE changed_at >= v_from AND changed_at < v_until
    ) THEN
        RETURN 'in default partition';
    END IF;
    -- Built aside and attached: creating it in place would lock the whole log.
    EXECUTE format('CREATE TABLE %I (LIKE audit_log INCLUDING ALL EXCLUDING IDENTITY)', v_name);
    -- The trigger is not inherited: TRUNCATE of a partition alone asks the partition alone.
    EXECUTE format(
        'CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT '
        'EXECUTE FUNCTION refuse_change(%L, %L)',
        v_name || '_is_never_truncated', v_name,
        'the audit trail is append-only', 'Detach or drop a month that may go.'
    );
    EXECUTE format(
        'COMMENT ON TABLE %I IS %L', v_name, 'Audit rows of ' || to_char(p_month, 'YYYY-MM') || '.'
    );
    EXECUTE format(
        'ALTER TABLE audit_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        v_name, v_from, v_until
    );
    RETURN 'added';
END;
$add_audit_log_partition$;
REVOKE EXECUTE ON FUNCTION add_audit_log_partition(DATE) FROM PUBLIC;
COMMENT ON FUNCTION add_audit_log_partition(DATE) IS
'Makes the audit log''s partition of the UTC month p_month falls in. Returns added, exists, or
in default partition where rows of that month are there already. Owner only.';

SELECT add_audit_log_partition((current_date + make_interval(months => ahead))::DATE)
FROM generate_series(0, 1) AS ahead;
