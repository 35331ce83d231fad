-- Is today unusual? Every day beside the weeks before it: moving averages, and how far it lies
-- from what the same weekday brought. Median and MAD, not mean and deviation, so that one
-- exceptional day does not hide the next. It reads a row a day, and no order but the latest.

CREATE OR REPLACE VIEW rolling_sales WITH (security_invoker = TRUE) AS
WITH sales AS MATERIALIZED (
    SELECT
        sale_date,
        orders,
        revenue
    FROM daily_sales
),

days AS (
    SELECT min(sale_date) + generate_series(0, max(sale_date) - min(sale_date)) AS sale_date
    FROM sales
),

gap_free_sales AS (
    SELECT
        days.sale_date,
        coalesce(sales.orders, 0) AS order_count,
        coalesce(sales.revenue, 0) AS revenue,
        (100 * coalesce(sales.revenue, 0))::BIGINT AS cents
    FROM days
    LEFT JOIN sales ON days.sale_date = sales.sale_date
    OFFSET 0  -- noqa: AM09, a fence: the planner would reckon cents anew for each of eight weeks
),

days_beside_earlier_ones AS (
    SELECT
        sale_date,
        order_count,
        revenue,
        cents,
        row_number() OVER by_day AS day_number,
        sum(revenue) OVER (by_day ROWS 6 PRECEDING) AS revenue_7d,
        sum(revenue) OVER (by_day ROWS 27 PRECEDING) AS revenue_28d,
        array_agg(cents) OVER (
            PARTITION BY extract(ISODOW FROM sale_date)
            ORDER BY sale_date ASC
            ROWS BETWEEN 8 PRECEDING AND 1 PRECEDING
        ) AS earlier_weeks
    FROM gap_free_sales
    WINDOW by_day AS (ORDER BY sale_date)
),

days_beside_sorted_weeks AS (
    SELECT
        *,
        CASE
            WHEN cardinality(earlier_weeks) = 8
                THEN ARRAY(SELECT week FROM unnest(earlier_weeks) AS week ORDER BY week)
        END AS weeks
    FROM days_beside_earlier_ones
    OFFSET 0  -- noqa: AM09, a fence: the planner would sort anew wherever a week is asked for
),

-- Twice as much as it is, each, since a median of eight may end in half a cent: how far the three
-- weeks on either side of the middle two lie from the median, the nearest first.
days_beside_deviations AS (
    SELECT
        *,
        weeks[4] + weeks[5] AS twice_median,
        weeks[4] + weeks[5] - 2 * weeks[3] AS below_1,
        weeks[4] + weeks[5] - 2 * weeks[2] AS below_2,
        weeks[4] + weeks[5] - 2 * weeks[1] AS below_3,
        2 * weeks[6] - weeks[4] - weeks[5] AS above_1,
        2 * weeks[7] - weeks[4] - weeks[5] AS above_2,
        2 * weeks[8] - weeks[4] - weeks[5] AS above_3
    FROM days_beside_sorted_weeks
),

-- No two lie nearer than the middle two. So the MAD is the mean of the second and the third of the
-- other six, which are in order on either side: to find them takes no second sort.
days_beside_median_and_mad AS (
    SELECT
        *,
        least(below_2, greatest(below_1, above_1), above_2)
        + least(below_3, greatest(below_2, above_1), greatest(below_1, above_2), above_3)
            AS four_times_mad
    FROM days_beside_deviations
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
    round(
        (4 * days.cents - 2 * days.twice_median) / (1.4826 * nullif(days.four_times_mad, 0)), 2
    ) AS same_weekday_z
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
