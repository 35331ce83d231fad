-- How a month's sales come about: from list prices to what is left after discounts, shipping, tax
-- and credits. Agrees with monthly_revenue to the cent, row by row.

CREATE OR REPLACE VIEW sales_summary WITH (security_invoker = TRUE) AS
WITH sales_and_credits AS (
    SELECT
        report_months.month,
        sales.*,
        credited.*
    FROM report_months
    CROSS JOIN
        LATERAL (
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
        ) AS sales
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(amount) FILTER (WHERE kind = 'cancellation'), 0) AS cancelled_items,
            coalesce(sum(amount) FILTER (WHERE kind = 'return'), 0) AS returns,
            coalesce(sum(amount) FILTER (WHERE kind = 'allowance'), 0) AS allowances,
            coalesce(sum(amount) FILTER (WHERE kind = 'delivery'), 0) AS delivery_credits,
            coalesce(sum(amount), 0) AS all_credits
        FROM counted_credits
        WHERE
            created_at >= report_months.starts_at
            AND created_at < report_months.ends_at
    ) AS credited
)

SELECT
    summed.month,
    round(summed.gross_sales, store_settings.currency_decimals) AS gross_sales,
    round(summed.discounts, store_settings.currency_decimals) AS discounts,
    round(summed.shipping, store_settings.currency_decimals) AS shipping,
    round(summed.tax_added, store_settings.currency_decimals) AS tax_added,
    round(summed.total_sales, store_settings.currency_decimals) AS total_sales,
    round(summed.tax_included, store_settings.currency_decimals) AS tax_included,
    round(summed.cancelled_items, store_settings.currency_decimals) AS cancelled_items,
    round(summed.returns, store_settings.currency_decimals) AS returns,
    round(summed.allowances, store_settings.currency_decimals) AS allowances,
    round(summed.delivery_credits, store_settings.currency_decimals) AS delivery_credits,
    round(summed.total_sales - summed.all_credits, store_settings.currency_decimals) AS net_sales
FROM sales_and_credits AS summed
CROSS JOIN store_settings
WHERE store_settings.is_only_row;
COMMENT ON VIEW sales_summary IS
'From list prices to net sales by store month: gross_sales - discounts + shipping + tax_added =
total_sales, which is monthly_revenue.revenue; less the four kinds of credits it is net_sales.';
COMMENT ON COLUMN sales_summary.month IS 'First day of the month.';
COMMENT ON COLUMN sales_summary.gross_sales IS 'Quantity times unit price of all lines.';
COMMENT ON COLUMN sales_summary.discounts IS 'What coupons took off; positive.';
COMMENT ON COLUMN sales_summary.shipping IS 'Shipping fees.';
COMMENT ON COLUMN sales_summary.tax_added IS 'Tax on top, of orders whose prices exclude it.';
COMMENT ON COLUMN sales_summary.total_sales IS 'What the orders were worth when placed.';
COMMENT ON COLUMN sales_summary.tax_included IS
'Tax within total_sales, of orders whose prices include it.';
COMMENT ON COLUMN sales_summary.cancelled_items IS
'Units cancelled in the month, of orders that go on; positive, with their tax, as the next three.';
COMMENT ON COLUMN sales_summary.returns IS 'Units that came back in the month.';
COMMENT ON COLUMN sales_summary.allowances IS 'Price reductions granted in the month.';
COMMENT ON COLUMN sales_summary.delivery_credits IS 'Shipping fees given back in the month.';
COMMENT ON COLUMN sales_summary.net_sales IS 'total_sales less these credits.';
