-- What the store holds on a person, in a form another one can read (GDPR, articles 15 and 20): what
-- the customer may see anyway, in one document. One statement, so one moment.

CREATE OR REPLACE FUNCTION export_customer(p_customer_id INT) RETURNS JSONB
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC'
AS $export_customer$
DECLARE
    v_export JSONB;
BEGIN
    PERFORM require_customer_access(p_customer_id);
    SELECT jsonb_build_object(
        'customer', to_jsonb(customers) - 'erased_at',
        'addresses', coalesce((
            SELECT jsonb_agg(to_jsonb(addresses) - 'customer_id' ORDER BY addresses.address_id)
            FROM addresses
            WHERE addresses.customer_id = customers.customer_id
        ), '[]'),
        'orders', coalesce((
            SELECT jsonb_agg(
                to_jsonb(orders) - '{customer_id,request_hash}'::TEXT[]
                || jsonb_build_object(
                    'items', (
                        SELECT jsonb_agg(
                            to_jsonb(order_items) - '{order_id,unit_cost}'::TEXT[]
                            ORDER BY order_items.line_no
                        )
                        FROM order_items
                        WHERE order_items.order_id = orders.order_id
                    ),
                    'payments', coalesce((
                        SELECT jsonb_agg(
                            to_jsonb(payments) - '{order_id,provider_reference}'::TEXT[]
                            ORDER BY payments.payment_id
                        )
                        FROM payments
                        WHERE payments.order_id = orders.order_id
                    ), '[]'),
                    'shipments', coalesce((
                        SELECT jsonb_agg(
                            to_jsonb(shipments) - 'order_id'
                            || jsonb_build_object('items', (
                                SELECT jsonb_agg(
                                    to_jsonb(shipment_items) - '{shipment_id,order_id}'::TEXT[]
                                    ORDER BY shipment_items.line_no
                                )
                                FROM shipment_items
                                WHERE shipment_items.shipment_id = shipments.shipment_id
                            ))
                            ORDER BY shipments.shipment_id
                        )
                        FROM shipments
                        WHERE shipments.order_id = orders.order_id
                    ), '[]'),
                    'returns', coalesce((
                        SELECT jsonb_agg(
                            to_jsonb(returns) - 'order_id' ORDER BY returns.return_id
                        )
                        FROM returns
                        WHERE returns.order_id = orders.order_id
                    ), '[]')
                )
                ORDER BY orders.order_id
            )
            FROM orders
            WHERE orders.customer_id = customers.customer_id
        ), '[]')
    )
    INTO v_export
    FROM customers
    WHERE customers.customer_id = p_customer_id AND customers.erased_at IS NULL;
    IF v_export IS NULL THEN
        RAISE EXCEPTION 'customer % is unknown or erased', p_customer_id USING ERRCODE = 'ST002',
            DETAIL = jsonb_build_object('customer_id', p_customer_id),
            HINT = 'Check the customer number; of an erased customer nothing personal is left.';
    END IF;
    RETURN v_export;
END;
$export_customer$;
REVOKE EXECUTE ON FUNCTION export_customer(INT) FROM PUBLIC;
COMMENT ON FUNCTION export_customer(INT) IS
'Everything the store holds on customer p_customer_id as one document: customer, addresses, orders
with their items, payments, shipments and returns; not what the store paid for the goods. Instants
are in UTC. Raises 42501 (not the caller''s own), ST002 (unknown or erased).';
