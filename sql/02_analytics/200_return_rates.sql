-- Which products come back. Units returned are those of the lines sold, whenever they came back.
-- WHERE product_id = x reads no other product's stored sums.

CREATE OR REPLACE VIEW return_rates WITH (security_invoker = TRUE) AS
SELECT
    product_sales.product_id,
    product_sales.units_sold,
    product_sales.units_returned,
    round(100.0 * product_sales.units_returned / product_sales.units_sold, 2) AS return_rate_pct,
    round(product_sales.returned_value, store_settings.currency_decimals) AS returned_value
FROM product_sales
CROSS JOIN store_settings
WHERE product_sales.units_sold > 0 AND store_settings.is_only_row;
COMMENT ON VIEW return_rates IS 'Returns of every product with units sold.';
COMMENT ON COLUMN return_rates.units_sold IS 'Units ordered and not cancelled.';
COMMENT ON COLUMN return_rates.return_rate_pct IS 'Units returned in per cent of units sold.';
COMMENT ON COLUMN return_rates.returned_value IS 'Credits for what came back, without tax.';
