-- What an order cost, who placed it and where it went are facts. Not even the owner changes them;
-- the owner may set created_at (imports) and empty what identifies a person (erasure).

CREATE TRIGGER orders_price_is_final
BEFORE UPDATE ON orders
FOR EACH ROW WHEN (
    (
        old.order_id, old.customer_id, old.prices_include_tax, old.subtotal, old.discount,
        old.shipping_fee, old.shipping_tax_rate, old.shipping_tax, old.tax, old.coupon_code
    ) IS DISTINCT FROM (
        new.order_id, new.customer_id, new.prices_include_tax, new.subtotal, new.discount,
        new.shipping_fee, new.shipping_tax_rate, new.shipping_tax, new.tax, new.coupon_code
    )
)
EXECUTE FUNCTION refuse_change(
    'a placed order keeps its price', 'Cancel it and place a new one, or refund the difference.'
);

CREATE TRIGGER orders_destination_is_final
BEFORE UPDATE ON orders
FOR EACH ROW WHEN (
    (old.ship_to_country, old.request_hash) IS DISTINCT FROM (new.ship_to_country, new.request_hash)
    OR (new.ship_to IS NOT NULL AND old.ship_to IS DISTINCT FROM new.ship_to)
    OR (
        new.idempotency_key IS NOT NULL
        AND old.idempotency_key IS DISTINCT FROM new.idempotency_key
    )
)
EXECUTE FUNCTION refuse_change(
    'destination and request are fixed at placing', 'Only erasing the customer empties them.'
);
