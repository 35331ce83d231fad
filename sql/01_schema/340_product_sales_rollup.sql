-- What each product had brought when refresh_reports() last looked, so that a report on all of them
-- need not read every line ever sold. product_sales adds what has changed since, and is exact.

CREATE TABLE product_sales_rollup (
    product_id INT PRIMARY KEY REFERENCES products (product_id),
    -- What a sale changes stands together: an update logs the first byte it changes to the last.
    line_count BIGINT NOT NULL,
    units_sold BIGINT NOT NULL,
    revenue NUMERIC NOT NULL,
    cost NUMERIC NOT NULL,
    lines_without_cost BIGINT NOT NULL,
    units_returned BIGINT NOT NULL,
    returned_value NUMERIC NOT NULL,
    units_restocked BIGINT NOT NULL
) WITH (fillfactor = 50);  -- room for the next sums on the same page

COMMENT ON TABLE product_sales_rollup IS
'Sums by product, as the watermark product_sales says; read product_sales instead, which tells what
the other columns are.';
COMMENT ON COLUMN product_sales_rollup.line_count IS 'Lines of orders not cancelled.';
COMMENT ON COLUMN product_sales_rollup.cost IS
'What the units sold cost, as at placing, but for those that came back on the shelf.';
COMMENT ON COLUMN product_sales_rollup.lines_without_cost IS
'Lines with units sold whose cost is unknown, and so not in cost.';
