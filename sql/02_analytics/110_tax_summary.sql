-- The tax in what was sold, month by month: to where, of which class, at which rate, and how much
-- of it was credited since. Management's view: what is owed to a tax office say the documents. An
-- order's lines, its delivery and the credits on either are stacked, then added up. WHERE month = x
-- reads that month's orders with their lines and that month's credits.

CREATE OR REPLACE VIEW tax_summary WITH (security_invoker = TRUE) AS
WITH taxed AS (
    SELECT
        report_months.month,
        counted_lines.country_code,
        counted_lines.region_code,
        counted_lines.tax_class,
        counted_lines.tax_rate,
        counted_lines.order_id AS sold_order_id,
        counted_lines.net_value AS taxable_amount,
        counted_lines.tax,
        0 AS credited_net,
        0 AS credited_tax
    FROM report_months
    INNER JOIN counted_lines
        ON
            report_months.starts_at <= counted_lines.created_at
            AND report_months.ends_at > counted_lines.created_at
    UNION ALL
    SELECT
        report_months.month,
        orders.ship_to_country AS country_code,
        orders.ship_to_region AS region_code,
        orders.shipping_tax_class AS tax_class,
        orders.shipping_tax_rate AS tax_rate,
        orders.order_id AS sold_order_id,
        CASE
            WHEN orders.prices_include_tax THEN orders.shipping_fee - orders.shipping_tax
            ELSE orders.shipping_fee
        END AS taxable_amount,
        orders.shipping_tax AS tax,
        0 AS credited_net,
        0 AS credited_tax
    FROM report_months
    INNER JOIN orders
        ON
            report_months.starts_at <= orders.created_at
            AND report_months.ends_at > orders.created_at
    WHERE orders.status <> 'cancelled' AND orders.shipping_fee <> 0
    UNION ALL
    SELECT
        report_months.month,
        orders.ship_to_country AS country_code,
        orders.ship_to_region AS region_code,
        coalesce(order_items.tax_class, orders.shipping_tax_class) AS tax_class,
        coalesce(order_items.tax_rate, orders.shipping_tax_rate) AS tax_rate,
        NULL AS sold_order_id,
        0 AS taxable_amount,
        0 AS tax,
        counted_credits.net AS credited_net,
        counted_credits.tax AS credited_tax
    FROM report_months
    INNER JOIN counted_credits
        ON
            report_months.starts_at <= counted_credits.created_at
            AND report_months.ends_at > counted_credits.created_at
    INNER JOIN orders ON counted_credits.order_id = orders.order_id
    LEFT JOIN order_items
        ON
            counted_credits.order_id = order_items.order_id
            AND counted_credits.line_no = order_items.line_no
),

sums AS (
    SELECT
        month,
        country_code,
        region_code,
        tax_class,
        tax_rate,
        count(DISTINCT sold_order_id) AS order_count,
        sum(taxable_amount) AS taxable_amount,
        sum(tax) AS tax,
        sum(credited_net) AS credited_net,
        sum(credited_tax) AS credited_tax
    FROM taxed
    GROUP BY month, country_code, region_code, tax_class, tax_rate
)

SELECT
    sums.month,
    sums.country_code,
    sums.region_code,
    sums.tax_class,
    round(sums.tax_rate, 5) AS tax_rate,
    sums.order_count,
    round(sums.taxable_amount, store_settings.currency_decimals) AS taxable_amount,
    round(sums.tax, store_settings.currency_decimals) AS tax,
    round(sums.credited_net, store_settings.currency_decimals) AS credited_net,
    round(sums.credited_tax, store_settings.currency_decimals) AS credited_tax,
    round(sums.taxable_amount - sums.credited_net, store_settings.currency_decimals)
        AS net_taxable,
    round(sums.tax - sums.credited_tax, store_settings.currency_decimals) AS net_tax
FROM sums
CROSS JOIN store_settings
WHERE store_settings.is_only_row;
COMMENT ON VIEW tax_summary IS
'Taxable sales and their tax by store month, place, class and rate, as ordered, less credits;
management''s view and no tax return. tax adds up to the tax of all orders that were not cancelled,
credited_tax to that of their credits.';
COMMENT ON COLUMN tax_summary.month IS
'First day of the month: of placing for sales, of granting for credits.';
COMMENT ON COLUMN tax_summary.country_code IS 'Where the orders are taxed: ISO 3166-1.';
COMMENT ON COLUMN tax_summary.region_code IS
'ISO 3166-2 without the country; empty = none is told.';
COMMENT ON COLUMN tax_summary.tax_class IS 'Of the line, or of the delivery.';
COMMENT ON COLUMN tax_summary.tax_rate IS 'Share: 0.20000 is twenty per cent.';
COMMENT ON COLUMN tax_summary.order_count IS
'Orders of the month with such a line or fee; 0 where the month has credits alone.';
COMMENT ON COLUMN tax_summary.taxable_amount IS 'Goods and shipping as ordered, without the tax.';
COMMENT ON COLUMN tax_summary.tax IS 'The tax on them.';
COMMENT ON COLUMN tax_summary.credited_net IS
'What was credited in the month, without the tax, whenever the order was placed.';
COMMENT ON COLUMN tax_summary.credited_tax IS 'The tax on that.';
COMMENT ON COLUMN tax_summary.net_taxable IS 'taxable_amount less credited_net.';
COMMENT ON COLUMN tax_summary.net_tax IS 'tax less credited_tax.';
