-- What a coupon cost, what it brought, and whom it won. Only orders that carry a coupon are read;
-- each is asked once whether its customer had ordered before.

CREATE OR REPLACE VIEW coupon_performance WITH (security_invoker = TRUE) AS
WITH coupon_sales AS (
    SELECT
        coupon_code,
        count(*) AS order_count,
        sum(discount) AS discount_given,
        sum(total) AS revenue,
        count(*) FILTER (
            WHERE NOT EXISTS (
                SELECT FROM orders AS earlier
                WHERE
                    earlier.customer_id = orders.customer_id
                    AND earlier.status <> 'cancelled'
                    AND (earlier.created_at, earlier.order_id)
                    < (orders.created_at, orders.order_id)
            )
        ) AS new_customers
    FROM orders
    WHERE coupon_code IS NOT NULL AND status <> 'cancelled'
    GROUP BY coupon_code
)

SELECT
    coupons.coupon_code,
    coalesce(coupon_sales.order_count, 0) AS orders,
    round(coalesce(coupon_sales.discount_given, 0), store_settings.currency_decimals)
        AS discount_given,
    round(coalesce(coupon_sales.revenue, 0), store_settings.currency_decimals) AS revenue,
    round(coupon_sales.revenue / coupon_sales.order_count, store_settings.currency_decimals)
        AS average_order_value,
    coalesce(coupon_sales.new_customers, 0) AS new_customers
FROM coupons
CROSS JOIN store_settings
LEFT JOIN coupon_sales ON coupons.coupon_code = coupon_sales.coupon_code
WHERE store_settings.is_only_row;
COMMENT ON VIEW coupon_performance IS 'Orders, cost and revenue of every coupon.';
COMMENT ON COLUMN coupon_performance.orders IS 'Orders with it that were not cancelled.';
COMMENT ON COLUMN coupon_performance.discount_given IS 'What it took off them.';
COMMENT ON COLUMN coupon_performance.revenue IS 'Sum of their totals.';
COMMENT ON COLUMN coupon_performance.average_order_value IS 'NULL without orders.';
COMMENT ON COLUMN coupon_performance.new_customers IS
'Customers whose first order, cancelled ones not counted, carries it.';
