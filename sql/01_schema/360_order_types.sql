-- What the functions of an order's life hand to each other: rows, instead of arrays in parallel.

CREATE TYPE order_unit AS (
    line_no INT,
    product_id INT,
    quantity INT
);
COMMENT ON TYPE order_unit IS 'Units of a product asked for, or of a line of an order.';

CREATE TYPE priced_line AS (
    line_no INT,
    product_id INT,
    sku TEXT,
    product_name TEXT,
    unit_price NUMERIC,
    regular_price NUMERIC,
    unit_cost NUMERIC,
    tax_class TEXT,
    tax_rate NUMERIC,
    quantity INT,
    available INT,
    discount NUMERIC,
    line_total NUMERIC,
    tax NUMERIC
);
COMMENT ON TYPE priced_line IS 'A line of an order as it would be placed.';

CREATE TYPE priced_order AS (
    prices_include_tax BOOLEAN,
    decimals INT,
    subtotal NUMERIC,
    discount NUMERIC,
    shipping_fee NUMERIC,
    shipping_tax_class TEXT,
    shipping_tax_rate NUMERIC,
    shipping_tax NUMERIC,
    tax NUMERIC,
    total NUMERIC,
    lines PRICED_LINE []
);
COMMENT ON TYPE priced_order IS 'An order as it would be placed, lines and sums.';

CREATE TYPE credit_part AS (
    line_no INT,
    kind TEXT,
    quantity INT,
    net NUMERIC,
    tax NUMERIC,
    is_supplied BOOLEAN
);
COMMENT ON TYPE credit_part IS 'What one event takes from one line, or the delivery, on one side.';
