-- What staff may do: read everything but the audit log and the store's own machinery, write the
-- catalogue, the rules of selling and what they know of customers, and run the orders.

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
-- Which of them may still be changed, and how, says a trigger.
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
GRANT INSERT (
    customer_id, recipient, company, vat_id, line1, line2, city, region, region_code, postal_code,
    country_code
) ON addresses TO shop_staff;
GRANT UPDATE (
    recipient, company, vat_id, line1, line2, city, region, region_code, postal_code, country_code
) ON addresses TO shop_staff;
GRANT DELETE ON addresses TO shop_staff;

GRANT EXECUTE ON FUNCTION
register_customer(TEXT, TEXT, TEXT, TEXT),
place_order(INT, JSONB, TEXT, TEXT, INT, NUMERIC, INT),
quote_order(JSONB, TEXT, INT, INT, TEXT, TEXT),
record_payment(INT, TEXT, TEXT, NUMERIC, TEXT, TIMESTAMPTZ),
record_chargeback(INT, TEXT, TEXT, NUMERIC, TEXT, TIMESTAMPTZ),
reverse_payment(BIGINT, TEXT, INT),
write_off(INT, TEXT),
release_order(INT, TEXT),
redirect_order(INT, INT),
ship_order(INT, TEXT, TEXT, JSONB, TIMESTAMPTZ, TEXT),
deliver_order(INT, INT, TIMESTAMPTZ),
cancel_order(INT, TEXT, JSONB, TEXT),
return_items(INT, JSONB, BOOLEAN, TEXT, INT, TEXT),
grant_allowance(INT, NUMERIC, TEXT, INT, TEXT),
refund_order(INT, TEXT, TEXT, NUMERIC, TEXT, BOOLEAN, TIMESTAMPTZ),
receive_stock(INT, INT, TEXT, NUMERIC, TEXT),
adjust_stock(INT, INT, TEXT, TEXT, TEXT),
count_stock(INT, INT, TEXT),
change_hold(INT, TIMESTAMPTZ),
expire_unpaid_orders(INT),
issue_documents(INT),
read_order_events(TEXT, INT),
acknowledge_order_events(TEXT, BIGINT),
search_products(TEXT, INT),
price_at(INT, TIMESTAMPTZ),
prior_price(INT, TIMESTAMPTZ),
prior_price_of_sale(INT),
are_options(JSONB),  -- domains of columns ask these
are_option_names(TEXT[]),
decimals_of(TEXT),  -- a generated column of the settings asks it
check_integrity(TIMESTAMPTZ),
refresh_reports(),
erase_customer(INT),
export_customer(INT)
TO shop_staff;
