-- The state machine of an order, in one place: what happens to the goods. Where the money stands is
-- in payment_status. The rows are part of the definition and change with a release only.

CREATE TABLE order_transitions (
    from_status VARCHAR(20) NOT NULL,
    to_status VARCHAR(20) NOT NULL,
    PRIMARY KEY (from_status, to_status)
);

INSERT INTO order_transitions (from_status, to_status) VALUES
('pending', 'paid'),
('pending', 'shipped'),
('pending', 'delivered'),
('pending', 'returned'),
('pending', 'cancelled'),
('paid', 'shipped'),
('paid', 'delivered'),
('paid', 'returned'),
('paid', 'cancelled'),
('shipped', 'delivered'),
('shipped', 'returned'),
('delivered', 'returned');

CREATE TRIGGER order_transitions_are_read_only
BEFORE INSERT OR UPDATE OR DELETE ON order_transitions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'the state machine is part of the schema', 'Change it with a release.'
);

COMMENT ON TABLE order_transitions IS
'Which status may follow which; read-only. cancelled and returned are final.';
