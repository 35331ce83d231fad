-- documents: one a parcel, one a credit event, and none that says neither who sold nor to whom.
BEGIN;
SELECT plan(20);
CREATE FUNCTION pg_temp.document(p_changed JSONB) RETURNS VOID
LANGUAGE sql
AS $document$
    INSERT INTO documents (
        kind, series, number, order_id, shipment_id, credit_no, issued_at, issued_on, country_code,
        region_code, seller, buyer, buyer_until
    )
    SELECT
        kind, series, number, order_id, shipment_id, credit_no, issued_at, issued_on, country_code,
        region_code, seller, buyer, buyer_until
    FROM jsonb_populate_record(NULL::DOCUMENTS, '{
        "kind": "invoice", "series": "OLD", "number": 1, "order_id": 1, "shipment_id": 1,
        "issued_at": "2024-11-05 10:07-05", "issued_on": "2024-11-05", "country_code": "US",
        "region_code": "", "seller": {"name": "A", "line1": "B", "city": "C"},
        "buyer": {"recipient": "D"}, "buyer_until": "2034-12-31"
    }' || p_changed)
$document$;
SELECT throws_ok(format('SELECT pg_temp.document(%L)', changed), sqlstate, NULL, said)
FROM (
    VALUES
    ('{"kind": "receipt"}', '23514', 'there are two kinds'),
    ('{"shipment_id": null}', '23514', 'an invoice is of a parcel'),
    ('{"credit_no": 1}', '23514', 'and of nothing else'),
    ('{"kind": "credit_note"}', '23514', 'a note is of a credit'),
    ('{"kind": "credit_note", "shipment_id": null, "credit_no": 0}', '23514', 'by its number'),
    ('{"shipment_id": 2}', '23503', 'the parcel is one of the order''s'),
    ('{"order_id": 11, "shipment_id": 10}', '23505', 'a parcel has one invoice'),
    (
        '{"kind": "credit_note", "order_id": 13, "shipment_id": null, "credit_no": 1}', '23505',
        'a credit event one note'
    ),
    ('{"series": "INV"}', '23505', 'a number is given once in its series'),
    ('{"number": 0}', '23514', 'the first is 1'),
    ('{"issued_on": "2024-11-07"}', '23514', 'the day is that of the instant, somewhere on earth'),
    ('{"issued_at": "infinity"}', '23514', 'and one that comes'),
    ('{"seller": {"name": "A", "line1": "B"}}', '23514', 'it says who sold'),
    ('{"buyer": {"company": "E"}}', '23514', 'and to whom'),
    ('{"seller": {"name": "A", "line1": "B", "city": ["C"]}}', '23514', 'in words'),
    ('{"buyer": {"recipient": {"name": "D"}}}', '23514', 'of both'),
    ('{"buyer_until": "2024-11-04"}', '23514', 'whom it does not forget at once'),
    ('{"buyer_until": "infinity"}', '23514', 'nor never')
) AS attempt (changed, sqlstate, said);
SELECT lives_ok(
    $$SELECT pg_temp.document('{}')$$, 'a store that moves in brings its documents along'
);
INSERT INTO order_audit (order_id, action, details)
SELECT
    order_id,
    'document' AS action,
    jsonb_build_object(
        'document_id', document_id, 'kind', kind, 'series', series, 'number', number
    ) AS details
FROM documents
WHERE series = 'OLD';
SELECT is_empty('TABLE integrity_violations', 'and the books are sound');
SELECT * FROM finish();
ROLLBACK;
