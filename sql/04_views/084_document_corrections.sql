-- Which invoices a credit note corrects: worked out from rows that never change, so it says the
-- same a year later. A parcel that leaves afterwards is none of its business.

CREATE OR REPLACE VIEW document_corrections WITH (security_invoker = TRUE) AS
SELECT DISTINCT
    note.document_id,
    invoice.document_id AS corrects_document_id
FROM documents AS note
INNER JOIN credits
    ON note.order_id = credits.order_id AND note.credit_no = credits.credit_no
INNER JOIN documents AS invoice ON note.order_id = invoice.order_id
WHERE
    credits.is_supplied
    -- Those of one call share their instant; invoices come first in it.
    AND (invoice.issued_at, invoice.document_id) < (note.issued_at, note.document_id)
    AND (
        EXISTS (
            SELECT FROM shipment_items
            WHERE
                shipment_items.shipment_id = invoice.shipment_id
                AND shipment_items.order_id = invoice.order_id
                AND shipment_items.line_no = credits.line_no
        )
        OR (
            credits.line_no IS NULL
            AND EXISTS (
                SELECT FROM shipments
                WHERE
                    shipments.shipment_id = invoice.shipment_id
                    AND shipments.delivery_net + shipments.delivery_tax > 0
            )
        )
    );
COMMENT ON VIEW document_corrections IS
'Credit notes and the invoices they correct: every invoice of the order, issued before the note,
with one of its lines.';
