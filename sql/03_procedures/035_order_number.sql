-- The number a customer is told: neither another's nor how many orders there are can be guessed
-- from it. A definer function, since nobody else reads the key.

CREATE OR REPLACE FUNCTION order_number(p_order_id INT) RETURNS TEXT
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path FROM CURRENT
AS $order_number$
DECLARE
    v_code BIGINT;
    v_digits INT[];
    v_number TEXT;
BEGIN
    IF p_order_id < 0 THEN
        PERFORM _refuse_argument('p_order_id', p_order_id::TEXT, 'Give an order_id.');
    END IF;
    v_code := _permute_order_id(p_order_id, TRUE);
    v_digits := ARRAY[
        v_code >> 30, v_code >> 25 & 31, v_code >> 20 & 31, v_code >> 15 & 31, v_code >> 10 & 31,
        v_code >> 5 & 31, v_code & 31
    ];
    SELECT string_agg(substr(_order_alphabet(), digit + 1, 1), '' ORDER BY place) INTO v_number
    FROM unnest(v_digits || _order_check_digit(v_digits)) WITH ORDINALITY AS digits (digit, place);
    RETURN left(v_number, 4) || '-' || right(v_number, 4);
END;
$order_number$;
REVOKE EXECUTE ON FUNCTION order_number(INT) FROM PUBLIC;
COMMENT ON FUNCTION order_number(INT) IS
'The number of order p_order_id as a customer is told it, such as K7QM-3XRP: seven characters of a
keyed permutation, so that it tells neither how many orders there are nor which come next, and a
check character that tells each wrong character and each two exchanged ones (Reed-Solomon over
GF(32)). Never 0, 1, I or O. Says nothing of whether there is such an order; NULL for NULL. Raises
ST003 (negative), 55000 (a copy of the store without its order_number_key).';
