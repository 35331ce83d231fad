-- How far the store's sequences have come, and which columns they number. A sequence shows its
-- value to those alone who may draw from it; whoever watches it need not, so this tells the
-- figures and nothing else.

CREATE OR REPLACE FUNCTION sequence_positions()
RETURNS TABLE (
    sequence_oid OID, table_oid OID, column_name NAME, last_value BIGINT, highest_key BIGINT
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT
AS $sequence_positions$
BEGIN
    FOR sequence_oid, table_oid, column_name IN
        SELECT pg_class.oid, pg_depend.refobjid, pg_attribute.attname
        FROM pg_class
        LEFT JOIN pg_depend
            ON pg_depend.objid = pg_class.oid
            AND pg_depend.classid = 'pg_class'::REGCLASS
            AND pg_depend.refclassid = 'pg_class'::REGCLASS
            AND pg_depend.deptype IN ('a', 'i')
        LEFT JOIN pg_attribute
            ON pg_attribute.attrelid = pg_depend.refobjid
            AND pg_attribute.attnum = pg_depend.refobjsubid
        WHERE
            pg_class.relkind = 'S'
            AND pg_class.relnamespace = current_schema()::REGNAMESPACE
            AND pg_get_userbyid(pg_class.relowner) = current_user  -- others' may not be readable
    LOOP
        highest_key := NULL;
        -- The highest first: what is there by now was drawn before. By index, the columns being
        -- keys; which there are the catalog knows.
        IF table_oid IS NOT NULL THEN
            EXECUTE format('SELECT max(%I) FROM %s', column_name, table_oid::REGCLASS)
            INTO highest_key;
        END IF;
        -- One that was set to begin at a number, by RESTART or setval(), has not given that yet.
        EXECUTE format(
            'SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM %s',
            sequence_oid::REGCLASS
        ) INTO last_value;
        RETURN NEXT;
    END LOOP;
END;
$sequence_positions$;
REVOKE EXECUTE ON FUNCTION sequence_positions() FROM PUBLIC;
COMMENT ON FUNCTION sequence_positions() IS
'Each sequence of the store with the column it numbers, NULL = none, the last number it gave or was
set past, and the highest there. Raises nothing.';
