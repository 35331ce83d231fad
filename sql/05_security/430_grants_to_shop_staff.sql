-- What staff may do: read everything but the audit log and the store's own machinery, write the
-- catalogue, the rules of selling and what they know of customers, and run the orders. What they do
-- for customers as these do for themselves stands with the customers' rights.

GRANT SELECT ON
store_settings, countries, tax_classes, tax_rates, customers, addresses, categories, styles,
products, price_history, sale_prices, inventory, stock_adjustments, coupons, order_transitions,
orders, unsettled_orders, order_items, payments, shipments, shipment_items, returns, credits,
documents, document_lines, document_corrections, order_audit, customer_overview,
storefront_products, storefront_styles, integrity_violations
TO shop_staff;

GRANT INSERT (name, parent_id), UPDATE (name, parent_id), DELETE ON categories TO shop_staff;
GRANT INSERT (name, description, category_id, option_names),
UPDATE (name, description, category_id, option_names), DELETE ON styles TO shop_staff;
GRANT INSERT (
    sku, name, description, category_id, tax_class, price, cost, is_active, style_id, options
) ON products TO shop_staff;
GRANT UPDATE (
    sku, name, description, category_id, tax_class, price, cost, is_active, style_id, options
) ON products TO shop_staff;
-- A trigger decides which of them may still be changed, and how.
GRANT INSERT (product_id, price, valid_from, valid_until),
UPDATE (product_id, price, valid_from, valid_until), DELETE ON sale_prices TO shop_staff;
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
GRANT INSERT ON tax_classes TO shop_staff;
GRANT INSERT, UPDATE, DELETE ON tax_rates TO shop_staff;
-- Which countries there are is not the store's to say.
GRANT UPDATE (is_served) ON countries TO shop_staff;
GRANT UPDATE (
    store_name, currency, country_code, region_code, time_zone, prices_include_tax, shipping_fee,
    shipping_tax_class, free_shipping_from, order_hold, max_pending_orders, shown_stock,
    delivery_back_on_full_return, search_language, legal_name, legal_address, vat_id,
    documents_from, invoice_series, credit_note_series, document_retention
) ON store_settings TO shop_staff;

GRANT UPDATE (email, first_name, last_name, phone, is_vip, default_address_id)
ON customers TO shop_staff;

GRANT EXECUTE ON FUNCTION
register_customer(TEXT, TEXT, TEXT, TEXT), erase_customer(INT),
record_payment(INT, TEXT, TEXT, NUMERIC, TEXT, TIMESTAMPTZ),
record_chargeback(INT, TEXT, TEXT, NUMERIC, TEXT, TIMESTAMPTZ),
reverse_payment(BIGINT, TEXT, INT), write_off(INT, TEXT),
refund_order(INT, TEXT, TEXT, NUMERIC, TEXT, BOOLEAN, TIMESTAMPTZ),
release_order(INT, TEXT), redirect_order(INT, INT),
change_hold(INT, TIMESTAMPTZ), expire_unpaid_orders(INT),
ship_order(INT, TEXT, TEXT, JSONB, TIMESTAMPTZ, TEXT), deliver_order(INT, INT, TIMESTAMPTZ),
return_items(INT, JSONB, BOOLEAN, TEXT, INT, TEXT), grant_allowance(INT, NUMERIC, TEXT, INT, TEXT),
receive_stock(INT, INT, TEXT, NUMERIC, TEXT),
adjust_stock(INT, INT, TEXT, TEXT, TEXT), count_stock(INT, INT, TEXT),
read_order_events(TEXT, INT), acknowledge_order_events(TEXT, BIGINT),
price_at(INT, TIMESTAMPTZ), prior_price(INT, TIMESTAMPTZ),
issue_documents(INT), check_integrity(TIMESTAMPTZ), refresh_reports(),
are_options(JSONB), are_option_names(TEXT[]), is_email(TEXT), clean_code(TEXT),  -- columns ask
decimals_of(TEXT)  -- a generated column of the settings asks it
TO shop_staff;
