-- An invoice for each parcel and a credit note for each credit, numbered as they were issued.

CREATE TEMPORARY TABLE documented ON COMMIT DROP AS
SELECT
    due.*,
    coalesce((
        SELECT documents.number FROM documents
        WHERE documents.series = due.series
        ORDER BY documents.document_id DESC
        LIMIT 1
    ), 0)
    + row_number() OVER (PARTITION BY due.series ORDER BY due.order_id) AS number,
    date_trunc('year', due.issued_at, 'UTC') AT TIME ZONE 'UTC'
    + INTERVAL '11 years - 1 day' AS buyer_until
FROM (
    SELECT
        key AS document_id,
        'invoice' AS kind,
        'INV' AS series,
        order_id,
        order_id AS shipment_id,
        NULL::INT AS credit_no,
        ship_to,
        shipped_at + INTERVAL '1 minute' AS issued_at
    FROM priced
    WHERE status IN ('shipped', 'delivered')
    UNION ALL
    SELECT
        credit_key AS document_id,
        'credit_note' AS kind,
        'CN' AS series,
        order_id,
        NULL AS shipment_id,
        1 AS credit_no,
        ship_to,
        created_at + INTERVAL '10 days 1 minute' AS issued_at
    FROM priced
    WHERE credit_kind IS NOT NULL
) AS due;

INSERT INTO documents (
    document_id, kind, series, number, order_id, shipment_id, credit_no, issued_at, issued_on,
    country_code, seller, buyer, buyer_until
)
OVERRIDING SYSTEM VALUE
SELECT
    documented.document_id,
    documented.kind,
    documented.series,
    documented.number,
    documented.order_id,
    documented.shipment_id,
    documented.credit_no,
    documented.issued_at,
    (documented.issued_at AT TIME ZONE 'UTC')::DATE AS issued_on,
    'US' AS country_code,
    store_settings.legal_address || jsonb_build_object(
        'name', store_settings.legal_name, 'vat_id', store_settings.vat_id
    ) AS seller,
    CASE WHEN documented.buyer_until >= current_date - 1 THEN documented.ship_to END AS buyer,
    documented.buyer_until
FROM documented
CROSS JOIN store_settings
ORDER BY documented.issued_at;
