-- What each month had brought when refresh_reports() last looked, so that a report on all of them
-- need not read every order ever placed. monthly_sales computes the months that have changed since,
-- and is exact.

CREATE TABLE monthly_sales_rollup (
    month DATE PRIMARY KEY,
    order_count BIGINT NOT NULL,
    customer_count BIGINT NOT NULL,
    gross_sales NUMERIC NOT NULL,
    discounts NUMERIC NOT NULL,
    shipping NUMERIC NOT NULL,
    tax_added NUMERIC NOT NULL,
    total_sales NUMERIC NOT NULL,
    tax_included NUMERIC NOT NULL,
    cancelled_items NUMERIC NOT NULL,
    returns NUMERIC NOT NULL,
    allowances NUMERIC NOT NULL,
    delivery_credits NUMERIC NOT NULL
);

COMMENT ON TABLE monthly_sales_rollup IS
'Sums by store month, as the watermark product_sales says; read monthly_sales instead, which has the
same columns.';
