-- What order_number() and order_id_of() are made of: numbers below 2^35, permuted by a Feistel
-- network with the store's key, and written with 32 characters.

-- Without what is taken for something else: 0 and O, 1 and I.
CREATE OR REPLACE FUNCTION _order_alphabet() RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
REVOKE EXECUTE ON FUNCTION _order_alphabet() FROM PUBLIC;
COMMENT ON FUNCTION _order_alphabet() IS
'The 32 characters an order number is written with, by their value. Internal.';

-- Reed-Solomon with one check symbol: the digits c1 … c8, as elements of GF(32), satisfy
-- c1·a^7 + c2·a^6 + … + c8 = 0, a being a root of x^5 + x^2 + 1. The factors all differ and none is
-- zero: so no single change and no exchange of two digits leaves the sum as it was.
CREATE OR REPLACE FUNCTION _order_check_digit(p_digits INT[]) RETURNS INT
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path FROM CURRENT
AS $_order_check_digit$
DECLARE
    v_sum INT := 0;
    v_digit INT;
BEGIN
    -- By Horner's rule: 37 is the polynomial, taken off where the product overflows.
    FOREACH v_digit IN ARRAY p_digits LOOP
        v_sum := (v_sum # v_digit) << 1;
        v_sum := v_sum # (37 * (v_sum >> 5));
    END LOOP;
    RETURN v_sum;
END;
$_order_check_digit$;
REVOKE EXECUTE ON FUNCTION _order_check_digit(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _order_check_digit(INT[]) IS
'The check digit of p_digits, each 0 to 31: Reed-Solomon over GF(32). Internal.';

-- Ten rounds, as NIST SP 800-38G asks of a network over small numbers (FF1): the upper 17 bits and
-- the lower 18 change in turn by what a hash under the key makes of the others.
CREATE OR REPLACE FUNCTION _permute_order_id(p_code BIGINT, p_is_forward BOOLEAN) RETURNS BIGINT
LANGUAGE plpgsql STABLE STRICT SET search_path FROM CURRENT
AS $_permute_order_id$
DECLARE
    v_key BYTEA := (SELECT order_number_key.key FROM order_number_key);
    v_upper INT := p_code >> 18;
    v_lower INT := p_code & 262143;
    v_round INT;
    v_bits BYTEA;
    v_mask INT;
BEGIN
    IF v_key IS NULL THEN
        RAISE EXCEPTION 'the store has no key for order numbers'
        USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = jsonb_build_object('table', 'order_number_key'),
            HINT = 'Copy the row of order_number_key from the store this is a copy of.';
    END IF;
    FOR v_step IN 0..9 LOOP
        v_round := CASE WHEN p_is_forward THEN v_step ELSE 9 - v_step END;
        v_bits := sha256(
            v_key || int4send(v_round)
            || int4send(CASE v_round % 2 WHEN 0 THEN v_upper ELSE v_lower END)
        );
        v_mask := (get_byte(v_bits, 0) << 16) | (get_byte(v_bits, 1) << 8) | get_byte(v_bits, 2);
        IF v_round % 2 = 0 THEN
            v_lower := v_lower # (v_mask & 262143);
        ELSE
            v_upper := v_upper # (v_mask & 131071);
        END IF;
    END LOOP;
    RETURN (v_upper::BIGINT << 18) | v_lower;
END;
$_permute_order_id$;
REVOKE EXECUTE ON FUNCTION _permute_order_id(BIGINT, BOOLEAN) FROM PUBLIC;
COMMENT ON FUNCTION _permute_order_id(BIGINT, BOOLEAN) IS
'p_code, 0 to 2^35 - 1, to another of them under the store''s key, or back. Raises 55000 in a copy
made without rows. Internal.';
