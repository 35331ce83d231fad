-- Which parcels and credits are to have a document, and how one is written.

CREATE OR REPLACE FUNCTION _due_documents(p_order_ids INT[])
RETURNS TABLE (kind TEXT, order_id INT, shipment_id INT, credit_no INT, place BIGINT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        'invoice' AS kind,
        orders.order_id,
        shipments.shipment_id,
        NULL AS credit_no,
        shipments.shipment_id AS place
    FROM store_settings
    INNER JOIN orders ON store_settings.documents_from <= orders.created_at
    INNER JOIN shipments ON orders.order_id = shipments.order_id
    WHERE
        (p_order_ids IS NULL OR orders.order_id = ANY(p_order_ids))
        AND NOT EXISTS (
            SELECT FROM documents WHERE documents.shipment_id = shipments.shipment_id
        )
    UNION ALL
    SELECT
        'credit_note' AS kind,
        orders.order_id,
        NULL AS shipment_id,
        credits.credit_no,
        min(credits.credit_id) AS place
    FROM store_settings
    INNER JOIN orders ON store_settings.documents_from <= orders.created_at
    INNER JOIN credits ON orders.order_id = credits.order_id
    WHERE
        (p_order_ids IS NULL OR orders.order_id = ANY(p_order_ids))
        AND credits.is_supplied
        AND NOT EXISTS (
            SELECT FROM documents
            WHERE
                documents.order_id = credits.order_id AND documents.credit_no = credits.credit_no
        )
        -- The invoices it corrects must have their numbers: since they were written, a statement
        -- ago, another parcel may have left and come back.
        AND NOT EXISTS (
            SELECT FROM shipments
            WHERE
                shipments.order_id = credits.order_id
                AND NOT EXISTS (
                    SELECT FROM documents WHERE documents.shipment_id = shipments.shipment_id
                )
        )
    GROUP BY orders.order_id, credits.credit_no;
END;
REVOKE EXECUTE ON FUNCTION _due_documents(INT[]) FROM PUBLIC;
COMMENT ON FUNCTION _due_documents(INT[]) IS
'Parcels without an invoice, and credit events on supplied goods without a credit note, of the
orders, or of all where p_order_ids is NULL, that were placed since the store issues documents;
place orders them within their kind. Internal.';

CREATE OR REPLACE FUNCTION _write_documents(
    p_kind TEXT, p_order_ids INT[], p_limit INT, p_issued_at TIMESTAMPTZ
) RETURNS INT
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $_write_documents$
DECLARE
    v_settings store_settings := (SELECT store_settings FROM store_settings);
    v_series TEXT := CASE p_kind
        WHEN 'invoice' THEN v_settings.invoice_series
        ELSE v_settings.credit_note_series
    END;
    v_issued_on DATE := (p_issued_at AT TIME ZONE v_settings.time_zone)::DATE;
    v_written INT;
BEGIN
    WITH due AS (
        SELECT * FROM _due_documents(p_order_ids) AS found
        WHERE found.kind = p_kind
        ORDER BY found.place
        LIMIT p_limit
    ),

    written AS (
        INSERT INTO documents (
            kind, series, number, order_id, shipment_id, credit_no, issued_at, issued_on,
            country_code, region_code, seller, buyer, buyer_until
        )
        SELECT
            p_kind,
            v_series,
            coalesce((SELECT max(number) FROM documents WHERE series = v_series), 0)
            + row_number() OVER (ORDER BY due.place),
            due.order_id,
            due.shipment_id,
            due.credit_no,
            p_issued_at,
            v_issued_on,
            orders.ship_to_country,
            orders.ship_to_region,
            v_settings.legal_address || jsonb_build_object(
                'name', v_settings.legal_name, 'vat_id', v_settings.vat_id
            ),
            coalesce(
                invoice.buyer, orders.bill_to, orders.ship_to, jsonb_build_object(
                    'recipient', coalesce(
                        nullif(concat_ws(' ', customers.first_name, customers.last_name), ''),
                        customers.email
                    )
                )
            ),
            date_trunc('year', v_issued_on::TIMESTAMP) + INTERVAL '1 year - 1 day'
            + v_settings.document_retention
        FROM due
        INNER JOIN orders ON due.order_id = orders.order_id
        INNER JOIN customers ON orders.customer_id = customers.customer_id
        LEFT JOIN LATERAL (
            SELECT documents.buyer FROM documents
            WHERE
                due.credit_no IS NOT NULL
                AND documents.order_id = due.order_id
                AND documents.shipment_id IS NOT NULL
            ORDER BY documents.document_id
            LIMIT 1
        ) AS invoice ON TRUE
        ORDER BY due.place
        RETURNING document_id, kind, series, number, order_id
    )

    INSERT INTO order_audit (order_id, action, details)
    SELECT
        order_id,
        'document',
        jsonb_build_object(
            'document_id', document_id, 'kind', kind, 'series', series, 'number', number
        )
    FROM written
    ORDER BY document_id;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    RETURN v_written;
END;
$_write_documents$;
REVOKE EXECUTE ON FUNCTION _write_documents(TEXT, INT[], INT, TIMESTAMPTZ) FROM PUBLIC;
COMMENT ON FUNCTION _write_documents(TEXT, INT[], INT, TIMESTAMPTZ) IS
'Writes at most p_limit documents of that kind which are due on the orders (NULL = on all), with
their audit rows, and returns how many. The buyer of a note is that of the order''s first invoice;
of an order without an address it is the customer''s name, or e-mail where no name is known. The
caller holds the watermark of documents. Internal.';
