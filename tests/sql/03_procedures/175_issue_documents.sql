-- issue_documents: what left and what was credited of it gets the next number, once.
BEGIN;
SELECT plan(27);
SELECT throws_ok('SELECT issue_documents(0)', 'ST003', NULL, 'none is asked for');
SELECT throws_ok('SELECT issue_documents(NULL)', 'ST003', NULL, 'an unknown number is none');
SELECT is(issue_documents(), 0, 'the demo store has issued all there were');

-- Order 42 of Jo March: three blocks for the rest of it; order 44 of Gatsby has not left at all.
SELECT ship_order(44, 'Pony Express', 'P0044', '[{"line_no": 1, "quantity": 1}]');
SELECT grant_allowance(44, 2.00, 'it took so long');
SELECT ship_order(44, 'Pony Express', 'P0045');
SELECT cancel_order(42, 'never mind the blocks', '[{"line_no": 1, "quantity": 3}]');
SELECT is(issue_documents(2), 2, 'no more are issued than were asked for');
SELECT results_eq(
    $$SELECT kind::TEXT, series::TEXT, number, shipment_id FROM documents
    WHERE order_id = 44 ORDER BY 3$$,
    $$SELECT 'invoice', 'INV', number, shipment_id FROM shipments
    INNER JOIN (VALUES (33::BIGINT, 'P0044'), (34, 'P0045')) AS given (number, parcel)
    ON tracking_number = parcel$$,
    'invoices first, in the order the parcels left'
);
SELECT is(issue_documents(), 1, 'then the note, of what had left when it was granted');
SELECT is(issue_documents(), 0, 'what was cancelled before it left has none');
SELECT results_eq(
    $$SELECT
        kind::TEXT, series::TEXT, number, order_id, shipment_id, credit_no, issued_on,
        country_code::TEXT, region_code::TEXT, seller, buyer ->> 'recipient', buyer_until
    FROM documents ORDER BY document_id DESC LIMIT 1$$,
    $$SELECT
        'credit_note', 'CN', 6::BIGINT, 44, NULL::INT, 1,
        (now() AT TIME ZONE 'America/New_York')::DATE, 'US', '',
        '{
            "name": "Peter Coffin", "vat_id": null, "line1": "The Spouter Inn",
            "city": "New Bedford", "region": "MA", "postal_code": "02740", "country_code": "US"
        }'::JSONB,
        'Jay Gatsby',
        (date_trunc('year', now() AT TIME ZONE 'America/New_York') + INTERVAL '11 years')::DATE - 1$$,
    'a document holds who sold to whom, and keeps it for ten years after that of its issue'
);
SELECT is(documents.buyer, orders.ship_to::JSONB, 'the buyer is where it went')
FROM documents
INNER JOIN orders ON documents.order_id = orders.order_id
WHERE documents.number = 33 AND documents.kind = 'invoice';
SELECT results_eq(
    $$SELECT document_corrections.document_id, corrected.number
    FROM document_corrections
    INNER JOIN documents AS corrected ON corrects_document_id = corrected.document_id
    WHERE document_corrections.document_id = (SELECT max(document_id) FROM documents)
    ORDER BY 2$$,
    $$SELECT max(document_id), 33::BIGINT FROM documents
    UNION ALL SELECT max(document_id), 34 FROM documents ORDER BY 2$$,
    'it corrects every invoice that was there with the line'
);
SELECT results_eq(
    $$SELECT action::TEXT, details - 'document_id' FROM order_audit
    WHERE order_id = 44 AND action = 'document' ORDER BY id$$,
    $$VALUES
    ('document', '{"kind": "invoice", "series": "INV", "number": 33}'::JSONB),
    ('document', '{"kind": "invoice", "series": "INV", "number": 34}'),
    ('document', '{"kind": "credit_note", "series": "CN", "number": 6}')$$,
    'each is told in the life of its order'
);
-- 9.00 with 0.36 of tax a cordial, 5.00 with 0.60 the delivery. Of 24.32 in all 14.96 were with the
-- customer when 2.00 were granted: 9.36, 9.36 and 5.60 of it take 0.77, 0.77 and 0.46.
SELECT results_eq(
    $$SELECT number, kind::TEXT, line_no, description::TEXT, quantity, net, lines.tax
    FROM document_lines AS lines INNER JOIN documents USING (document_id)
    WHERE order_id = 44 ORDER BY document_id, line_no$$,
    $$VALUES
    (33::BIGINT, 'invoice', 1, 'Raspberry Cordial', 1, 9.00, 0.36),
    (33, 'invoice', NULL, 'Delivery', NULL, 5.00, 0.60),
    (34, 'invoice', 1, 'Raspberry Cordial', 1, 8.26, 0.33),
    (6, 'credit_note', 1, 'Raspberry Cordial', NULL, -0.74, -0.03),
    (6, 'credit_note', NULL, 'Delivery', NULL, -0.41, -0.05)$$,
    'the lines are what left and what was taken off it'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound');

-- Another name, another series: from the next one on.
UPDATE store_settings SET
    legal_name = 'Hosea Hussey', vat_id = 'NB7', invoice_series = 'TRY POTS', time_zone = 'UTC';
SELECT deliver_order(44);
SELECT return_items(
    44, '[{"line_no": 1, "quantity": 2}]', p_reason => 'sour', p_idempotency_key => 'sour'
);
SELECT release_order(43, 'an old friend');
SELECT ship_order(43, 'Pony Express', 'P0046');
SELECT is(issue_documents(), 2, 'a return has a note, the delivery it gives back with it');
SELECT results_eq(
    $$SELECT series::TEXT, number, seller ->> 'name', seller ->> 'vat_id' FROM documents
    ORDER BY document_id DESC LIMIT 2$$,
    $$VALUES
    ('CN', 7::BIGINT, 'Hosea Hussey', 'NB7'),
    ('TRY POTS', 1, 'Hosea Hussey', 'NB7')$$,
    'numbers begin anew in a new series and go on in the old'
);
SELECT
    is(
        sum(document_lines.net + document_lines.tax), 0.00,
        'of an order that came back the documents come to nothing'
    )
FROM document_lines
INNER JOIN documents ON document_lines.document_id = documents.document_id
WHERE documents.order_id = 44;
SELECT is(seller ->> 'name', 'Peter Coffin', 'what was issued keeps its seller') FROM documents
WHERE document_id = 1;

-- Who gave neither address nor name.
SELECT register_customer('queequeg@kokovoko.example', NULL, NULL) AS customer_id \gset
SELECT place_order(:customer_id, '[{"product_id": 18, "quantity": 1}]') AS order_id \gset
SELECT record_payment(:order_id, 'card', 'q-1', balance) FROM orders WHERE order_id = :order_id;
SELECT ship_order(:order_id, 'Pony Express', 'P0047');
SELECT is(issue_documents(), 1, 'a free catalogue has its invoice');
SELECT is(
    buyer, '{"recipient": "queequeg@kokovoko.example"}',
    'without a name the buyer is whom one can write to'
) FROM documents WHERE order_id = :order_id;
SELECT is_empty('TABLE integrity_violations', 'the books are sound still');

-- Of before.
SELECT grant_allowance(1, 1.00, 'for old times'' sake');
SELECT is(issue_documents(), 0, 'an order placed before the store issued documents has none');
SELECT throws_ok(
    $$UPDATE orders SET created_at = created_at - INTERVAL '1 year' WHERE order_id = 44$$, '55000',
    NULL, 'an order that has a document keeps its date'
);
SELECT lives_ok(
    $$UPDATE orders SET created_at = created_at - INTERVAL '1 day' WHERE order_id = 1$$,
    'another can be dated anew'
);
-- As after a restore into another cluster: every order is looked at once.
SELECT grant_allowance(37, 1.00, 'a parting gift');
UPDATE watermarks SET system_identifier = 1, snapshot = '900000000:900000000:'
WHERE name = 'documents';
SELECT is(issue_documents(), 1, 'what another cluster had seen means nothing');
SELECT results_eq(
    $$SELECT system_identifier, snapshot IS NOT NULL FROM watermarks WHERE name = 'documents'$$,
    'SELECT system_identifier, TRUE FROM pg_control_system()', 'and is forgotten'
);
SELECT is_empty('TABLE integrity_violations', 'the books are sound at last');
SELECT seal_audit();
UPDATE documents SET buyer = NULL;
SELECT is_empty('SELECT * FROM verify_audit()', 'who forgets a buyer breaks no seal');
SELECT * FROM finish();
ROLLBACK;
