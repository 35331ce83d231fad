-- What the functions of an order's life hand to each other: rows, instead of arrays in parallel.
-- Values read from a table keep its domains, so that they are not checked again when written.

CREATE TYPE ORDER_UNIT AS (
    line_no INT,
    product_id INT,
    quantity INT
);
COMMENT ON TYPE order_unit IS 'Units of a product asked for, or of a line of an order.';

CREATE TYPE TAXED_PLACE AS (
    country_code TEXT,
    region_code TEXT,
    day DATE
);
COMMENT ON TYPE taxed_place IS 'Where an order is taxed, and on which day of the store.';

CREATE TYPE PRICED_LINE AS (
    line_no INT,
    product_id INT,
    sku CODE,
    product_name TITLE,
    unit_price AMOUNT,
    regular_price AMOUNT,
    unit_cost AMOUNT,
    tax_class TAX_CLASS_NAME,
    tax_rate SHARE,
    quantity INT,
    available INT,
    discount NUMERIC,
    line_total NUMERIC,
    tax NUMERIC
);
COMMENT ON TYPE priced_line IS 'A line of an order as it would be placed.';

CREATE TYPE PRICED_ORDER AS (
    prices_include_tax BOOLEAN,
    decimals INT,
    subtotal NUMERIC,
    discount NUMERIC,
    shipping_fee AMOUNT,
    shipping_tax_class TAX_CLASS_NAME,
    shipping_tax_rate SHARE,
    shipping_tax AMOUNT,
    tax NUMERIC,
    total NUMERIC,
    expires_at INSTANT,
    lines PRICED_LINE [],
    product_ids INT [],
    is_short BOOLEAN,
    counts_coupon BOOLEAN
);
COMMENT ON TYPE priced_order IS
'An order as it would be placed: lines and sums, whether stock is short of any, and whether the use
of its coupon is counted.';

CREATE TYPE CREDIT_PART AS (
    line_no INT,
    kind TEXT,
    quantity INT,
    net NUMERIC,
    tax NUMERIC,
    is_supplied BOOLEAN
);
COMMENT ON TYPE credit_part IS
'What one event takes from a line, or the delivery: supplied already, or not yet.';

CREATE TYPE LINE_WORTH AS (
    line_no INT,
    product_id INT,
    open_units INT,
    kept_units INT,
    open_net NUMERIC,
    open_tax NUMERIC,
    kept_net NUMERIC,
    kept_tax NUMERIC
);
COMMENT ON TYPE line_worth IS
'What a line of an order, or the delivery (line_no NULL), is still worth: not yet supplied (open),
and supplied and kept.';

REVOKE USAGE ON TYPE
order_unit, taxed_place, priced_line, priced_order, credit_part, line_worth
FROM PUBLIC;
