-- How far the orders of each month had got when refresh_reports() last looked. order_funnel counts
-- the months that have changed since, and is exact. Apart from monthly_sales_rollup, since a parcel
-- changes nothing there.

CREATE TABLE order_funnel_rollup (
    month DATE PRIMARY KEY,
    placed BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    shipped BIGINT NOT NULL,
    delivered BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    returned BIGINT NOT NULL,
    median_hours_to_ship NUMERIC
);

COMMENT ON TABLE order_funnel_rollup IS
'Orders by store month and how far they got, as the watermark product_sales says; read order_funnel
instead, which has the same columns.';
