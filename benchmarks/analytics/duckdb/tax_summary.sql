-- tax_summary in DuckDB.

WITH taxed AS (
    SELECT
        month,
        order_id,
        ship_to_country,
        tax_rate,
        net_value AS taxable_amount,
        tax
    FROM counted_lines
    UNION ALL
    SELECT
        month,
        order_id,
        ship_to_country,
        shipping_tax_rate AS tax_rate,
        CASE
            WHEN prices_include_tax THEN shipping_fee - shipping_tax
            ELSE shipping_fee
        END AS taxable_amount,
        shipping_tax AS tax
    FROM counted_orders
    WHERE shipping_fee <> 0
)

SELECT
    month,
    coalesce(ship_to_country, country_code()) AS country_code,
    tax_rate,
    count(DISTINCT order_id) AS order_count,
    sum(taxable_amount) AS taxable_amount,
    sum(tax) AS tax
FROM taxed
GROUP BY month, coalesce(ship_to_country, country_code()), tax_rate;
