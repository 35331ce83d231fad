-- Writes the audit row of a change, for whichever table its triggers stand on. Only the columns a
-- trigger lists stay readable: a column added tomorrow is "[redacted]" until somebody decides
-- otherwise. Generated columns are left out; they follow from the others.

CREATE OR REPLACE FUNCTION record_change() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET timezone = 'UTC' SET intervalstyle = 'postgres'  -- so that no session says it its own way
AS $record_change$
DECLARE
    v_old JSONB := to_jsonb(old);  -- NULL on INSERT and TRUNCATE
    v_new JSONB := to_jsonb(new);  -- NULL on DELETE and TRUNCATE
BEGIN
    IF tg_op = 'TRUNCATE' THEN
        INSERT INTO audit_log (table_name, operation) VALUES (tg_table_name, tg_op);
        RETURN NULL;
    END IF;
    INSERT INTO audit_log (table_name, operation, row_key, old_row, new_row)
    SELECT
        tg_table_name,
        tg_op,
        jsonb_object_agg(attname, coalesce(v_old, v_new) -> attname)
        FILTER (WHERE attnum = ANY (indkey)),
        jsonb_object_agg(attname, shown.before) FILTER (WHERE tg_op <> 'INSERT' AND is_changed),
        jsonb_object_agg(attname, shown.after) FILTER (WHERE tg_op <> 'DELETE' AND is_changed)
    FROM pg_attribute
    INNER JOIN pg_index ON indrelid = attrelid AND indisprimary
    -- NULL is no data: that a column was empty, or emptied, may be seen.
    CROSS JOIN LATERAL (
        SELECT
            attname = ANY (tg_argv) OR v_old -> attname = 'null' AS before_is_shown,
            attname = ANY (tg_argv) OR v_new -> attname = 'null' AS after_is_shown,
            v_old -> attname IS DISTINCT FROM v_new -> attname AS is_changed
    ) AS facts
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN before_is_shown THEN v_old -> attname ELSE '"[redacted]"' END AS before,
            CASE WHEN after_is_shown THEN v_new -> attname ELSE '"[redacted]"' END AS after
    ) AS shown
    WHERE attrelid = tg_relid AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    RETURN NULL;
END;
$record_change$;
REVOKE EXECUTE ON FUNCTION record_change() FROM PUBLIC;
COMMENT ON FUNCTION record_change() IS
'Trigger: appends what was done to a row to audit_log, on UPDATE its changed columns only. Its
arguments are the columns whose values may be read there; the others show as "[redacted]".';
