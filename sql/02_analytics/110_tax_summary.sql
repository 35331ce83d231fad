-- The tax return: what was sold in a month, to which country, at which rate, and the tax in it.
-- A line's tax stands on the line and shipping's on the order, so the two are stacked, then added
-- up. WHERE month = x reads that month's orders and their lines.

CREATE OR REPLACE VIEW tax_summary WITH (security_invoker = TRUE) AS
WITH taxed_lines AS (
    SELECT
        report_months.month,
        lines.*
    FROM report_months
    CROSS JOIN LATERAL (
        SELECT
            order_id,
            ship_to_country,
            tax_rate,
            sum(net_value) AS taxable_amount,
            sum(tax) AS tax
        FROM counted_lines
        WHERE created_at >= report_months.starts_at AND created_at < report_months.ends_at
        GROUP BY order_id, ship_to_country, tax_rate
    ) AS lines
),

taxed_shipping AS (
    SELECT
        report_months.month,
        shipping.*
    FROM report_months
    CROSS JOIN LATERAL (
        SELECT
            order_id,
            ship_to_country,
            shipping_tax_rate AS tax_rate,
            CASE
                WHEN prices_include_tax THEN shipping_fee - shipping_tax
                ELSE shipping_fee
            END AS taxable_amount,
            shipping_tax AS tax
        FROM orders
        WHERE
            status <> 'cancelled'
            AND shipping_fee <> 0
            AND created_at >= report_months.starts_at
            AND created_at < report_months.ends_at
    ) AS shipping
),

taxed AS (
    SELECT * FROM taxed_lines
    UNION ALL
    SELECT * FROM taxed_shipping
)

SELECT
    taxed.month,
    coalesce(taxed.ship_to_country, store_settings.country_code) AS country_code,
    taxed.tax_rate,
    count(DISTINCT taxed.order_id) AS order_count,
    round(sum(taxed.taxable_amount), 2) AS taxable_amount,
    round(sum(taxed.tax), 2) AS tax
FROM taxed
CROSS JOIN store_settings
WHERE store_settings.is_only_row
GROUP BY
    taxed.month, coalesce(taxed.ship_to_country, store_settings.country_code), taxed.tax_rate;
COMMENT ON VIEW tax_summary IS
'Taxable sales and their tax by store month, country and rate; adds up to the tax of all orders that
were not cancelled. Refunds are not taken off.';
COMMENT ON COLUMN tax_summary.month IS 'First day of the month.';
COMMENT ON COLUMN tax_summary.country_code IS
'Where the orders went; the store''s country for those without an address.';
COMMENT ON COLUMN tax_summary.tax_rate IS 'Share: 0.20000 is twenty per cent.';
COMMENT ON COLUMN tax_summary.order_count IS 'Orders with a line or a fee at this rate.';
COMMENT ON COLUMN tax_summary.taxable_amount IS
'Goods and shipping at this rate, without the tax.';
COMMENT ON COLUMN tax_summary.tax IS 'The tax on them.';
