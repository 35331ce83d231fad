-- sales_summary in DuckDB.

WITH sales AS (
    SELECT
        month,
        sum(subtotal) AS gross_sales,
        sum(discount) AS discounts,
        sum(shipping_fee) AS shipping,
        sum(CASE WHEN prices_include_tax THEN 0 ELSE tax END) AS tax_added,
        sum(total) AS total_sales,
        sum(CASE WHEN prices_include_tax THEN tax ELSE 0 END) AS tax_included
    FROM counted_orders
    GROUP BY month
),

credited AS (
    SELECT
        month,
        sum(CASE WHEN kind = 'cancellation' THEN amount ELSE 0 END) AS cancelled_items,
        sum(CASE WHEN kind = 'return' THEN amount ELSE 0 END) AS returns,
        sum(CASE WHEN kind = 'allowance' THEN amount ELSE 0 END) AS allowances,
        sum(CASE WHEN kind = 'delivery' THEN amount ELSE 0 END) AS delivery_credits,
        sum(amount) AS all_credits
    FROM counted_credits
    GROUP BY month
)

SELECT
    report_months.month,
    coalesce(sales.gross_sales, 0) AS gross_sales,
    coalesce(sales.discounts, 0) AS discounts,
    coalesce(sales.shipping, 0) AS shipping,
    coalesce(sales.tax_added, 0) AS tax_added,
    coalesce(sales.total_sales, 0) AS total_sales,
    coalesce(sales.tax_included, 0) AS tax_included,
    coalesce(credited.cancelled_items, 0) AS cancelled_items,
    coalesce(credited.returns, 0) AS returns,
    coalesce(credited.allowances, 0) AS allowances,
    coalesce(credited.delivery_credits, 0) AS delivery_credits,
    coalesce(sales.total_sales, 0) - coalesce(credited.all_credits, 0) AS net_sales
FROM report_months
LEFT JOIN sales ON report_months.month = sales.month
LEFT JOIN credited ON report_months.month = credited.month;
