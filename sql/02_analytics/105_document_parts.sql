-- What invoices and credit notes are about, part by part: the step that their lines and the tax
-- return begin with. Read from rows that never change, document by document (LATERAL): however
-- documents are found, by key, month or a join, only theirs are read, and of all each once.

CREATE OR REPLACE VIEW document_parts WITH (security_invoker = TRUE) AS
SELECT
    documents.document_id,
    documents.kind,
    documents.order_id,
    documents.issued_on,
    documents.country_code,
    documents.region_code,
    parts.line_no,
    parts.quantity,
    parts.tax_class,
    parts.tax_rate,
    parts.net,
    parts.tax
FROM documents
CROSS JOIN
    LATERAL (
        SELECT
            -- For the planner: no two documents ask for the same rows. Unaware of that, it would
            -- keep every answer in memory.
            documents.document_id AS asked_for,
            shipment_items.line_no,
            shipment_items.quantity,
            order_lines.tax_class,
            order_lines.tax_rate,
            shipment_items.net,
            shipment_items.tax
        FROM shipment_items
        CROSS JOIN
            LATERAL (
                SELECT  -- noqa: ST05
                    order_items.line_no,
                    order_items.tax_class,
                    order_items.tax_rate
                FROM order_items
                WHERE order_items.order_id = documents.order_id
                OFFSET 0  -- noqa: AM09, a fence
            ) AS order_lines
        -- In a long history the planner does not know how few lines an order has, and would look up
        -- each by itself: hence the fence. The order is not named here again, since the planner
        -- would then expect a single line of the parcel.
        WHERE
            shipment_items.shipment_id = documents.shipment_id
            AND shipment_items.line_no = order_lines.line_no
        UNION ALL
        SELECT
            documents.document_id AS asked_for,
            NULL AS line_no,
            NULL AS quantity,
            orders.shipping_tax_class AS tax_class,
            orders.shipping_tax_rate AS tax_rate,
            shipments.delivery_net AS net,
            shipments.delivery_tax AS tax
        FROM shipments
        INNER JOIN orders ON shipments.order_id = orders.order_id
        WHERE
            shipments.shipment_id = documents.shipment_id
            AND shipments.order_id = documents.order_id
            AND shipments.delivery_net + shipments.delivery_tax > 0
        UNION ALL
        SELECT
            documents.document_id AS asked_for,
            credits.line_no,
            credits.quantity,
            coalesce(order_items.tax_class, orders.shipping_tax_class) AS tax_class,
            coalesce(order_items.tax_rate, orders.shipping_tax_rate) AS tax_rate,
            -credits.net AS net,
            -credits.tax AS tax
        FROM credits
        INNER JOIN orders ON credits.order_id = orders.order_id
        LEFT JOIN order_items
            ON credits.order_id = order_items.order_id AND credits.line_no = order_items.line_no
        WHERE
            credits.order_id = documents.order_id
            AND credits.credit_no = documents.credit_no
            AND credits.is_supplied
    ) AS parts;
COMMENT ON VIEW document_parts IS
'Lines of documents with where they are taxed and when they were issued; of credit notes what they
take off, and so negative.';
COMMENT ON COLUMN document_parts.line_no IS 'NULL = the delivery.';
COMMENT ON COLUMN document_parts.quantity IS
'Units that left or came back; NULL of the delivery and of allowances.';
