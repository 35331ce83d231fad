-- Ends orders that will not be fulfilled: one by hand, or all whose hold ran out. Their units and
-- coupon uses go back, coupons by code and then stock by product_id, each row once.

CREATE OR REPLACE FUNCTION release_orders(p_order_ids INT[]) RETURNS VOID
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $release_orders$
DECLARE
    v_product_ids INT[];
    v_quantities INT[];
BEGIN
    UPDATE orders SET status = 'cancelled', cancelled_at = now()
    WHERE order_id = ANY (p_order_ids);

    PERFORM 1 FROM coupons
    WHERE
        coupon_code IN (SELECT coupon_code FROM orders WHERE order_id = ANY (p_order_ids))
        AND num_nonnulls(usage_limit, per_customer_limit) > 0
    ORDER BY coupon_code FOR NO KEY UPDATE;
    UPDATE coupons SET times_used = coupons.times_used - used.orders
    FROM (
        SELECT
            coupon_code,
            count(*)::INT AS orders
        FROM orders
        WHERE order_id = ANY (p_order_ids)
        GROUP BY coupon_code
    ) AS used
    WHERE
        coupons.coupon_code = used.coupon_code
        AND num_nonnulls(coupons.usage_limit, coupons.per_customer_limit) > 0;

    SELECT array_agg(product_id), array_agg(quantity - shipped_quantity - cancelled_quantity)
    INTO v_product_ids, v_quantities
    FROM order_items
    WHERE
        order_id = ANY (p_order_ids)
        AND shipped_quantity + cancelled_quantity < quantity;
    PERFORM release_stock(v_product_ids, v_quantities, p_leaves_shelf => FALSE);
END;
$release_orders$;
REVOKE EXECUTE ON FUNCTION release_orders(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION release_orders(INT[]) IS
'Cancels the orders and gives back their reservations and coupon uses. The caller holds the orders''
locks and writes the audit. Raises ST005 where an order can no longer be cancelled. Internal.';
