
CREATE OR REPLACE FUNCTION _require_currency(p_currency TEXT) RETURNS VOID
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_require_currency$
DECLARE
    v_currency TEXT := (SELECT currency FROM store_settings);
BEGIN
    IF upper(p_currency) <> v_currency THEN
        PERFORM _refuse_argument(
            'p_currency', left(p_currency, 10), format('The store keeps its books in %s.', v_currency)
        );
    END IF;
END;
$_require_currency$;
REVOKE EXECUTE ON FUNCTION _require_currency(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _require_currency(TEXT) IS
'Returns when p_currency is the store''s, or not said. Raises ST003 otherwise. Internal.';
