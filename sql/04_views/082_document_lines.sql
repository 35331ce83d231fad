-- The lines of invoices and credit notes, as a page prints them.

CREATE OR REPLACE VIEW document_lines WITH (security_invoker = TRUE) AS
SELECT
    document_parts.document_id,
    document_parts.line_no,
    coalesce(order_items.product_name, 'Delivery') AS description,
    document_parts.quantity,
    document_parts.tax_class,
    document_parts.tax_rate,
    document_parts.net,
    document_parts.tax
FROM document_parts
LEFT JOIN order_items
    ON
        document_parts.order_id = order_items.order_id
        AND document_parts.line_no = order_items.line_no;
COMMENT ON VIEW document_lines IS
'What a document says, line by line: units and their worth as they left in the parcel, or, negative,
what the credit event took off. The lines of a document sum to it.';
COMMENT ON COLUMN document_lines.line_no IS 'Of the order; NULL = the delivery.';
COMMENT ON COLUMN document_lines.description IS 'The product as it was named when it was ordered.';
COMMENT ON COLUMN document_lines.quantity IS
'Units that left or came back; NULL of the delivery and of price reductions.';
COMMENT ON COLUMN document_lines.tax_rate IS 'Share: 0.2 is twenty per cent.';
COMMENT ON COLUMN document_lines.net IS 'Without the tax; negative on a credit note.';
