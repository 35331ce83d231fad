-- What an order is worth less than when it was placed, and why: units cancelled or returned, price
-- reductions, the delivery given back. All rows of one event share its credit_no. Net revenue is
-- revenue less these.

CREATE TABLE credits (
    credit_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id INT NOT NULL REFERENCES orders (order_id),
    credit_no INT NOT NULL,
    line_no INT,
    kind VARCHAR(20) NOT NULL,
    quantity INT,
    net AMOUNT NOT NULL,
    tax AMOUNT NOT NULL,
    amount AMOUNT NOT NULL GENERATED ALWAYS AS (net + tax) STORED,
    is_supplied BOOLEAN NOT NULL,
    reason REASON,
    created_at INSTANT NOT NULL DEFAULT now(),
    -- One row per event, line and side; leads with the columns of both foreign keys, serves them.
    UNIQUE NULLS NOT DISTINCT (order_id, line_no, credit_no, is_supplied),
    FOREIGN KEY (order_id, line_no) REFERENCES order_items (order_id, line_no),
    CONSTRAINT credits_credit_no_is_positive CHECK (credit_no > 0),
    CONSTRAINT credits_amount_is_positive CHECK (amount > 0),
    CONSTRAINT credits_fit_their_kind CHECK (
        CASE kind
            WHEN 'cancellation' THEN line_no IS NOT NULL AND quantity > 0 AND NOT is_supplied
            WHEN 'return' THEN line_no IS NOT NULL AND quantity > 0 AND is_supplied
            WHEN 'allowance' THEN quantity IS NULL
            WHEN 'delivery' THEN line_no IS NULL AND quantity IS NULL AND is_supplied
            ELSE FALSE
        END
    ),
    CONSTRAINT credits_of_units_say_how_many
    CHECK ((kind IN ('cancellation', 'return')) = (quantity IS NOT NULL))
);
CREATE INDEX credits_created_at_idx ON credits (created_at);  -- a month's credits

CREATE TRIGGER credits_are_append_only
BEFORE UPDATE OF
order_id, credit_no, line_no, kind, quantity, net, tax, is_supplied, created_at
OR DELETE ON credits
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'credits are append-only', 'What was given up stays given up.'
);
CREATE TRIGGER credits_are_final
AFTER UPDATE ON credits
FOR EACH ROW EXECUTE FUNCTION refuse_all_but_emptying(
    'credits are append-only', 'What was given up stays given up.', 'reason'
);

COMMENT ON TABLE credits IS 'Append-only: what was taken off orders after they were placed.';
COMMENT ON COLUMN credits.credit_no IS
'1, 2, ... within the order; the same in all rows of one event.';
COMMENT ON COLUMN credits.line_no IS 'NULL = the delivery.';
COMMENT ON COLUMN credits.kind IS 'cancellation, return, allowance or delivery.';
COMMENT ON COLUMN credits.quantity IS 'Units cancelled or returned; NULL for the other kinds.';
COMMENT ON COLUMN credits.net IS 'Without tax.';
COMMENT ON COLUMN credits.amount IS 'By how much less the customer owes: net and tax.';
COMMENT ON COLUMN credits.is_supplied IS 'Whether it is for goods that had left already.';
COMMENT ON COLUMN credits.reason IS 'NULL = not said, or erased.';
