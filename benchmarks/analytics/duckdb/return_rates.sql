-- return_rates in DuckDB.

SELECT
    product_id,
    sum(units_sold) AS units_sold,
    sum(returned_quantity) AS units_returned,
    round(100.0 * sum(returned_quantity) / sum(units_sold), 2) AS return_rate_pct,
    sum(returned_value) AS returned_value
FROM counted_lines
GROUP BY product_id
HAVING sum(units_sold) > 0;
