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

given_back AS (
    SELECT
        month,
        sum(CASE WHEN kind = 'refund' THEN amount ELSE 0 END) AS refunds,
        sum(CASE WHEN kind = 'chargeback' THEN amount ELSE 0 END) AS chargebacks
    FROM counted_refunds
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
    coalesce(given_back.refunds, 0) AS refunds,
    coalesce(given_back.chargebacks, 0) AS chargebacks,
    coalesce(sales.total_sales, 0)
    - coalesce(given_back.refunds, 0) - coalesce(given_back.chargebacks, 0) AS net_sales
FROM report_months
LEFT JOIN sales ON report_months.month = sales.month
LEFT JOIN given_back ON report_months.month = given_back.month;
