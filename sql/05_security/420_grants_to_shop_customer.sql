-- What a customer may do; whose rows it finds is the policies' affair. Never what a thing cost the
-- store, nor a payment's reference.

GRANT SELECT ON customers, addresses, orders, shipments, shipment_items, returns TO shop_customer;
GRANT SELECT (
    order_id, line_no, product_id, sku, product_name, unit_price, tax_rate, quantity, discount,
    line_total, tax, shipped_quantity, cancelled_quantity, returned_quantity
) ON order_items TO shop_customer;
GRANT SELECT (payment_id, order_id, kind, amount, provider, created_at)
ON payments TO shop_customer;
GRANT SELECT ON categories, storefront_products TO shop_customer;
GRANT SELECT (product_id, sku, name, description, category_id, price, is_active)
ON products TO shop_customer;
GRANT EXECUTE ON FUNCTION available_products() TO shop_customer;

-- All else a customer changes is changed through functions.
GRANT UPDATE (first_name, last_name, phone) ON customers TO shop_customer;
GRANT INSERT (
    customer_id, recipient, line1, line2, city, region, postal_code, country_code, is_default
) ON addresses TO shop_customer;
GRANT UPDATE (
    recipient, line1, line2, city, region, postal_code, country_code, is_default
) ON addresses TO shop_customer;
GRANT DELETE ON addresses TO shop_customer;

GRANT EXECUTE ON FUNCTION
place_order(INT, JSONB, TEXT, TEXT, INT, NUMERIC),
quote_order(JSONB, TEXT, INT, INT),
cancel_order(INT, TEXT, JSONB),
search_products(TEXT, INT),
export_customer(INT)
TO shop_customer;
