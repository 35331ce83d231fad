-- What invoices and credit notes are about, part by part: the step that their lines and the tax
-- return begin with. Read from rows that never change, and from a document's columns alone where it
-- is asked for by month or number: WHERE document_id = x or issued_on = x reads those by index.

CREATE OR REPLACE VIEW document_parts WITH (security_invoker = TRUE) AS
SELECT
    documents.document_id,
    documents.kind,
    documents.order_id,
    documents.issued_on,
    documents.country_code,
    documents.region_code,
    shipment_items.line_no,
    shipment_items.quantity,
    order_items.tax_class,
    order_items.tax_rate,
    shipment_items.net,
    shipment_items.tax
FROM documents
INNER JOIN shipment_items
    ON
        documents.shipment_id = shipment_items.shipment_id
        AND documents.order_id = shipment_items.order_id
INNER JOIN order_items
    ON
        shipment_items.order_id = order_items.order_id
        AND shipment_items.line_no = order_items.line_no
UNION ALL
SELECT
    documents.document_id,
    documents.kind,
    documents.order_id,
    documents.issued_on,
    documents.country_code,
    documents.region_code,
    NULL AS line_no,
    NULL AS quantity,
    orders.shipping_tax_class AS tax_class,
    orders.shipping_tax_rate AS tax_rate,
    shipments.delivery_net AS net,
    shipments.delivery_tax AS tax
FROM documents
INNER JOIN shipments
    ON documents.shipment_id = shipments.shipment_id AND documents.order_id = shipments.order_id
INNER JOIN orders ON documents.order_id = orders.order_id
WHERE shipments.delivery_net + shipments.delivery_tax > 0
UNION ALL
SELECT
    documents.document_id,
    documents.kind,
    documents.order_id,
    documents.issued_on,
    documents.country_code,
    documents.region_code,
    credits.line_no,
    credits.quantity,
    coalesce(order_items.tax_class, orders.shipping_tax_class) AS tax_class,
    coalesce(order_items.tax_rate, orders.shipping_tax_rate) AS tax_rate,
    -credits.net AS net,
    -credits.tax AS tax
FROM documents
INNER JOIN credits
    ON documents.order_id = credits.order_id AND documents.credit_no = credits.credit_no
INNER JOIN orders ON documents.order_id = orders.order_id
LEFT JOIN order_items
    ON credits.order_id = order_items.order_id AND credits.line_no = order_items.line_no
WHERE credits.is_supplied;
COMMENT ON VIEW document_parts IS
'Lines of documents with where they are taxed and when they were issued; of credit notes what they
take off, and so negative.';
COMMENT ON COLUMN document_parts.line_no IS 'NULL = the delivery.';
COMMENT ON COLUMN document_parts.quantity IS
'Units that left or came back; NULL of the delivery and of allowances.';
