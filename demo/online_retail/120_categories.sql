-- The file has no categories; its codes suggest some. Five leading digits are goods, the first
-- two of them a range of the wholesaler's; all else (postage, vouchers, fees) is Other.

INSERT INTO categories (name)
SELECT DISTINCT CASE WHEN sku ~ '^[0-9]{5}' THEN 'Goods' ELSE 'Other' END AS name
FROM stock_balances
ORDER BY name;

INSERT INTO categories (name, parent_id)
SELECT DISTINCT
    left(stock_balances.sku, 2) AS name,
    categories.category_id
FROM stock_balances
CROSS JOIN categories
WHERE
    stock_balances.sku ~ '^[0-9]{5}'
    AND categories.name = 'Goods' AND categories.parent_id IS NULL
ORDER BY name;
