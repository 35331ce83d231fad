-- A price reduction after the sale, spread over all that an order, or one line, is worth.

CREATE OR REPLACE FUNCTION _allow(
    p_order ORDERS, p_amount NUMERIC, p_reason TEXT, p_line_no INT
) RETURNS INT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_allow$
DECLARE
    v_worth NUMERIC;
    v_parts CREDIT_PART[];
    v_credit RECORD;
BEGIN
    WITH sides AS (
        SELECT
            worth.line_no,
            side.is_supplied,
            side.tax,
            side.net + side.tax AS gross,
            sum(side.net + side.tax) OVER (
                ORDER BY worth.line_no NULLS LAST, side.is_supplied
            ) AS gross_so_far,
            sum(side.net + side.tax) OVER () AS all_gross
        FROM _order_worth(p_order.order_id) AS worth
        CROSS JOIN LATERAL (
            VALUES
            (FALSE, worth.open_net, worth.open_tax), (TRUE, worth.kept_net, worth.kept_tax)
        ) AS side (is_supplied, net, tax)
        WHERE
            p_order.status <> 'cancelled'  -- else nothing is left to give up
            AND coalesce(worth.line_no = p_line_no, p_line_no IS NULL)
    ),

    parts AS (
        SELECT
            line_no,
            is_supplied,
            tax,
            gross,
            all_gross,
            _round_quotient(p_amount * gross_so_far, all_gross, p_order.decimals)
            - _round_quotient(p_amount * (gross_so_far - gross), all_gross, p_order.decimals)
                AS amount
        FROM sides
        WHERE gross > 0
    ),

    taxed AS (
        SELECT
            *,
            _round_quotient(amount * tax, gross, p_order.decimals) AS amount_tax
        FROM parts
    )

    SELECT
        max(all_gross),
        array_agg(
            ROW(line_no, 'allowance', NULL, amount - amount_tax, amount_tax, is_supplied)
            ::CREDIT_PART
        )
    INTO v_worth, v_parts
    FROM taxed;
    IF p_amount > coalesce(v_worth, 0) THEN
        RAISE EXCEPTION 'an allowance of % exceeds the % that % is worth', p_amount,
            coalesce(v_worth, round(0, p_order.decimals)), CASE
                WHEN p_line_no IS NULL THEN format('order %s', p_order.order_id)
                ELSE format('line %s of order %s', p_line_no, p_order.order_id)
            END
        USING ERRCODE = 'ST008',
            DETAIL = jsonb_build_object(
                'order_id', p_order.order_id, 'line_no', p_line_no, 'requested', p_amount,
                'worth', coalesce(v_worth, 0)
            ),
            HINT = 'Grant at most what is left of its worth.';
    END IF;
    v_credit := _write_credits(p_order, v_parts, p_reason);
    INSERT INTO order_audit (order_id, action, details)
    VALUES (
        p_order.order_id, 'allowance', jsonb_build_object(
            'credit_no', v_credit.credit_no, 'amount', v_credit.amount, 'line_no', p_line_no
        )
    );
    RETURN v_credit.credit_no;
END;
$_allow$;
REVOKE EXECUTE ON FUNCTION _allow(ORDERS, NUMERIC, TEXT, INT) FROM PUBLIC;
COMMENT ON FUNCTION _allow(ORDERS, NUMERIC, TEXT, INT) IS
'Writes an allowance of p_amount and its audit row, and returns its credit_no: spread over what the
order, or one line, is worth, by running rounded sums: line by line, not yet supplied before
supplied, the delivery last. Raises ST008 (more than there is worth). Internal.';
