-- What analysts may do: read every report, and of the tables behind them the columns the reports
-- read. None is personal: a customer is a number, a destination a country, and no text a person
-- wrote is among them.

GRANT SELECT (is_only_row, store_name, currency, country_code, time_zone)
ON store_settings TO shop_analyst;
GRANT SELECT (customer_id) ON customers TO shop_analyst;
GRANT SELECT (category_id, name, parent_id) ON categories TO shop_analyst;
GRANT SELECT (product_id, sku, name, category_id, cost, is_active, created_at)
ON products TO shop_analyst;
GRANT SELECT (
    product_id, on_hand, reserved, available, reorder_point, reorder_quantity, lead_time_days
) ON inventory TO shop_analyst;
GRANT SELECT (product_id, quantity, reason, created_at) ON stock_adjustments TO shop_analyst;
GRANT SELECT (coupon_code) ON coupons TO shop_analyst;
GRANT SELECT (
    order_id, customer_id, status, prices_include_tax, subtotal, discount, shipping_fee,
    shipping_tax_rate, shipping_tax, tax, total, paid_amount, refunded_amount, payment_status,
    coupon_code, ship_to_country, created_at
) ON orders TO shop_analyst;
GRANT SELECT (
    order_id, line_no, product_id, unit_cost, tax_rate, quantity, line_total, tax,
    cancelled_quantity, returned_quantity
) ON order_items TO shop_analyst;
GRANT SELECT (payment_id, order_id, kind, amount, provider, created_at)
ON payments TO shop_analyst;
GRANT SELECT (shipment_id, order_id, shipped_at, delivered_at) ON shipments TO shop_analyst;
GRANT SELECT (shipment_id, order_id, line_no, quantity) ON shipment_items TO shop_analyst;
GRANT SELECT (order_id, line_no, quantity, restocked, created_at) ON returns TO shop_analyst;

GRANT EXECUTE ON FUNCTION price_at(INT, TIMESTAMPTZ) TO shop_analyst;
