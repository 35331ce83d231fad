-- Why somebody did what they did, in their own words, as the store keeps it.

CREATE OR REPLACE FUNCTION _clean_reason(p_reason TEXT, p_is_optional BOOLEAN DEFAULT FALSE)
RETURNS TEXT
LANGUAGE sql
RETURN _clean_argument(p_reason, 'p_reason', 1000, 'lines', p_is_optional);
REVOKE EXECUTE ON FUNCTION _clean_reason(TEXT, BOOLEAN) FROM PUBLIC;
COMMENT ON FUNCTION _clean_reason(TEXT, BOOLEAN) IS
'p_reason as the domain reason has it; an optional one that is blank is NULL. Raises ST003
(missing, too long). Internal.';
