-- What is true of an invoice as a whole. A few carry two timestamps a minute apart: the earliest,
-- read in London, is the instant of all its lines. An invoice of two customers would be nobody's.

CREATE TEMPORARY TABLE source_invoices (
    invoice_no TEXT PRIMARY KEY,
    instant TIMESTAMPTZ NOT NULL,
    customer_id INT,
    country TEXT NOT NULL,
    is_priced BOOLEAN NOT NULL,
    has_one_customer BOOLEAN NOT NULL,
    CONSTRAINT source_invoices_have_one_customer CHECK (has_one_customer)
) ON COMMIT DROP;

INSERT INTO source_invoices
(invoice_no, instant, customer_id, country, is_priced, has_one_customer)
SELECT
    invoice_no,
    min(invoice_ts) AT TIME ZONE 'Europe/London' AS instant,
    min(customer_id) AS customer_id,
    min(country) AS country,
    bool_or(unit_price > 0) AS is_priced,
    count(customer_id) IN (0, count(*))
    AND count(DISTINCT customer_id) <= 1 AS has_one_customer
FROM source_lines
GROUP BY invoice_no;

ANALYZE source_invoices;
