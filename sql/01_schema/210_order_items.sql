-- The lines of an order, each with a copy of what was sold at what price, and how much of it has
-- since been shipped, cancelled or returned.

-- As for orders: rules of a domain, which PostgreSQL reads once a session.
CREATE TYPE ORDER_ITEM_FIGURES AS (
    line_no INT,
    unit_price AMOUNT,
    regular_price AMOUNT,
    tax_rate SHARE,
    quantity INT,
    discount AMOUNT,
    line_total AMOUNT,
    tax AMOUNT,
    shipped_quantity INT,
    cancelled_quantity INT,
    returned_quantity INT
);
COMMENT ON TYPE order_item_figures IS 'The columns of order_items that agree with each other.';

CREATE DOMAIN sound_order_item AS ORDER_ITEM_FIGURES
CONSTRAINT order_items_line_no_is_positive CHECK ((value).line_no > 0)
CONSTRAINT order_items_sale_is_below_regular_price
CHECK ((value).regular_price > (value).unit_price)
CONSTRAINT order_items_quantity_is_positive CHECK ((value).quantity > 0)
CONSTRAINT order_items_discount_is_within_the_line
CHECK ((value).discount <= (value).quantity * (value).unit_price)
-- _tax_of() written out, as in orders. Whether prices include tax, and how many decimals they
-- have, is the order's to say; one of these it must be.
CONSTRAINT order_items_tax_follows_its_rate CHECK (
    (value).tax = round((value).line_total * (value).tax_rate, 2)
    OR (value).tax = (value).line_total - round((value).line_total / (1 + (value).tax_rate), 2)
    OR (value).tax = round((value).line_total * (value).tax_rate, 0)
    OR (value).tax = (value).line_total - round((value).line_total / (1 + (value).tax_rate), 0)
)
CONSTRAINT order_items_shipped_or_cancelled_within_quantity CHECK (
    (value).shipped_quantity >= 0 AND (value).cancelled_quantity >= 0
    AND (value).shipped_quantity + (value).cancelled_quantity <= (value).quantity
)
CONSTRAINT order_items_returned_within_shipped
CHECK (
    (value).returned_quantity >= 0 AND (value).returned_quantity <= (value).shipped_quantity
);
COMMENT ON DOMAIN sound_order_item IS
'Columns of order_items that agree. A rule added here holds for old rows only once the constraint
order_items_are_sound has been made anew.';
REVOKE USAGE ON TYPE order_item_figures, sound_order_item FROM PUBLIC;

CREATE TABLE order_items (
    order_id INT NOT NULL REFERENCES orders (order_id),
    line_no INT NOT NULL,
    -- Every product has its stock row, which placing locks anyway: no lock on what everybody buys.
    product_id INT NOT NULL
    REFERENCES inventory (product_id) DEFERRABLE INITIALLY DEFERRED,
    quantity INT NOT NULL,
    shipped_quantity INT NOT NULL DEFAULT 0,
    cancelled_quantity INT NOT NULL DEFAULT 0,
    returned_quantity INT NOT NULL DEFAULT 0,
    unit_price AMOUNT NOT NULL,
    discount AMOUNT NOT NULL DEFAULT 0.00,
    line_total AMOUNT NOT NULL GENERATED ALWAYS AS (quantity * unit_price - discount) STORED,
    tax AMOUNT NOT NULL DEFAULT 0.00,
    unit_cost AMOUNT,
    regular_price AMOUNT,
    tax_class TAX_CLASS_NAME NOT NULL DEFAULT 'standard',
    tax_rate SHARE NOT NULL DEFAULT 0,
    sku CODE NOT NULL,
    product_name TITLE NOT NULL,
    PRIMARY KEY (order_id, line_no) INCLUDE (product_id),  -- baskets without the table
    CONSTRAINT order_items_are_sound CHECK ((
        line_no, unit_price, regular_price, tax_rate, quantity, discount, line_total,
        tax, shipped_quantity, cancelled_quantity, returned_quantity
    )::SOUND_ORDER_ITEM IS DISTINCT FROM NULL)
) WITH (fillfactor = 85);  -- room for shipped_quantity on the same page

CREATE INDEX order_items_product_id_order_id_idx
ON order_items (product_id, order_id);  -- serves the foreign key; a product's orders

CREATE TRIGGER order_items_price_is_final
BEFORE UPDATE ON order_items
FOR EACH ROW WHEN (
    (
        old.order_id, old.line_no, old.product_id, old.sku, old.product_name, old.unit_price,
        old.regular_price, old.unit_cost, old.tax_class, old.tax_rate, old.quantity, old.discount,
        old.tax
    ) IS DISTINCT FROM (
        new.order_id, new.line_no, new.product_id, new.sku, new.product_name, new.unit_price,
        new.regular_price, new.unit_cost, new.tax_class, new.tax_rate, new.quantity, new.discount,
        new.tax
    )
)
EXECUTE FUNCTION refuse_change(
    'a placed line keeps its price', 'Cancel or return units of it, or grant an allowance.'
);

CREATE TRIGGER order_items_are_never_deleted
BEFORE DELETE ON order_items
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'the books need every line', 'Cancel or return units of it instead.'
);

COMMENT ON TABLE order_items IS 'Lines of orders; priced once, never deleted.';
COMMENT ON COLUMN order_items.line_no IS 'Place within the order, from 1.';
COMMENT ON COLUMN order_items.shipped_quantity IS 'Units that left; the sum of its shipment_items.';
COMMENT ON COLUMN order_items.cancelled_quantity IS 'Units cancelled before they left.';
COMMENT ON COLUMN order_items.returned_quantity IS 'Units that came back; the sum of its returns.';
COMMENT ON COLUMN order_items.unit_price IS 'What applied at placing, a sale included.';
COMMENT ON COLUMN order_items.discount IS 'The line''s share of the order''s discount.';
COMMENT ON COLUMN order_items.line_total IS 'quantity x unit price, less the discount.';
COMMENT ON COLUMN order_items.tax IS 'Tax in or on line_total, as orders.prices_include_tax says.';
COMMENT ON COLUMN order_items.unit_cost IS 'NULL = unknown.';
COMMENT ON COLUMN order_items.regular_price IS 'Without the sale; NULL unless bought on sale.';
COMMENT ON COLUMN order_items.tax_class IS 'The word; classes are never deleted nor renamed.';
COMMENT ON COLUMN order_items.tax_rate IS 'Rate of the class at the destination.';
COMMENT ON COLUMN order_items.sku IS 'As at placing, like all that was priced.';
