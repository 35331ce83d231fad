-- Writes the audit row of a change, for whichever table its trigger stands on. The trigger names
-- the columns that may be read: one added tomorrow is "[redacted]" until somebody names it there.
-- Generated columns and what the search looks in are left out; they follow from the others.

CREATE OR REPLACE FUNCTION _record_change() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET timezone = 'UTC' SET intervalstyle = 'postgres'  -- so that no session says it its own way
AS $_record_change$
DECLARE
    v_old JSONB := to_jsonb(old) - 'search_vector';  -- NULL on INSERT and TRUNCATE
    v_new JSONB := to_jsonb(new) - 'search_vector';  -- NULL on DELETE and TRUNCATE
BEGIN
    IF tg_op = 'TRUNCATE' THEN
        INSERT INTO audit_log (table_name, operation) VALUES (tg_table_name, tg_op);
        RETURN NULL;
    END IF;
    -- As JSON a month is not thirty days, which compare as equal and hold an order differently.
    IF v_old = v_new THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit_log (table_name, operation, row_key, old_row, new_row)
    SELECT
        tg_table_name,
        tg_op,
        jsonb_object_agg(attname, coalesce(v_old, v_new) -> attname)
        FILTER (WHERE attnum = ANY (indkey)),
        jsonb_object_agg(attname, before) FILTER (WHERE tg_op <> 'INSERT' AND is_changed),
        jsonb_object_agg(attname, after) FILTER (WHERE tg_op <> 'DELETE' AND is_changed)
    FROM pg_attribute
    INNER JOIN pg_index ON indrelid = attrelid AND indisprimary
    -- NULL is no data: that a column was empty, or emptied, may be seen.
    CROSS JOIN LATERAL (
        SELECT
            v_old -> attname IS DISTINCT FROM v_new -> attname AS is_changed,
            CASE WHEN attname = ANY (tg_argv) OR v_old -> attname = 'null' THEN v_old -> attname
                ELSE '"[redacted]"' END AS before,
            CASE WHEN attname = ANY (tg_argv) OR v_new -> attname = 'null' THEN v_new -> attname
                ELSE '"[redacted]"' END AS after
    ) AS shown
    WHERE attrelid = tg_relid AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
    RETURN NULL;
END;
$_record_change$;
REVOKE EXECUTE ON FUNCTION _record_change() FROM PUBLIC;
COMMENT ON FUNCTION _record_change() IS
'Trigger, AFTER: appends what was done to a row to audit_log, on UPDATE its changed columns only.';
