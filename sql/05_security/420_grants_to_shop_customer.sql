-- What a customer may do, and in the second half staff for anybody; whose rows it finds is the
-- policies' affair. A customer never learns what a thing cost the store, a payment's reference, nor
-- how much stock there is.

GRANT SELECT ON customers, addresses, orders, shipments, shipment_items, returns TO shop_customer;
GRANT SELECT (
    order_id, line_no, product_id, sku, product_name, unit_price, regular_price, tax_class,
    tax_rate, quantity, discount, line_total, tax, shipped_quantity, cancelled_quantity,
    returned_quantity
) ON order_items TO shop_customer;
GRANT SELECT (
    payment_id, order_id, kind, amount, provider, of_payment_id, reason, occurred_at, created_at
) ON payments TO shop_customer;
GRANT SELECT (
    credit_id, order_id, credit_no, line_no, kind, quantity, net, tax, amount, is_supplied,
    created_at
) ON credits TO shop_customer;
GRANT SELECT ON documents, document_lines, document_corrections, document_parts TO shop_customer;
GRANT SELECT ON categories, countries, storefront_products, storefront_styles TO shop_customer;
GRANT SELECT (product_id, sku, name, description, category_id, style_id, options, price, is_active)
ON products TO shop_customer;
GRANT SELECT (style_id, name, description, category_id, option_names) ON styles TO shop_customer;
GRANT SELECT (product_id, price, valid_from, valid_until) ON sale_prices TO shop_customer;
GRANT SELECT (product_id, is_available) ON inventory TO shop_customer;

-- All else but addresses is changed through functions.
GRANT UPDATE (first_name, last_name, phone, default_address_id) ON customers TO shop_customer;

-- From here on staff may the same, for anybody.
GRANT INSERT (
    customer_id, recipient, company, vat_id, line1, line2, city, region, region_code, postal_code,
    country_code
) ON addresses TO shop_customer, shop_staff;
GRANT UPDATE (
    recipient, company, vat_id, line1, line2, city, region, region_code, postal_code, country_code
) ON addresses TO shop_customer, shop_staff;
GRANT DELETE ON addresses TO shop_customer, shop_staff;

GRANT EXECUTE ON FUNCTION
place_order(INT, JSONB, TEXT, TEXT, INT, NUMERIC, INT),
quote_order(JSONB, TEXT, INT, INT, TEXT, TEXT),
cancel_order(INT, TEXT, JSONB, TEXT),
search_products(TEXT, INT), prior_price_of_sale(INT), export_customer(INT)
TO shop_customer, shop_staff;
