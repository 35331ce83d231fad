-- What the stock on the shelf cost. Products no longer offered count as long as they lie there; a
-- product of unknown cost has no value rather than none.

CREATE OR REPLACE VIEW inventory_valuation WITH (security_invoker = TRUE) AS
SELECT
    products.product_id,
    products.sku,
    inventory.on_hand,
    inventory.reserved,
    products.cost AS unit_cost,
    inventory.on_hand * products.cost AS stock_value
FROM products
INNER JOIN inventory ON products.product_id = inventory.product_id;
COMMENT ON VIEW inventory_valuation IS 'Every product''s stock at today''s cost.';
COMMENT ON COLUMN inventory_valuation.on_hand IS 'Units on the shelf, promised ones too.';
COMMENT ON COLUMN inventory_valuation.reserved IS 'Of these, units promised to open orders.';
COMMENT ON COLUMN inventory_valuation.unit_cost IS 'What one unit costs the store; NULL = unknown.';
COMMENT ON COLUMN inventory_valuation.stock_value IS 'on_hand x unit_cost; NULL with unit_cost.';
