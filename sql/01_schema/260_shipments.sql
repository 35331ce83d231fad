-- Parcels of an order. One order may leave in several.

CREATE TABLE shipments (
    shipment_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id INT NOT NULL REFERENCES orders (order_id),
    carrier VARCHAR(100) NOT NULL,
    tracking_number VARCHAR(100),
    shipped_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    delivered_at TIMESTAMPTZ,
    -- What shipment_items refers to, so that a parcel holds lines of its own order only; leads
    -- with order_id and so serves that foreign key too.
    UNIQUE (order_id, shipment_id),
    CONSTRAINT shipments_carrier_is_not_empty CHECK (carrier <> ''),
    CONSTRAINT shipments_tracking_number_is_not_empty CHECK (tracking_number <> ''),
    CONSTRAINT shipments_delivered_after_shipped CHECK (delivered_at >= shipped_at)
);

CREATE TRIGGER shipments_are_never_deleted
BEFORE DELETE OR TRUNCATE ON shipments
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'what left has left', 'Record what came back as a return.'
);

COMMENT ON TABLE shipments IS 'Parcels; what is in them stands in shipment_items.';
COMMENT ON COLUMN shipments.shipment_id IS 'Key.';
COMMENT ON COLUMN shipments.order_id IS 'Whose parcel.';
COMMENT ON COLUMN shipments.carrier IS 'Who carries it.';
COMMENT ON COLUMN shipments.tracking_number IS 'The carrier''s number; NULL where it has none.';
COMMENT ON COLUMN shipments.shipped_at IS 'When it left.';
COMMENT ON COLUMN shipments.delivered_at IS 'NULL until the carrier reports the delivery.';
