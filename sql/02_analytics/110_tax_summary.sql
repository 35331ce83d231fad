-- The tax in what was sold, month by month: to where, of which class, at which rate, and how much
-- of it was credited since. Management's view: what is owed to a tax office is in vat_return. Each
-- order's lines and its delivery are added up by themselves, through the key of its lines: so a
-- month reads no more than its own orders, and all months sort no lines.

CREATE OR REPLACE VIEW tax_summary WITH (security_invoker = TRUE) AS
WITH sold_and_credited AS (
    -- One walk over the months for both.
    SELECT
        report_months.month,
        taxed.*
    FROM report_months
    CROSS JOIN LATERAL (
        SELECT
            orders.ship_to_country AS country_code,
            orders.ship_to_region AS region_code,
            order_tax.tax_class,
            order_tax.tax_rate,
            count(*) AS order_count,
            sum(
                order_tax.price - CASE WHEN orders.prices_include_tax THEN order_tax.tax ELSE 0 END
            ) AS taxable_amount,
            sum(order_tax.tax) AS tax,
            0 AS credited_net,
            0 AS credited_tax
        FROM orders
        CROSS JOIN
            LATERAL (
                SELECT
                    parts.tax_class,
                    parts.tax_rate,
                    sum(parts.price) AS price,
                    sum(parts.tax) AS tax
                FROM (
                    SELECT
                        order_items.tax_class,
                        order_items.tax_rate,
                        order_items.line_total AS price,
                        order_items.tax
                    FROM order_items
                    WHERE order_items.order_id = orders.order_id
                    UNION ALL
                    SELECT
                        orders.shipping_tax_class AS tax_class,
                        orders.shipping_tax_rate AS tax_rate,
                        orders.shipping_fee AS price,
                        orders.shipping_tax AS tax
                    WHERE orders.shipping_fee <> 0
                ) AS parts
                GROUP BY parts.tax_class, parts.tax_rate
            ) AS order_tax
        WHERE
            orders.status <> 'cancelled'
            AND orders.created_at >= report_months.starts_at
            AND orders.created_at < report_months.ends_at
        GROUP BY
            orders.ship_to_country, orders.ship_to_region, order_tax.tax_class, order_tax.tax_rate
        UNION ALL
        SELECT
            orders.ship_to_country AS country_code,
            orders.ship_to_region AS region_code,
            credit_tax.tax_class,
            credit_tax.tax_rate,
            0 AS order_count,
            0 AS taxable_amount,
            0 AS tax,
            sum(credits.net) AS credited_net,
            sum(credits.tax) AS credited_tax
        FROM credits
        INNER JOIN orders ON credits.order_id = orders.order_id
        CROSS JOIN
            LATERAL (
                SELECT
                    order_items.tax_class,
                    order_items.tax_rate
                FROM order_items
                WHERE
                    order_items.order_id = credits.order_id
                    AND order_items.line_no = credits.line_no
                UNION ALL
                SELECT
                    orders.shipping_tax_class AS tax_class,
                    orders.shipping_tax_rate AS tax_rate
                WHERE credits.line_no IS NULL
            ) AS credit_tax
        WHERE
            orders.status <> 'cancelled'
            AND credits.created_at >= report_months.starts_at
            AND credits.created_at < report_months.ends_at
        GROUP BY
            orders.ship_to_country, orders.ship_to_region, credit_tax.tax_class, credit_tax.tax_rate
    ) AS taxed
)

SELECT
    taxed.month,
    taxed.country_code,
    taxed.region_code,
    taxed.tax_class,
    round(taxed.tax_rate, 5) AS tax_rate,
    sum(taxed.order_count)::BIGINT AS order_count,
    round(sum(taxed.taxable_amount), store_settings.currency_decimals) AS taxable_amount,
    round(sum(taxed.tax), store_settings.currency_decimals) AS tax,
    round(sum(taxed.credited_net), store_settings.currency_decimals) AS credited_net,
    round(sum(taxed.credited_tax), store_settings.currency_decimals) AS credited_tax,
    round(sum(taxed.taxable_amount - taxed.credited_net), store_settings.currency_decimals)
        AS net_taxable,
    round(sum(taxed.tax - taxed.credited_tax), store_settings.currency_decimals) AS net_tax
FROM sold_and_credited AS taxed
CROSS JOIN store_settings
WHERE store_settings.is_only_row
GROUP BY
    taxed.month, taxed.country_code, taxed.region_code, taxed.tax_class, taxed.tax_rate,
    store_settings.currency_decimals;
COMMENT ON VIEW tax_summary IS
'Taxable sales and their tax by store month, place, class and rate, as ordered, less credits;
management''s view and no tax return. tax adds up to the tax of all orders that were not cancelled,
credited_tax to that of their credits.';
COMMENT ON COLUMN tax_summary.month IS
'First day of the month: of placing for sales, of granting for credits.';
COMMENT ON COLUMN tax_summary.region_code IS 'ISO 3166-2 without the country; empty = none.';
COMMENT ON COLUMN tax_summary.tax_rate IS 'Share: 0.20000 is twenty per cent.';
COMMENT ON COLUMN tax_summary.order_count IS 'Orders of the month with such a line or fee.';
COMMENT ON COLUMN tax_summary.credited_net IS
'What was credited in the month, without the tax, whenever the order was placed.';
