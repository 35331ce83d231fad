-- What pg_stat_statements has counted, where it is installed and loaded, else nothing. Dynamic
-- SQL: no view may name what may not be there, nor the schema an administrator put it in.

CREATE OR REPLACE FUNCTION statement_statistics()
RETURNS TABLE (
    query TEXT, calls BIGINT, total_ms NUMERIC, max_ms NUMERIC, row_count BIGINT,
    blocks_hit BIGINT, blocks_read BIGINT
)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $statement_statistics$
DECLARE
    v_schema NAME := (
        SELECT nspname FROM pg_extension
        INNER JOIN pg_namespace ON pg_extension.extnamespace = pg_namespace.oid
        WHERE extname = 'pg_stat_statements'
    );
BEGIN
    -- Created but not preloaded it would raise an error; only the library knows this setting.
    IF v_schema IS NULL OR current_setting('pg_stat_statements.max', TRUE) IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT statements.query, statements.calls, statements.total_exec_time::NUMERIC, '
        'statements.max_exec_time::NUMERIC, statements.rows, statements.shared_blks_hit, '
        'statements.shared_blks_read '
        'FROM %I.pg_stat_statements AS statements '
        'INNER JOIN pg_database ON statements.dbid = pg_database.oid '
        'WHERE pg_database.datname = current_database()', v_schema
    );
END;
$statement_statistics$;
REVOKE EXECUTE ON FUNCTION statement_statistics() FROM PUBLIC;
COMMENT ON FUNCTION statement_statistics() IS
'Statements of this database as pg_stat_statements counts them, times in milliseconds; no rows
without it. Reads with the rights of whoever asks. Raises nothing.';
