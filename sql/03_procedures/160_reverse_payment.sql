-- A charge that was booked on the wrong order: taken back there, and booked where it belongs. Locks
-- both orders by order_id.

CREATE OR REPLACE FUNCTION reverse_payment(
    p_payment_id BIGINT, p_reason TEXT, p_to_order_id INT DEFAULT NULL
) RETURNS BIGINT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $reverse_payment$
DECLARE
    v_reason TEXT := _clean_reason(p_reason);
    v_charge payments;
    v_order orders;
    v_to_order orders;
    v_reversal_id BIGINT;
    v_known_to_order_id INT;
    v_moved payments;
BEGIN
    SELECT * INTO v_charge FROM payments WHERE payment_id = p_payment_id;
    IF NOT found THEN
        RAISE EXCEPTION 'payment % does not exist', p_payment_id
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('payment_id', p_payment_id),
            HINT = 'SELECT * FROM payments WHERE order_id = … lists an order''s.';
    ELSIF v_charge.kind <> 'charge' THEN
        PERFORM _refuse_argument(
            'p_payment_id', format('%s, a %s', p_payment_id, v_charge.kind),
            'Only a charge can be reversed.'
        );
    ELSIF p_to_order_id = v_charge.order_id THEN
        PERFORM _refuse_argument(
            'p_to_order_id', p_to_order_id::TEXT, 'Name another order, or none.'
        );
    END IF;
    IF p_to_order_id < v_charge.order_id THEN
        v_to_order := _lock_order(p_to_order_id);
    END IF;
    v_order := _lock_order(v_charge.order_id);
    IF p_to_order_id > v_charge.order_id THEN
        v_to_order := _lock_order(p_to_order_id);
    END IF;

    SELECT payment_id INTO v_reversal_id
    FROM payments WHERE of_payment_id = p_payment_id AND kind = 'reversal';
    IF found THEN
        SELECT order_id INTO v_known_to_order_id
        FROM payments WHERE of_payment_id = p_payment_id AND kind = 'charge';
        IF v_known_to_order_id IS DISTINCT FROM p_to_order_id THEN
            RAISE EXCEPTION 'payment % was reversed to %', p_payment_id,
                coalesce('order ' || v_known_to_order_id::TEXT, 'no order')
            USING ERRCODE = 'ST004',
                DETAIL = jsonb_build_object(
                    'payment_id', p_payment_id, 'reversal_id', v_reversal_id,
                    'to_order_id', v_known_to_order_id
                ),
                HINT = 'A charge is reversed once; reverse the charge it became instead.';
        END IF;
        RETURN v_reversal_id;
    END IF;
    PERFORM _require_money(
        v_order, 'a reversal', v_charge.amount,
        v_order.paid_amount - v_order.refunded_amount - v_order.charged_back_amount, 'held',
        'What was given or taken back cannot move to another order.'
    );
    PERFORM _require_sum(v_to_order.paid_amount + v_charge.amount);

    v_moved := v_charge;
    v_moved.provider_reference := NULL;
    v_moved.of_payment_id := p_payment_id;
    v_moved.occurred_at := now();
    v_moved.kind := 'reversal';
    v_moved.reason := v_reason;
    v_reversal_id := _add_payment(v_moved);
    PERFORM _settle_order(v_order, p_refunded => v_charge.amount);
    IF p_to_order_id IS NOT NULL THEN
        v_moved.kind := 'charge';
        v_moved.order_id := p_to_order_id;
        v_moved.reason := NULL;
        PERFORM _add_payment(v_moved);
        PERFORM _settle_order(v_to_order, p_paid => v_charge.amount);
    END IF;
    RETURN v_reversal_id;
END;
$reverse_payment$;
REVOKE EXECUTE ON FUNCTION reverse_payment(BIGINT, TEXT, INT) FROM PUBLIC;
COMMENT ON FUNCTION reverse_payment(BIGINT, TEXT, INT) IS
'Takes charge p_payment_id off the order it was booked on and, with p_to_order_id, books it there;
returns the reversal''s payment_id, the same again when called again. p_reason stands on the
reversal alone. Raises ST002 (no such payment or order), ST003 (reason, no charge, the same order,
or a sum of charges that does not fit), ST004 (reversed to another order already), ST008 (more than
what is left of the order''s money).';
