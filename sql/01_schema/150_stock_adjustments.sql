-- Why stock changed other than by an order: goods came in, were counted, broke or went missing.

CREATE TABLE stock_adjustments (
    stock_adjustment_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id INT NOT NULL REFERENCES products (product_id),
    quantity INT NOT NULL,
    reason VARCHAR(20) NOT NULL,
    reference REFERENCE,
    unit_cost AMOUNT,
    created_at INSTANT NOT NULL DEFAULT now(),
    performed_by TEXT NOT NULL DEFAULT acting_role(),
    CONSTRAINT stock_adjustments_reason_is_known
    CHECK (reason IN ('receipt', 'count', 'damage', 'loss')),
    CONSTRAINT stock_adjustments_sign_fits_the_reason CHECK (
        CASE reason
            WHEN 'receipt' THEN quantity > 0
            WHEN 'count' THEN quantity <> 0
            ELSE quantity < 0
        END
    ),
    CONSTRAINT stock_adjustments_only_receipts_have_a_cost
    CHECK (unit_cost IS NULL OR reason = 'receipt')
);
CREATE INDEX stock_adjustments_product_id_created_at_idx
-- Serves the foreign key; when stock came; how much in all, without the table.
ON stock_adjustments (product_id, created_at) INCLUDE (quantity);
CREATE INDEX stock_adjustments_created_at_idx
ON stock_adjustments USING brin (created_at);  -- what came lately

CREATE TRIGGER stock_adjustments_are_append_only
BEFORE UPDATE OR DELETE ON stock_adjustments
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'stock history is append-only', 'Correct it with another adjustment.'
);

COMMENT ON TABLE stock_adjustments IS 'Append-only: stock changes that no order made.';
COMMENT ON COLUMN stock_adjustments.quantity IS
'Units, signed: receipts add, damage and loss take away, a count may do either.';
COMMENT ON COLUMN stock_adjustments.reason IS 'receipt, count, damage or loss.';
COMMENT ON COLUMN stock_adjustments.reference IS 'Delivery note, count sheet or the like.';
COMMENT ON COLUMN stock_adjustments.unit_cost IS 'What a received unit cost; NULL = unknown.';
COMMENT ON COLUMN stock_adjustments.performed_by IS 'The role that did it.';
