-- Goods that came back, or were lost on their way, and whether they went back on the shelf.

CREATE TABLE returns (
    return_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id INT NOT NULL,
    line_no INT NOT NULL,
    shipment_id INT,
    quantity INT NOT NULL,
    restocked BOOLEAN NOT NULL DEFAULT TRUE,
    reason REASON,
    created_at INSTANT NOT NULL DEFAULT now(),
    FOREIGN KEY (order_id, line_no) REFERENCES order_items (order_id, line_no),
    FOREIGN KEY (shipment_id, order_id, line_no)
    REFERENCES shipment_items (shipment_id, order_id, line_no),
    CONSTRAINT returns_quantity_is_positive CHECK (quantity > 0)
);
CREATE INDEX returns_order_id_line_no_idx ON returns (order_id, line_no);  -- serves the foreign key
CREATE INDEX returns_shipment_id_idx
ON returns (shipment_id, order_id, line_no);  -- serves the foreign key

CREATE TRIGGER returns_are_append_only
BEFORE UPDATE OF
order_id, line_no, shipment_id, quantity, restocked, created_at
OR DELETE ON returns
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'what came back has come back', 'Correct the stock with an adjustment.'
);
CREATE TRIGGER returns_are_final
AFTER UPDATE ON returns
FOR EACH ROW EXECUTE FUNCTION refuse_all_but_emptying(
    'what came back has come back', 'Correct the stock with an adjustment.', 'reason'
);

COMMENT ON TABLE returns IS 'Append-only: units that came back.';
COMMENT ON COLUMN returns.shipment_id IS
'The parcel they had left in: the only one of the order, or the one that was said; NULL = unknown.';
COMMENT ON COLUMN returns.restocked IS 'Whether they went back into stock.';
COMMENT ON COLUMN returns.reason IS 'NULL = not said, or erased.';
