-- coupon_performance in DuckDB.

WITH numbered_orders AS (
    SELECT
        coupon_code,
        discount,
        total,
        row_number() OVER (PARTITION BY customer_id ORDER BY created_at, order_id) AS order_number
    FROM counted_orders
),

coupon_sales AS (
    SELECT
        coupon_code,
        count(*) AS order_count,
        sum(discount) AS discount_given,
        sum(total) AS revenue,
        count(*) FILTER (WHERE order_number = 1) AS new_customers
    FROM numbered_orders
    WHERE coupon_code IS NOT NULL
    GROUP BY coupon_code
)

SELECT
    coupons.coupon_code,
    coalesce(coupon_sales.order_count, 0) AS orders,
    coalesce(coupon_sales.discount_given, 0) AS discount_given,
    coalesce(coupon_sales.revenue, 0) AS revenue,
    round(coupon_sales.revenue / coupon_sales.order_count, 2) AS average_order_value,
    coalesce(coupon_sales.new_customers, 0) AS new_customers
FROM coupons
LEFT JOIN coupon_sales ON coupons.coupon_code = coupon_sales.coupon_code;
