-- How much of a product there is. Placing an order raises reserved, shipping lowers both: selling
-- what is not there violates a CHECK. Counters change on every order, so no index mentions one
-- and half of each page stays free: every such update is heap-only.

-- As for orders: rules of a domain, which PostgreSQL reads once a session.
CREATE TYPE STOCK_FIGURES AS (
    on_hand INT,
    reserved INT,
    reorder_point INT,
    reorder_quantity INT,
    lead_time_days INT
);
COMMENT ON TYPE stock_figures IS 'The columns of inventory that agree with each other.';

CREATE DOMAIN sound_stock AS STOCK_FIGURES
CONSTRAINT inventory_reserved_is_within_on_hand
CHECK (0 <= (value).reserved AND (value).reserved <= (value).on_hand)
CONSTRAINT inventory_reorder_figures_are_not_negative CHECK (
    (value).reorder_point >= 0 AND (value).reorder_quantity >= 0 AND (value).lead_time_days >= 0
);
COMMENT ON DOMAIN sound_stock IS 'Columns of inventory that agree.';
REVOKE USAGE ON TYPE stock_figures, sound_stock FROM PUBLIC;

CREATE TABLE inventory (
    product_id INT PRIMARY KEY REFERENCES products (product_id),
    on_hand INT NOT NULL DEFAULT 0,
    reserved INT NOT NULL DEFAULT 0,
    available INT NOT NULL GENERATED ALWAYS AS (on_hand - reserved) STORED,
    is_available BOOLEAN NOT NULL GENERATED ALWAYS AS (on_hand > reserved) STORED,
    reorder_point INT NOT NULL DEFAULT 0,
    reorder_quantity INT NOT NULL DEFAULT 0,
    lead_time_days INT NOT NULL DEFAULT 0,
    CONSTRAINT inventory_is_sound CHECK ((
        on_hand, reserved, reorder_point, reorder_quantity, lead_time_days
    )::SOUND_STOCK IS DISTINCT FROM NULL)
) WITH (fillfactor = 50);

CREATE TRIGGER inventory_rows_stay
BEFORE DELETE ON inventory
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'every product has its stock row', 'Set the product''s is_active to false instead.'
);

COMMENT ON TABLE inventory IS 'Stock of each product: one guarded row, made with the product.';
COMMENT ON COLUMN inventory.on_hand IS 'Units on the shelf; the sum of stock_movements.';
COMMENT ON COLUMN inventory.reserved IS 'Units promised to open orders, still on the shelf.';
COMMENT ON COLUMN inventory.available IS 'Units that can be ordered now.';
COMMENT ON COLUMN inventory.is_available IS 'Whether there is one: all a shopper is told.';
COMMENT ON COLUMN inventory.reorder_point IS 'Units available at or below which to order more.';
COMMENT ON COLUMN inventory.reorder_quantity IS 'Units ordered at a time, at least.';
COMMENT ON COLUMN inventory.lead_time_days IS 'Days from ordering more to having it.';
