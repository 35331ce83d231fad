-- What each hour of the week had brought when refresh_reports() last looked, so that sales_by_hour
-- need not read every order ever placed. It adds what has changed since, and is exact. A row an
-- hour would be 168 updates a refresh, five times as much log.

CREATE TABLE hourly_sales_rollup (
    iso_weekday INT PRIMARY KEY,
    order_counts INT[] NOT NULL,
    revenues NUMERIC[] NOT NULL,
    CONSTRAINT hourly_sales_rollup_weekday_is_one_of_seven CHECK (iso_weekday BETWEEN 1 AND 7),
    CONSTRAINT hourly_sales_rollup_day_has_24_hours
    CHECK (cardinality(order_counts) = 24 AND cardinality(revenues) = 24)
);

COMMENT ON TABLE hourly_sales_rollup IS
'Sums by weekday and hour, as the watermark product_sales says; read sales_by_hour instead.';
COMMENT ON COLUMN hourly_sales_rollup.iso_weekday IS '1 (Monday) to 7 (Sunday).';
COMMENT ON COLUMN hourly_sales_rollup.order_counts IS
'Orders placed in each of its hours, from 0:00 on, and not cancelled.';
COMMENT ON COLUMN hourly_sales_rollup.revenues IS 'Sums of their totals.';
