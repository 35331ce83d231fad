-- document_corrections: a note corrects the invoices with one of its lines, and those alone.
BEGIN;
SELECT plan(4);
-- Order 25 left in two parcels: lines 1 and 2 in INV-14, line 3 in both, the delivery in the first.
SELECT grant_allowance(25, 0.50, 'a dent', 1);
SELECT grant_allowance(25, 0.50, 'crumbs', 3);
SELECT grant_allowance(25, 6.90, 'a tenth off all of it');
SELECT issue_documents();
CREATE FUNCTION pg_temp.corrected(p_credit_no INT) RETURNS BIGINT[]
LANGUAGE sql
AS $corrected$
    SELECT array_agg(invoice.number ORDER BY invoice.number)
    FROM documents AS note
    INNER JOIN document_corrections ON note.document_id = document_corrections.document_id
    INNER JOIN documents AS invoice ON corrects_document_id = invoice.document_id
    WHERE note.order_id = 25 AND note.credit_no = p_credit_no
$corrected$;
SELECT is(pg_temp.corrected(1), '{14}', 'a line that left in one parcel is corrected there');
SELECT is(pg_temp.corrected(2), '{14,15}', 'one that left in two in both');
SELECT is(pg_temp.corrected(3), '{14,15}', 'as is the whole order');

-- Order 44 leaves after something was taken off what had left of it.
SELECT ship_order(44, 'Pony Express', 'P0044', '[{"line_no": 1, "quantity": 1}]');
SELECT grant_allowance(44, 2.00, 'it took so long');
SELECT issue_documents();
CREATE TEMPORARY TABLE corrected ON COMMIT DROP AS SELECT * FROM document_corrections;
SELECT ship_order(44, 'Pony Express', 'P0045');
SELECT issue_documents();
SELECT results_eq(
    'SELECT * FROM document_corrections ORDER BY 1, 2', 'SELECT * FROM corrected ORDER BY 1, 2',
    'what leaves later was never corrected'
);
SELECT * FROM finish();
ROLLBACK;
