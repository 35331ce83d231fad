-- What is in a parcel: units of lines of the parcel's own order, which two keys that share
-- order_id make certain.

CREATE TABLE shipment_items (
    shipment_id INT NOT NULL,
    order_id INT NOT NULL,
    line_no INT NOT NULL,
    quantity INT NOT NULL,
    PRIMARY KEY (shipment_id, order_id, line_no),
    FOREIGN KEY (order_id, shipment_id) REFERENCES shipments (order_id, shipment_id),
    FOREIGN KEY (order_id, line_no) REFERENCES order_items (order_id, line_no),
    CONSTRAINT shipment_items_quantity_is_positive CHECK (quantity > 0)
);
CREATE INDEX shipment_items_order_id_line_no_idx
ON shipment_items (order_id, line_no);  -- serves the foreign key

CREATE TRIGGER shipment_items_are_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON shipment_items
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'what left has left', 'Record what came back as a return.'
);

COMMENT ON TABLE shipment_items IS 'Append-only: units of order lines in parcels.';
COMMENT ON COLUMN shipment_items.shipment_id IS 'The parcel.';
COMMENT ON COLUMN shipment_items.order_id IS 'The order of both the parcel and the line.';
COMMENT ON COLUMN shipment_items.line_no IS 'The line.';
COMMENT ON COLUMN shipment_items.quantity IS 'Units of the line in this parcel.';
