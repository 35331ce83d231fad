-- What the store keeps on a person, in a form another one can read (GDPR, articles 15 and 20). What
-- is told stands here column by column: a new one is told once somebody lists it. One statement, so
-- one moment.

CREATE OR REPLACE FUNCTION export_customer(p_customer_id INT) RETURNS JSONB
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC'
AS $export_customer$
DECLARE
    v_export JSONB;
BEGIN
    PERFORM _require_customer_access(p_customer_id);
    SELECT jsonb_build_object(
        'customer', to_jsonb(person),
        'addresses', coalesce((
            SELECT jsonb_agg(to_jsonb(address) ORDER BY address.address_id)
            FROM (
                SELECT
                    address_id, recipient, company, vat_id, line1, line2, city, region,
                    region_code, postal_code, country_code
                FROM addresses
                WHERE customer_id = p_customer_id
            ) AS address
        ), '[]'),
        'orders', coalesce((
            SELECT jsonb_agg(to_jsonb(ordered) ORDER BY ordered.order_id)
            FROM (
                SELECT
                    order_id, status, prices_include_tax, decimals, subtotal, discount,
                    shipping_fee, shipping_tax_class, shipping_tax_rate, shipping_tax, tax, total,
                    paid_amount, refunded_amount, charged_back_amount, credited_amount, balance,
                    payment_status, coupon_code, ship_to, bill_to, ship_to_country, ship_to_region,
                    idempotency_key, created_at, expires_at, paid_at, released_at, release_reason,
                    written_off_at, write_off_reason, cancelled_at, cancel_reason,
                    (
                        SELECT jsonb_agg(to_jsonb(item) ORDER BY item.line_no)
                        FROM (
                            SELECT
                                line_no, product_id, sku, product_name, unit_price, regular_price,
                                tax_class, tax_rate, quantity, discount, line_total, tax,
                                shipped_quantity, cancelled_quantity, returned_quantity
                            FROM order_items
                            WHERE order_items.order_id = orders.order_id
                        ) AS item
                    ) AS items,
                    coalesce((
                        SELECT jsonb_agg(to_jsonb(payment) ORDER BY payment.payment_id)
                        FROM (
                            SELECT
                                payment_id, kind, amount, provider, of_payment_id, reason,
                                occurred_at, created_at
                            FROM payments
                            WHERE payments.order_id = orders.order_id
                        ) AS payment
                    ), '[]') AS payments,
                    coalesce((
                        SELECT jsonb_agg(to_jsonb(parcel) ORDER BY parcel.shipment_id)
                        FROM (
                            SELECT
                                shipment_id, carrier, tracking_number, shipped_at, delivered_at,
                                delivery_net, delivery_tax,
                                (
                                    SELECT jsonb_agg(to_jsonb(item) ORDER BY item.line_no)
                                    FROM (
                                        SELECT line_no, quantity, net, tax
                                        FROM shipment_items
                                        WHERE shipment_items.shipment_id = shipments.shipment_id
                                    ) AS item
                                ) AS items
                            FROM shipments
                            WHERE shipments.order_id = orders.order_id
                        ) AS parcel
                    ), '[]') AS shipments,
                    coalesce((
                        SELECT jsonb_agg(to_jsonb(returned) ORDER BY returned.return_id)
                        FROM (
                            SELECT
                                return_id, line_no, shipment_id, quantity, restocked, reason,
                                created_at
                            FROM returns
                            WHERE returns.order_id = orders.order_id
                        ) AS returned
                    ), '[]') AS returns,
                    coalesce((
                        SELECT jsonb_agg(to_jsonb(credit) ORDER BY credit.credit_id)
                        FROM (
                            SELECT
                                credit_id, credit_no, line_no, kind, quantity, net, tax, amount,
                                is_supplied, reason, created_at
                            FROM credits
                            WHERE credits.order_id = orders.order_id
                        ) AS credit
                    ), '[]') AS credits,
                    coalesce((
                        SELECT jsonb_agg(to_jsonb(document) ORDER BY document.document_id)
                        FROM (
                            SELECT
                                document_id, kind, series, number, shipment_id, credit_no,
                                issued_at, issued_on, country_code, region_code, seller, buyer,
                                buyer_until
                            FROM documents
                            WHERE documents.order_id = orders.order_id
                        ) AS document
                    ), '[]') AS documents
                FROM orders
                WHERE customer_id = p_customer_id
            ) AS ordered
        ), '[]')
    )
    INTO v_export
    FROM (
        SELECT
            customer_id, email, first_name, last_name, phone, is_vip, default_address_id, created_at
        FROM customers
        WHERE customer_id = p_customer_id AND erased_at IS NULL
    ) AS person;
    IF v_export IS NULL THEN
        RAISE EXCEPTION 'customer % is unknown or erased', coalesce(p_customer_id::TEXT, 'NULL')
        USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('customer_id', p_customer_id),
            HINT = 'Check the customer number; of an erased one nothing is left but what documents'
                ' must keep.';
    END IF;
    RETURN v_export;
END;
$export_customer$;
REVOKE EXECUTE ON FUNCTION export_customer(INT) FROM PUBLIC;
COMMENT ON FUNCTION export_customer(INT) IS
'Everything the store keeps on customer p_customer_id as one document: customer, addresses, orders
with their items, payments, shipments, returns, credits and the invoices and credit notes on them,
and the reasons noted; not what the store paid for the goods, nor how a payment provider names a
payment. Instants are in UTC. Raises 42501 (not the caller''s own), 28000 (a token that does not
hold), ST002 (unknown or erased).';
