-- How far the store's sequences have come. A sequence shows its value to those alone who may draw
-- from it; whoever watches it need not, so this tells the figures and nothing else.

CREATE OR REPLACE FUNCTION sequence_positions()
RETURNS TABLE (sequence_oid OID, last_value BIGINT)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
BEGIN ATOMIC
    SELECT
        pg_class.oid,
        pg_sequence_last_value(pg_class.oid) AS last_value
    FROM pg_class
    WHERE
        pg_class.relkind = 'S'
        AND pg_class.relnamespace = (
            SELECT home.relnamespace FROM pg_class AS home
            WHERE home.oid = 'store_settings'::REGCLASS
        );
END;
REVOKE EXECUTE ON FUNCTION sequence_positions() FROM PUBLIC;
COMMENT ON FUNCTION sequence_positions() IS
'Each sequence of the store with the last number it gave, NULL before the first. Raises nothing.';
