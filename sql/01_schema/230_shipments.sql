-- Parcels of an order. One order may leave in several; the first takes the delivery along, for
-- what it is worth then.

CREATE TABLE shipments (
    shipment_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id INT NOT NULL REFERENCES orders (order_id),
    carrier LABEL NOT NULL,
    tracking_number LABEL,
    shipped_at INSTANT NOT NULL DEFAULT now(),
    delivered_at INSTANT,
    delivery_net AMOUNT NOT NULL DEFAULT 0.00,
    delivery_tax AMOUNT NOT NULL DEFAULT 0.00,
    -- shipment_items refers to this key, so that a parcel holds lines of its own order only.
    UNIQUE (shipment_id, order_id),
    CONSTRAINT shipments_delivered_after_shipped CHECK (delivered_at >= shipped_at)
);
CREATE INDEX shipments_order_id_idx ON shipments (order_id);  -- serves the foreign key

CREATE TRIGGER shipments_are_never_deleted
BEFORE DELETE ON shipments
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'what left has left', 'Record what came back as a return.'
);
CREATE TRIGGER shipments_keep_what_they_are_worth
BEFORE UPDATE ON shipments
FOR EACH ROW WHEN (
    (old.shipment_id, old.order_id, old.delivery_net, old.delivery_tax)
    IS DISTINCT FROM (new.shipment_id, new.order_id, new.delivery_net, new.delivery_tax)
)
EXECUTE FUNCTION refuse_change(
    'what left has left', 'Record what came back as a return, or grant an allowance.'
);

COMMENT ON TABLE shipments IS 'Parcels; what is in them stands in shipment_items.';
COMMENT ON COLUMN shipments.tracking_number IS 'The carrier''s number; NULL where it has none.';
COMMENT ON COLUMN shipments.delivered_at IS 'NULL until the carrier reports the delivery.';
COMMENT ON COLUMN shipments.delivery_net IS
'What the delivery was worth if this parcel took it along, else 0.';
COMMENT ON COLUMN shipments.delivery_tax IS 'The tax on that.';
