-- What is in a parcel: units of lines of the parcel's own order, which two keys that share
-- order_id make certain, and what those units were worth as they left.

CREATE TABLE shipment_items (
    shipment_id INT NOT NULL,
    order_id INT NOT NULL,
    line_no INT NOT NULL,
    quantity INT NOT NULL,
    net AMOUNT NOT NULL,
    tax AMOUNT NOT NULL,
    PRIMARY KEY (shipment_id, order_id, line_no),
    FOREIGN KEY (shipment_id, order_id) REFERENCES shipments (shipment_id, order_id),
    FOREIGN KEY (order_id, line_no) REFERENCES order_items (order_id, line_no),
    CONSTRAINT shipment_items_quantity_is_positive CHECK (quantity > 0)
);
CREATE INDEX shipment_items_order_id_line_no_idx
ON shipment_items (order_id, line_no);  -- serves the foreign key

CREATE TRIGGER shipment_items_are_append_only
BEFORE UPDATE OR DELETE ON shipment_items
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'what left has left', 'Record what came back as a return.'
);

COMMENT ON TABLE shipment_items IS 'Append-only: units of order lines in parcels.';
COMMENT ON COLUMN shipment_items.order_id IS 'The order of both the parcel and the line.';
COMMENT ON COLUMN shipment_items.net IS 'What these units were worth as they left, without tax.';
COMMENT ON COLUMN shipment_items.tax IS 'The tax on that.';
