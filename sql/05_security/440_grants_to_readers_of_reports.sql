-- What staff and analysts read alike: the reports. A view reads with its reader's rights, so the
-- functions and inner views it calls are granted with it.

GRANT SELECT ON
monthly_revenue, sales_summary, tax_summary, vat_return, customer_lifetime_value, customer_segments,
cohort_retention, repeat_purchases, new_and_returning_revenue, product_rankings, style_rankings,
category_revenue, product_affinity, return_rates, coupon_performance, order_funnel, rolling_sales,
sales_by_hour, daily_sales, mv_daily_sales, dashboard_kpis, inventory_alerts, stock_movements,
inventory_valuation, payment_reconciliation, order_backlog, refunds_due, receivables
TO shop_staff, shop_analyst;

GRANT SELECT ON
counted_credits, document_parts, counted_lines, product_sales_rollup, product_sales,
category_orders_rollup, monthly_sales_rollup, hourly_sales_rollup, order_funnel_rollup,
monthly_sales, report_months, parcels_under_way
TO shop_staff, shop_analyst;
GRANT EXECUTE ON FUNCTION
store_clock(), first_instant_of(TIMESTAMP, TEXT), store_months(TIMESTAMPTZ, TIMESTAMPTZ),
sales_days_since_refresh(), product_sales_since_refresh(), category_orders_since_refresh(),
months_since_refresh(BOOLEAN), hourly_sales_since_refresh()
TO shop_staff, shop_analyst;
