-- The tax return: what was invoiced, less what was credited, by the month a document was issued in.
-- Documents and their lines never change and none is issued into a month that is over, so a month
-- that was handed in stays as it was. WHERE month = x reads that month's documents by index.

CREATE OR REPLACE VIEW vat_return WITH (security_invoker = TRUE) AS
WITH sums AS (
    SELECT
        date_trunc('month', issued_on::TIMESTAMP)::DATE AS month,
        country_code,
        region_code,
        tax_class,
        tax_rate,
        count(DISTINCT document_id) FILTER (WHERE kind = 'invoice') AS invoices,
        count(DISTINCT document_id) FILTER (WHERE kind = 'credit_note') AS credit_notes,
        sum(net) AS net,
        sum(tax) AS tax
    FROM document_parts
    GROUP BY month, country_code, region_code, tax_class, tax_rate
)

SELECT
    sums.month,
    sums.country_code,
    sums.region_code,
    sums.tax_class,
    round(sums.tax_rate, 5) AS tax_rate,
    sums.invoices,
    sums.credit_notes,
    round(sums.net, store_settings.currency_decimals) AS net,
    round(sums.tax, store_settings.currency_decimals) AS tax
FROM sums
CROSS JOIN store_settings
WHERE store_settings.is_only_row;
COMMENT ON VIEW vat_return IS
'Tax by documents, by store month of issue, place, class and rate; adds up to document_lines. A
month that is over never changes. What it does not know is the accountant''s to correct: payments on
account before anything was supplied (Directive 2006/112/EC, article 65), goods supplied in another
month than their document was issued in, exemptions, and documents of another system.';
COMMENT ON COLUMN vat_return.month IS 'First day of the month the documents were issued in.';
COMMENT ON COLUMN vat_return.country_code IS 'Where the order is taxed: ISO 3166-1.';
COMMENT ON COLUMN vat_return.region_code IS 'ISO 3166-2 without the country; empty = none.';
COMMENT ON COLUMN vat_return.tax_class IS 'Of the line, or of the delivery.';
COMMENT ON COLUMN vat_return.tax_rate IS 'Share: 0.20000 is twenty per cent.';
COMMENT ON COLUMN vat_return.invoices IS 'Invoices with such a line.';
COMMENT ON COLUMN vat_return.credit_notes IS 'Credit notes with such a line.';
COMMENT ON COLUMN vat_return.net IS 'Invoiced less credited, without the tax.';
