-- Keeps what the store's tables hold and how far its sequences have counted: `CALL kept.put_back()`
-- makes both so again. Sessions go on with the plans they have; a copy of a database knows none.

CREATE SCHEMA kept;

DO $do$
DECLARE
    v_statements TEXT;
BEGIN
    SELECT string_agg(format('CREATE TABLE kept.%1$I AS TABLE store.%1$I', relname), ';')
    INTO v_statements
    FROM pg_class WHERE relnamespace = 'store'::REGNAMESPACE AND relkind = 'r';
    EXECUTE v_statements;

    -- A table that nobody wrote to is only read: of its rows none is younger than these.
    SELECT string_agg(
        format(
            'IF (SELECT count(*) FROM store.%1$I) <> (SELECT count(*) FROM kept.%1$I)'
            ' OR EXISTS (SELECT FROM store.%1$I WHERE xmin::TEXT::BIGINT >= %2$s) THEN'
            ' DELETE FROM store.%1$I;'
            ' INSERT INTO store.%1$I (%3$s) OVERRIDING SYSTEM VALUE'
            ' SELECT %3$s FROM kept.%1$I; END IF;',
            relname, pg_current_xact_id(), columns
        ), E'\n'
    ) INTO v_statements
    FROM pg_class INNER JOIN (
        SELECT attrelid, string_agg(quote_ident(attname), ', ') AS columns FROM pg_attribute
        WHERE attnum > 0 AND NOT attisdropped AND attgenerated = '' GROUP BY attrelid
    ) AS written ON pg_class.oid = attrelid
    WHERE relnamespace = 'store'::REGNAMESPACE AND relkind = 'r';

    SELECT v_statements || string_agg(
        format(
            'PERFORM setval(''store.%I'', %s, %L);',
            sequencename, coalesce(last_value, start_value), last_value IS NOT NULL
        ), E'\n'
    ) INTO v_statements
    FROM pg_sequences WHERE schemaname = 'store';

    EXECUTE format(
        'CREATE PROCEDURE kept.put_back() LANGUAGE plpgsql'
        ' SET session_replication_role = replica AS %L', 'BEGIN ' || v_statements || ' END'
    );
END
$do$;
