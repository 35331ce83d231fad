-- How a month's sales come about: from list prices to what is left after discounts, shipping, tax
-- and what was given back. Agrees with monthly_revenue to the cent, row by row.

CREATE OR REPLACE VIEW sales_summary WITH (security_invoker = TRUE) AS
WITH sales AS (
    SELECT
        report_months.month,
        report_months.starts_at,
        report_months.ends_at,
        ordered.*
    FROM report_months
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(subtotal), 0) AS gross_sales,
            coalesce(sum(discount), 0) AS discounts,
            coalesce(sum(shipping_fee), 0) AS shipping,
            coalesce(sum(tax) FILTER (WHERE NOT prices_include_tax), 0) AS tax_added,
            coalesce(sum(total), 0) AS total_sales,
            coalesce(sum(tax) FILTER (WHERE prices_include_tax), 0) AS tax_included
        FROM orders
        WHERE
            status <> 'cancelled'
            AND created_at >= report_months.starts_at
            AND created_at < report_months.ends_at
    ) AS ordered
),

sales_and_refunds AS (
    SELECT
        sales.*,
        given_back.refunds,
        given_back.chargebacks
    FROM sales
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunds,
            coalesce(sum(amount) FILTER (WHERE kind = 'chargeback'), 0) AS chargebacks
        FROM counted_refunds
        WHERE created_at >= sales.starts_at AND created_at < sales.ends_at
    ) AS given_back
)

SELECT
    month,
    round(gross_sales, 2) AS gross_sales,
    round(discounts, 2) AS discounts,
    round(shipping, 2) AS shipping,
    round(tax_added, 2) AS tax_added,
    round(total_sales, 2) AS total_sales,
    round(tax_included, 2) AS tax_included,
    round(refunds, 2) AS refunds,
    round(chargebacks, 2) AS chargebacks,
    round(total_sales - refunds - chargebacks, 2) AS net_sales
FROM sales_and_refunds;
COMMENT ON VIEW sales_summary IS
'From list prices to net sales by store month: gross_sales - discounts + shipping + tax_added =
total_sales, which is monthly_revenue.revenue; less refunds and chargebacks it is net_sales.';
COMMENT ON COLUMN sales_summary.month IS 'First day of the month.';
COMMENT ON COLUMN sales_summary.gross_sales IS 'Quantity times unit price of all lines.';
COMMENT ON COLUMN sales_summary.discounts IS 'What coupons took off; positive.';
COMMENT ON COLUMN sales_summary.shipping IS 'Shipping fees.';
COMMENT ON COLUMN sales_summary.tax_added IS 'Tax on top, of orders whose prices exclude it.';
COMMENT ON COLUMN sales_summary.total_sales IS 'What customers owed.';
COMMENT ON COLUMN sales_summary.tax_included IS
'Tax within total_sales, of orders whose prices include it.';
COMMENT ON COLUMN sales_summary.refunds IS 'What the store gave back in the month.';
COMMENT ON COLUMN sales_summary.chargebacks IS 'What banks took back in the month.';
COMMENT ON COLUMN sales_summary.net_sales IS 'total_sales less refunds and chargebacks.';
