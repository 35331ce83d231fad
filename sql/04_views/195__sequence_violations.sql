-- Sequences behind their tables, as after a logical move or a data-only restore: the next row would
-- be refused, its number being taken.

CREATE OR REPLACE FUNCTION _sequence_violations()
RETURNS TABLE (invariant TEXT, object TEXT, expected TEXT, actual TEXT)
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_sequence_violations$
BEGIN
    RETURN QUERY
    SELECT
        'sequence_is_not_behind_its_table',
        format('sequence %s', position.sequence_oid::REGCLASS),
        format('at least %s', position.highest_key),
        position.last_value::TEXT
    FROM sequence_positions() AS position
    WHERE position.highest_key > position.last_value;
END;
$_sequence_violations$;
REVOKE EXECUTE ON FUNCTION _sequence_violations() FROM PUBLIC;
COMMENT ON FUNCTION _sequence_violations() IS
'Sequences that gave out less than the highest number in their column. Internal.';
