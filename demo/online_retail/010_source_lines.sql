-- Where the file lands, as it is: a row a line. What no rule could place is refused here, with
-- the line's number, before anything is made of it.

CREATE TEMPORARY TABLE source_lines (
    line_no INT PRIMARY KEY,
    invoice_no TEXT NOT NULL,
    stock_code TEXT NOT NULL,
    description TEXT,
    quantity INT NOT NULL,
    invoice_ts TIMESTAMP NOT NULL,
    unit_price NUMERIC NOT NULL,
    customer_id INT,
    country TEXT NOT NULL,
    CONSTRAINT source_lines_quantity_is_not_zero CHECK (quantity <> 0),
    CONSTRAINT source_lines_cancellations_are_negative
    CHECK (quantity < 0 OR invoice_no NOT LIKE 'C%')
) ON COMMIT DROP;
