-- What customers sent back, and whether it went back on the shelf.

CREATE TABLE returns (
    return_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id INT NOT NULL,
    line_no INT NOT NULL,
    quantity INT NOT NULL,
    restocked BOOLEAN NOT NULL DEFAULT TRUE,
    reason TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    FOREIGN KEY (order_id, line_no) REFERENCES order_items (order_id, line_no),
    CONSTRAINT returns_quantity_is_positive CHECK (quantity > 0),
    CONSTRAINT returns_reason_is_not_empty CHECK (reason <> '')
);
CREATE INDEX returns_order_id_line_no_idx ON returns (order_id, line_no);  -- serves the foreign key

CREATE TRIGGER returns_are_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON returns
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'what came back has come back', 'Correct the stock with an adjustment.'
);

COMMENT ON TABLE returns IS 'Append-only: units that came back.';
COMMENT ON COLUMN returns.return_id IS 'Key.';
COMMENT ON COLUMN returns.order_id IS 'The order.';
COMMENT ON COLUMN returns.line_no IS 'The line.';
COMMENT ON COLUMN returns.quantity IS 'Units of the line that came back.';
COMMENT ON COLUMN returns.restocked IS 'Whether they went back into stock.';
COMMENT ON COLUMN returns.reason IS 'Why, in words that name no person; NULL = not said.';
COMMENT ON COLUMN returns.created_at IS 'When they came back.';
