-- What a manifest counts: every ledger of goods and money, row by row, and its ids put together as
-- ranges.

CREATE OR REPLACE FUNCTION _ledger_rows()
RETURNS TABLE (ledger TEXT, id BIGINT, amount NUMERIC)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        'orders' AS ledger,
        order_id AS id,
        total AS amount
    FROM orders
    UNION ALL
    SELECT
        'order_items' AS ledger,
        order_id AS id,
        line_total + tax AS amount
    FROM order_items
    UNION ALL
    SELECT
        'payments' AS ledger,
        payment_id AS id,
        amount
    FROM payments
    UNION ALL
    SELECT
        'shipments' AS ledger,
        shipment_id AS id,
        delivery_net + delivery_tax AS amount
    FROM shipments
    UNION ALL
    SELECT
        'shipment_items' AS ledger,
        shipment_id AS id,
        net + tax AS amount
    FROM shipment_items
    UNION ALL
    SELECT
        'returns' AS ledger,
        return_id AS id,
        quantity AS amount
    FROM returns
    UNION ALL
    SELECT
        'credits' AS ledger,
        credit_id AS id,
        amount
    FROM credits
    UNION ALL
    SELECT
        'documents' AS ledger,
        document_id AS id,
        number AS amount
    FROM documents
    UNION ALL
    SELECT
        'stock_adjustments' AS ledger,
        stock_adjustment_id AS id,
        quantity AS amount
    FROM stock_adjustments
    UNION ALL
    SELECT
        'order_audit' AS ledger,
        id,
        order_id AS amount
    FROM order_audit;
END;
REVOKE EXECUTE ON FUNCTION _ledger_rows() FROM PUBLIC;
COMMENT ON FUNCTION _ledger_rows() IS
'Every row that is never deleted and tells of goods or money: its id, or that of the order or parcel
it belongs to, and what is summed: money, units, the number of a document, the order of an event.
Internal to the manifest.';

CREATE OR REPLACE FUNCTION _ledger_sums(p_within JSONB)
RETURNS TABLE (ledger TEXT, row_count BIGINT, total NUMERIC, rows_after BIGINT, ids INT8MULTIRANGE)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH bounds AS MATERIALIZED (
        SELECT
            told.ledger,
            (told.what ->> 'ids')::INT8MULTIRANGE AS ids
        FROM jsonb_each(p_within) AS told (ledger, what)
    ),

    counted AS (
        SELECT
            found.ledger,
            found.id,
            count(*) AS row_count,
            sum(found.amount) AS total,
            bounds.ids IS NULL OR found.id <@ bounds.ids AS is_within,
            -- Ids that follow each other become one range before they are put together.
            found.id - row_number() OVER (PARTITION BY found.ledger ORDER BY found.id) AS island
        FROM _ledger_rows() AS found
        LEFT JOIN bounds ON found.ledger = bounds.ledger
        GROUP BY found.ledger, found.id, is_within
    ),

    islands AS (
        SELECT
            ledger,
            coalesce(sum(row_count) FILTER (WHERE is_within), 0) AS row_count,
            coalesce(sum(total) FILTER (WHERE is_within), 0) AS total,
            coalesce(sum(row_count) FILTER (WHERE NOT is_within), 0) AS rows_after,
            int8range(min(id), max(id), '[]') AS ids
        FROM counted
        GROUP BY ledger, island
    )

    SELECT
        ledgers.ledger,
        coalesce(sum(islands.row_count), 0)::BIGINT AS row_count,
        coalesce(sum(islands.total), 0) AS total,
        coalesce(sum(islands.rows_after), 0)::BIGINT AS rows_after,
        coalesce(range_agg(islands.ids) FILTER (WHERE islands.ids IS NOT NULL), '{}') AS ids
    FROM
        unnest(ARRAY[
            'orders', 'order_items', 'payments', 'shipments', 'shipment_items', 'returns',
            'credits', 'documents', 'stock_adjustments', 'order_audit'
        ]) WITH ORDINALITY AS ledgers (ledger, place)
    LEFT JOIN islands ON ledgers.ledger = islands.ledger
    GROUP BY ledgers.ledger, ledgers.place
    ORDER BY ledgers.place;
END;
REVOKE EXECUTE ON FUNCTION _ledger_sums(JSONB) FROM PUBLIC;
COMMENT ON FUNCTION _ledger_sums(JSONB) IS
'A row a ledger: count and sum of its rows whose id is among the ids p_within tells for it (NULL =
all), the count of its others, and all its ids. Raises 22P02 (ids that are none). Internal to the
manifest.';

CREATE OR REPLACE FUNCTION _last_event_at() RETURNS TEXT
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT to_char(max(performed_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    FROM order_audit;
END;
REVOKE EXECUTE ON FUNCTION _last_event_at() FROM PUBLIC;
COMMENT ON FUNCTION _last_event_at() IS
'When the latest event of an order began, in UTC; NULL before the first. Internal to the manifest.';
