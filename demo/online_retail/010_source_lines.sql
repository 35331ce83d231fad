-- Where the file lands, as it is: a row a line. What no rule could place, or the store would not
-- take, is refused here, with the line's number, before anything is made of it.

CREATE TEMPORARY TABLE source_lines (
    line_no INT PRIMARY KEY,
    invoice_no CODE NOT NULL,
    stock_code CODE NOT NULL,
    description TITLE,
    quantity INT NOT NULL,
    invoice_ts TIMESTAMP NOT NULL,
    unit_price NUMERIC NOT NULL,
    customer_id INT,
    country TEXT NOT NULL,
    CONSTRAINT source_lines_quantity_is_not_zero CHECK (quantity <> 0),
    CONSTRAINT source_lines_are_of_the_past CHECK (
        invoice_ts AT TIME ZONE 'Europe/London' BETWEEN '1000-01-01 00:00:00+00' AND now()
    ),
    CONSTRAINT source_lines_cost_an_amount_but_for_bad_debt
    CHECK (unit_price BETWEEN 0 AND 9999999999.99 OR invoice_no LIKE 'A%'),
    CONSTRAINT source_lines_cancellations_are_negative
    CHECK (quantity < 0 OR invoice_no NOT LIKE 'C%')
) ON COMMIT DROP;
