-- Is today unusual? Every day beside the weeks before it: moving averages, and how far it lies
-- from what the same weekday brought. Median and MAD, not mean and deviation, so that one
-- exceptional day does not hide the next. It reads a row a day, and no order but the latest.

CREATE OR REPLACE VIEW rolling_sales WITH (security_invoker = TRUE) AS
WITH sales AS (
    SELECT
        sale_date,
        order_count,
        revenue
    FROM sales_by_day()
),

days AS (
    SELECT generate_series(min(sale_date), max(sale_date), INTERVAL '1 day')::DATE AS sale_date
    FROM sales
),

gap_free_sales AS (
    SELECT
        days.sale_date,
        coalesce(sales.order_count, 0) AS order_count,
        coalesce(sales.revenue, 0) AS revenue
    FROM days
    LEFT JOIN sales ON days.sale_date = sales.sale_date
),

days_beside_earlier_ones AS (
    SELECT
        sale_date,
        order_count,
        revenue,
        row_number() OVER by_day AS day_number,
        sum(revenue) OVER (by_day ROWS 6 PRECEDING) AS revenue_7d,
        sum(revenue) OVER (by_day ROWS 27 PRECEDING) AS revenue_28d,
        -- In whole cents: percentile_cont reckons in double precision, exact for whole numbers.
        array_agg((100 * revenue)::BIGINT) OVER (
            PARTITION BY extract(ISODOW FROM sale_date)
            ORDER BY sale_date ASC
            ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING
        ) AS same_weekday_cents
    FROM gap_free_sales
    WINDOW by_day AS (ORDER BY sale_date)
),

days_beside_median AS (
    SELECT
        days_beside_earlier_ones.*,
        weekday.median_cents
    FROM days_beside_earlier_ones
    CROSS JOIN LATERAL (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY cents)::NUMERIC AS median_cents
        FROM unnest(days_beside_earlier_ones.same_weekday_cents) AS cents
    ) AS weekday
),

days_beside_median_and_mad AS (
    SELECT
        days_beside_median.*,
        weekday.median_deviation_cents
    FROM days_beside_median
    CROSS JOIN LATERAL (
        SELECT
            -- Twice the deviation, since a median of eight may end in half a cent.
            percentile_cont(0.5) WITHIN GROUP (
                ORDER BY abs(2 * cents - 2 * days_beside_median.median_cents)
            )::NUMERIC / 2 AS median_deviation_cents
        FROM unnest(days_beside_median.same_weekday_cents) AS cents
    ) AS weekday
)

SELECT
    days.sale_date,
    days.order_count AS orders,
    round(days.revenue, store_settings.currency_decimals) AS revenue,
    CASE
        WHEN days.day_number >= 7
            THEN round(days.revenue_7d / 7, store_settings.currency_decimals)
    END AS revenue_7d_avg,
    CASE
        WHEN days.day_number >= 28
            THEN round(days.revenue_28d / 28, store_settings.currency_decimals)
    END AS revenue_28d_avg,
    CASE
        WHEN cardinality(days.same_weekday_cents) = 8
            THEN
                round(
                    (100 * days.revenue - days.median_cents)
                    / nullif(1.4826 * days.median_deviation_cents, 0),
                    2
                )
    END AS same_weekday_z
FROM days_beside_median_and_mad AS days
CROSS JOIN store_settings
WHERE store_settings.is_only_row;
COMMENT ON VIEW rolling_sales IS
'Daily sales, gap-free by store day, with moving averages and an outlier score.';
COMMENT ON COLUMN rolling_sales.sale_date IS 'The store day.';
COMMENT ON COLUMN rolling_sales.orders IS 'Orders placed on it and not cancelled.';
COMMENT ON COLUMN rolling_sales.revenue IS 'Sum of their totals.';
COMMENT ON COLUMN rolling_sales.revenue_7d_avg IS
'Mean of the day and the 6 before; NULL on the first 6 days.';
COMMENT ON COLUMN rolling_sales.revenue_28d_avg IS
'Mean of the day and the 27 before; NULL on the first 27 days.';
COMMENT ON COLUMN rolling_sales.same_weekday_z IS
'(revenue - median) / (1.4826 x MAD) of the same weekday in the 8 weeks before; beyond 3.5 either
way is unusual. NULL in the first 8 weeks and where those days all but agree (MAD 0).';
