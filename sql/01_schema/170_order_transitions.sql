-- The state machine of an order, in one place. The rows are part of the definition and change
-- with a release only; cancelled and refunded lead nowhere.

CREATE TABLE order_transitions (
    from_status VARCHAR(10) NOT NULL,
    to_status VARCHAR(10) NOT NULL,
    PRIMARY KEY (from_status, to_status)
);

INSERT INTO order_transitions (from_status, to_status) VALUES
('pending', 'paid'),
('pending', 'cancelled'),
('paid', 'shipped'),
('paid', 'cancelled'),
('shipped', 'delivered'),
('shipped', 'refunded'),
('delivered', 'refunded');

CREATE TRIGGER order_transitions_are_read_only
BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON order_transitions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'the state machine is part of the schema', 'Change it with a release.'
);

COMMENT ON TABLE order_transitions IS 'Which status may follow which; read-only.';
COMMENT ON COLUMN order_transitions.from_status IS 'The status an order has.';
COMMENT ON COLUMN order_transitions.to_status IS 'A status it may take next.';
