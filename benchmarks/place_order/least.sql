-- The least an order can be: one order row, its lines, and a guarded counter a product. No keys to
-- other tables, no second index, no price, no tax, no audit. What place_order adds is measured
-- against this.

CREATE SCHEMA least;

CREATE TABLE least.stock (
    product_id INT PRIMARY KEY,
    available INT NOT NULL CHECK (available >= 0)
) WITH (fillfactor = 50);

CREATE TABLE least.orders (
    order_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id INT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE least.order_items (
    order_id INT NOT NULL,
    line_no INT NOT NULL,
    product_id INT NOT NULL,
    quantity INT NOT NULL,
    PRIMARY KEY (order_id, line_no)
);

CREATE FUNCTION least.place_order(p_customer_id INT, p_items JSONB) RETURNS INT
LANGUAGE plpgsql
AS $place_order$
DECLARE
    v_order_id INT;
    v_item RECORD;
BEGIN
    INSERT INTO least.orders (customer_id) VALUES (p_customer_id)
    RETURNING order_id INTO v_order_id;
    INSERT INTO least.order_items (order_id, line_no, product_id, quantity)
    SELECT
        v_order_id,
        item.line_no,
        item.product_id,
        item.quantity
    FROM
        ROWS FROM (
            jsonb_to_recordset(p_items) AS (product_id INT, quantity INT)
        ) WITH ORDINALITY AS item (product_id, quantity, line_no);
    FOR v_item IN
        SELECT
            item.product_id,
            item.quantity
        FROM jsonb_to_recordset(p_items) AS item (product_id INT, quantity INT)
        ORDER BY item.product_id
    LOOP
        UPDATE least.stock SET available = available - v_item.quantity
        WHERE product_id = v_item.product_id AND available >= v_item.quantity;
        IF NOT found THEN
            RAISE EXCEPTION 'out of stock';
        END IF;
    END LOOP;
    RETURN v_order_id;
END;
$place_order$;
