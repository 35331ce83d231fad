-- A document keeps its buyer for as long as the law asks; afterwards the person is nobody's
-- business.

CREATE OR REPLACE FUNCTION _empty_buyers(p_limit INT) RETURNS INT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_empty_buyers$
DECLARE
    v_emptied INT;
BEGIN
    UPDATE documents SET buyer = NULL
    WHERE document_id = ANY (ARRAY(
        SELECT document_id FROM documents
        WHERE
            buyer IS NOT NULL
            AND buyer_until < (
                SELECT (now() AT TIME ZONE time_zone)::DATE FROM store_settings
            )
        ORDER BY buyer_until
        LIMIT p_limit
    ));
    GET DIAGNOSTICS v_emptied = ROW_COUNT;
    RETURN v_emptied;
END;
$_empty_buyers$;
REVOKE EXECUTE ON FUNCTION _empty_buyers(INT) FROM PUBLIC;
COMMENT ON FUNCTION _empty_buyers(INT) IS
'Empties the buyer of up to p_limit documents whose buyer_until is over on the store''s clock, and
returns of how many. Internal.';
