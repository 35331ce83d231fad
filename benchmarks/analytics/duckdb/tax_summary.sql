-- tax_summary in DuckDB.

WITH taxed AS (
    SELECT
        month,
        ship_to_country AS country_code,
        ship_to_region AS region_code,
        tax_class,
        tax_rate,
        order_id AS sold_order_id,
        net_value AS taxable_amount,
        tax,
        0 AS credited_net,
        0 AS credited_tax
    FROM counted_lines
    UNION ALL
    SELECT
        month,
        ship_to_country AS country_code,
        ship_to_region AS region_code,
        shipping_tax_class AS tax_class,
        shipping_tax_rate AS tax_rate,
        order_id AS sold_order_id,
        CASE
            WHEN prices_include_tax THEN shipping_fee - shipping_tax
            ELSE shipping_fee
        END AS taxable_amount,
        shipping_tax AS tax,
        0 AS credited_net,
        0 AS credited_tax
    FROM counted_orders
    WHERE shipping_fee <> 0
    UNION ALL
    SELECT
        counted_credits.month,
        counted_credits.ship_to_country AS country_code,
        counted_credits.ship_to_region AS region_code,
        coalesce(order_items.tax_class, counted_credits.shipping_tax_class) AS tax_class,
        coalesce(order_items.tax_rate, counted_credits.shipping_tax_rate) AS tax_rate,
        NULL AS sold_order_id,
        0 AS taxable_amount,
        0 AS tax,
        counted_credits.net AS credited_net,
        counted_credits.tax AS credited_tax
    FROM counted_credits
    LEFT JOIN order_items
        ON
            counted_credits.order_id = order_items.order_id
            AND counted_credits.line_no = order_items.line_no
)

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
    sum(credited_tax) AS credited_tax,
    sum(taxable_amount) - sum(credited_net) AS net_taxable,
    sum(tax) - sum(credited_tax) AS net_tax
FROM taxed
GROUP BY month, country_code, region_code, tax_class, tax_rate;
