-- What a setting or a claim must look like to be a customer's number: digits and nothing else.

CREATE OR REPLACE FUNCTION customer_id_of_text(p_text TEXT) RETURNS INT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN p_text ~ '^[1-9][0-9]{0,9}$'
        THEN CASE WHEN p_text::BIGINT <= 2147483647 THEN p_text::INT END
END;
REVOKE EXECUTE ON FUNCTION customer_id_of_text(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION customer_id_of_text(TEXT) IS
'The number p_text spells in digits, NULL where it is no INT above 0. Internal. Raises nothing.';
