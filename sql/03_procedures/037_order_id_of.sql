-- The order behind the number that somebody reads out or types, who may get it wrong. A definer
-- function, since nobody else reads the key.

CREATE OR REPLACE FUNCTION order_id_of(p_order_number TEXT) RETURNS INT
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path FROM CURRENT
AS $order_id_of$
DECLARE
    v_number TEXT;
    v_digits INT[];
    v_code BIGINT;
    v_order_id BIGINT;
BEGIN
    IF octet_length(p_order_number) > 100 THEN
        RETURN NULL;
    END IF;
    -- As people type or paste it: in small letters, after a #, with blanks or any dash, or none.
    v_number := regexp_replace(upper(normalize(p_order_number, nfkc)), '[^[:alnum:]]', '', 'g');
    IF v_number !~ '^[2-9A-HJ-NP-Z]{8}$' THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(strpos(_order_alphabet(), symbol) - 1 ORDER BY place) INTO v_digits
    FROM regexp_split_to_table(v_number, '') WITH ORDINALITY AS symbols (symbol, place);
    IF _order_check_digit(v_digits[:7]) <> v_digits[8] THEN
        RETURN NULL;
    END IF;
    SELECT sum(digit::BIGINT << (5 * (7 - place::INT))) INTO v_code
    FROM unnest(v_digits[:7]) WITH ORDINALITY AS digits (digit, place);
    v_order_id := _permute_order_id(v_code, FALSE);
    -- Of sixteen codes one is an order's.
    RETURN CASE WHEN v_order_id <= 2147483647 THEN v_order_id::INT END;
END;
$order_id_of$;
REVOKE EXECUTE ON FUNCTION order_id_of(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION order_id_of(TEXT) IS
'The order_id of the order_number() p_order_number, in any case, with signs and blanks beside it or
without; NULL for anything else, such as a mistyped one. Says nothing of whether there is such an
order. Raises 55000 (a copy of the store without its order_number_key).';
