-- One customer at a glance, for whoever answers the telephone: what they bought, what is open, who
-- owes whom. Found by number, e-mail or name, one customer reads one customer's orders only.

CREATE OR REPLACE VIEW customer_overview WITH (security_invoker = TRUE) AS
SELECT
    customers.customer_id,
    customers.email,
    customers.first_name,
    customers.last_name,
    customers.is_vip,
    purchases.order_count,
    purchases.open_orders,
    round(purchases.net_revenue, store_settings.currency_decimals) AS net_revenue,
    round(purchases.amount_due, store_settings.currency_decimals) AS amount_due,
    round(purchases.amount_owed, store_settings.currency_decimals) AS amount_owed,
    purchases.last_order_at
FROM customers
CROSS JOIN store_settings
CROSS JOIN
    LATERAL (
        SELECT
            count(*) FILTER (WHERE orders.status <> 'cancelled') AS order_count,
            count(*) FILTER (WHERE orders.status IN ('pending', 'paid', 'shipped')) AS open_orders,
            coalesce(
                sum(orders.total - orders.credited_amount) FILTER (
                    WHERE orders.status <> 'cancelled'
                ),
                0
            ) AS net_revenue,
            max(orders.created_at) FILTER (WHERE orders.status <> 'cancelled') AS last_order_at,
            -- A look-up where money is owed, not a join, which would read all that is owed to
            -- anybody for each customer.
            coalesce(
                sum((
                    SELECT refunds_due.amount_due FROM refunds_due
                    WHERE refunds_due.order_id = orders.order_id
                )) FILTER (WHERE orders.balance < 0),
                0
            ) AS amount_due,
            coalesce(
                sum((
                    SELECT receivables.amount_owed FROM receivables
                    WHERE receivables.order_id = orders.order_id
                )) FILTER (WHERE orders.balance > 0),
                0
            ) AS amount_owed
        FROM orders
        WHERE orders.customer_id = customers.customer_id
    ) AS purchases
WHERE store_settings.is_only_row;
COMMENT ON VIEW customer_overview IS
'Every customer with what they bought, what is open and who owes whom. Cancelled orders count only
in amount_due and amount_owed.';
COMMENT ON COLUMN customer_overview.first_name IS 'NULL where not given or erased.';
COMMENT ON COLUMN customer_overview.last_name IS 'NULL where not given or erased.';
COMMENT ON COLUMN customer_overview.order_count IS 'Orders placed and not cancelled.';
COMMENT ON COLUMN customer_overview.open_orders IS 'Of these, pending, paid or shipped.';
COMMENT ON COLUMN customer_overview.net_revenue IS 'Their totals less what was credited on them.';
COMMENT ON COLUMN customer_overview.amount_due IS 'Sum of refunds_due, cancelled orders included.';
COMMENT ON COLUMN customer_overview.amount_owed IS 'Sum of receivables.';
COMMENT ON COLUMN customer_overview.last_order_at IS 'NULL without an order.';
