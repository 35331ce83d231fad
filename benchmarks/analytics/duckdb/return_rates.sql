-- return_rates in DuckDB.

SELECT
    product_id,
    sum(quantity) AS units_sold,
    sum(returned_quantity) AS units_returned,
    round(100.0 * sum(returned_quantity) / sum(quantity), 2) AS return_rate_pct,
    round(
        coalesce(
            sum(net_value * returned_quantity / quantity) FILTER (WHERE returned_quantity > 0), 0
        ),
        2
    ) AS refund_value
FROM counted_lines
GROUP BY product_id;
