-- How a month's sales come about: from list prices to what is left after discounts, shipping, tax
-- and credits. Agrees with monthly_revenue to the cent, row by row.

CREATE OR REPLACE VIEW sales_summary WITH (security_invoker = TRUE) AS
SELECT
    month,
    gross_sales,
    discounts,
    shipping,
    tax_added,
    total_sales,
    tax_included,
    cancelled_items,
    returns,
    allowances,
    delivery_credits,
    total_sales - cancelled_items - returns - allowances - delivery_credits AS net_sales
FROM monthly_sales;
COMMENT ON VIEW sales_summary IS
'From list prices to net sales by store month: gross_sales - discounts + shipping + tax_added =
total_sales, which is monthly_revenue.revenue; less the four kinds of credits it is net_sales.';
COMMENT ON COLUMN sales_summary.month IS 'First day of the month.';
COMMENT ON COLUMN sales_summary.gross_sales IS 'Quantity times unit price of all lines.';
COMMENT ON COLUMN sales_summary.discounts IS 'What coupons took off; positive.';
COMMENT ON COLUMN sales_summary.tax_added IS 'Tax on top, of orders whose prices exclude it.';
COMMENT ON COLUMN sales_summary.total_sales IS 'What the orders were worth when placed.';
COMMENT ON COLUMN sales_summary.tax_included IS 'Tax within it, of orders whose prices include it.';
COMMENT ON COLUMN sales_summary.cancelled_items IS
'Units cancelled in the month, of orders that go on; positive, with their tax, as the next three.';
COMMENT ON COLUMN sales_summary.returns IS 'Units that came back in the month.';
COMMENT ON COLUMN sales_summary.allowances IS 'Price reductions granted in the month.';
COMMENT ON COLUMN sales_summary.delivery_credits IS 'Shipping fees given back in the month.';
COMMENT ON COLUMN sales_summary.net_sales IS 'total_sales less these credits.';
