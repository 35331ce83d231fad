-- What analysts may do: read every report, and of the tables behind them the columns the reports
-- read, the money of an order, and the keys and times by which a pipeline follows them. None is
-- personal: a customer is a number, a destination a country and a region, and no text a person
-- wrote is among them.

GRANT SELECT (
    is_only_row, store_name, currency, currency_decimals, country_code, region_code, time_zone
) ON store_settings TO shop_analyst;
GRANT SELECT (customer_id) ON customers TO shop_analyst;
GRANT SELECT (category_id, name, parent_id) ON categories TO shop_analyst;
GRANT SELECT (style_id, name) ON styles TO shop_analyst;
GRANT SELECT (product_id, sku, name, category_id, style_id, cost, is_active, created_at)
ON products TO shop_analyst;
GRANT SELECT (
    product_id, on_hand, reserved, available, reorder_point, reorder_quantity, lead_time_days
) ON inventory TO shop_analyst;
GRANT SELECT (product_id, quantity, reason, created_at) ON stock_adjustments TO shop_analyst;
GRANT SELECT (coupon_code) ON coupons TO shop_analyst;
GRANT SELECT (
    order_id, customer_id, status, prices_include_tax, decimals, subtotal, discount, shipping_fee,
    shipping_tax_class, shipping_tax_rate, shipping_tax, tax, total, paid_amount, refunded_amount,
    charged_back_amount, credited_amount, balance, payment_status, coupon_code, ship_to_country,
    ship_to_region, created_at, paid_at, released_at, written_off_at
) ON orders TO shop_analyst;
GRANT SELECT (order_id, customer_id, is_refund_due) ON unsettled_orders TO shop_analyst;
GRANT SELECT (
    order_id, line_no, product_id, unit_cost, tax_class, tax_rate, quantity, line_total, tax,
    shipped_quantity, cancelled_quantity, returned_quantity
) ON order_items TO shop_analyst;
GRANT SELECT (payment_id, order_id, kind, amount, provider, occurred_at, created_at)
ON payments TO shop_analyst;
GRANT SELECT (shipment_id, order_id, shipped_at, delivered_at, delivery_net, delivery_tax)
ON shipments TO shop_analyst;
GRANT SELECT (shipment_id, order_id, line_no, quantity, net, tax) ON shipment_items TO shop_analyst;
GRANT SELECT (order_id, line_no, shipment_id, quantity, restocked, created_at)
ON returns TO shop_analyst;
GRANT SELECT (
    credit_id, order_id, credit_no, line_no, kind, quantity, net, tax, amount, is_supplied,
    created_at
) ON credits TO shop_analyst;
GRANT SELECT (
    document_id, kind, series, number, order_id, shipment_id, credit_no, issued_at, issued_on,
    country_code, region_code
) ON documents TO shop_analyst;
-- What changed since a pipeline last looked.
GRANT SELECT (id, order_id, action, performed_at) ON order_audit TO shop_analyst;

GRANT EXECUTE ON FUNCTION
price_at(INT, TIMESTAMPTZ), prior_price(INT, TIMESTAMPTZ)
TO shop_analyst;
