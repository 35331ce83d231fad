-- What staff may do: read everything but the audit log and the store's own machinery, write the
-- catalogue, the rules of selling and what they know of customers, and run the orders.

GRANT SELECT ON
store_settings, tax_rates, customers, addresses, categories, products, price_history, inventory,
stock_adjustments, coupons, order_transitions, orders, order_items, payments, shipments,
shipment_items, returns, order_audit, customer_overview, storefront_products,
integrity_violations
TO shop_staff;

GRANT INSERT (name, parent_id), UPDATE (name, parent_id), DELETE ON categories TO shop_staff;
GRANT INSERT (sku, name, description, category_id, tax_class, price, cost, is_active)
ON products TO shop_staff;
GRANT UPDATE (sku, name, description, category_id, tax_class, price, cost, is_active)
ON products TO shop_staff;
-- Stock itself moves by functions alone.
GRANT UPDATE (reorder_point, reorder_quantity, lead_time_days) ON inventory TO shop_staff;

-- How often a coupon was used is counted, never written.
GRANT INSERT (
    coupon_code, kind, value, minimum_subtotal, valid_from, valid_until, usage_limit,
    per_customer_limit
) ON coupons TO shop_staff;
GRANT UPDATE (
    kind, value, minimum_subtotal, valid_from, valid_until, usage_limit, per_customer_limit
) ON coupons TO shop_staff;
GRANT DELETE ON coupons TO shop_staff;
GRANT INSERT, UPDATE, DELETE ON tax_rates TO shop_staff;
GRANT UPDATE (
    store_name, currency, country_code, time_zone, prices_include_tax, shipping_fee,
    free_shipping_from, order_hold, max_pending_orders
) ON store_settings TO shop_staff;

GRANT UPDATE (email, first_name, last_name, phone, is_vip) ON customers TO shop_staff;
GRANT INSERT (
    customer_id, recipient, line1, line2, city, region, postal_code, country_code, is_default
) ON addresses TO shop_staff;
GRANT UPDATE (
    recipient, line1, line2, city, region, postal_code, country_code, is_default
) ON addresses TO shop_staff;
GRANT DELETE ON addresses TO shop_staff;

GRANT EXECUTE ON FUNCTION
register_customer(TEXT, TEXT, TEXT, TEXT),
place_order(INT, JSONB, TEXT, TEXT, INT, NUMERIC),
quote_order(JSONB, TEXT, INT, INT),
record_payment(INT, TEXT, TEXT, NUMERIC),
record_chargeback(INT, TEXT, TEXT, NUMERIC),
ship_order(INT, TEXT, TEXT, JSONB),
deliver_order(INT),
cancel_order(INT, TEXT, JSONB),
return_items(INT, JSONB, BOOLEAN, TEXT),
refund_order(INT, TEXT, TEXT, NUMERIC, TEXT),
receive_stock(INT, INT, TEXT),
adjust_stock(INT, INT, TEXT, TEXT),
count_stock(INT, INT, TEXT),
extend_hold(INT, TIMESTAMPTZ),
expire_unpaid_orders(INT),
read_order_events(TEXT, INT),
acknowledge_order_events(TEXT, BIGINT),
search_products(TEXT, INT),
available_products(),
price_at(INT, TIMESTAMPTZ),
check_integrity(TIMESTAMPTZ),
refresh_reports(),
erase_customer(INT),
export_customer(INT)
TO shop_staff;
