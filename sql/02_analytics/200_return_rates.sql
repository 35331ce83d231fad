-- Which products come back. Units returned are those of the lines sold, whenever they came back,
-- so a rate can only grow. WHERE product_id = x reads that product's lines alone.

CREATE OR REPLACE VIEW return_rates WITH (security_invoker = TRUE) AS
WITH product_returns AS (
    SELECT
        product_id,
        sum(quantity) AS units_sold,
        sum(returned_quantity) AS units_returned,
        -- With 100 digits: thirds and sixths have no last one.
        sum(round(net_value * returned_quantity, 100) / quantity) FILTER (
            WHERE returned_quantity > 0
        ) AS refund_value
    FROM counted_lines
    GROUP BY product_id
)

SELECT
    product_id,
    units_sold,
    units_returned,
    round(100.0 * units_returned / units_sold, 2) AS return_rate_pct,
    -- At 90 digits, what adds up to half a cent is half a cent again and not a hair less. What is
    -- less stays less: by 0.01 / (2 x m) at least, m the least common multiple of the quantities,
    -- and that of all from 1 to 180 has but 79 digits.
    round(round(coalesce(refund_value, 0), 90), 2) AS refund_value
FROM product_returns;
COMMENT ON VIEW return_rates IS 'Returns of every product that was sold.';
COMMENT ON COLUMN return_rates.product_id IS 'The product.';
COMMENT ON COLUMN return_rates.units_sold IS 'Units ordered, in orders that were not cancelled.';
COMMENT ON COLUMN return_rates.units_returned IS 'Units of them that came back.';
COMMENT ON COLUMN return_rates.return_rate_pct IS 'Units returned in per cent of units sold.';
COMMENT ON COLUMN return_rates.refund_value IS
'What the returned units had brought, without tax.';
