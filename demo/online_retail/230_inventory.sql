-- What is on the shelf in the end. The rows came with the products, all zero; nothing is promised
-- to anyone, since every order has left.

UPDATE inventory
SET on_hand = stock_balances.closing
FROM products
INNER JOIN stock_balances ON products.sku = stock_balances.sku
WHERE inventory.product_id = products.product_id AND stock_balances.closing > 0;
