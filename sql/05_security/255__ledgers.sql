-- What a manifest counts: every ledger of goods and money, row by row in the order of its ids. So a
-- gap shows between two rows, and no list of ids has to be kept and sorted.

CREATE OR REPLACE FUNCTION _ledger_rows()
RETURNS TABLE (ledger TEXT, id BIGINT, id_before BIGINT, amount NUMERIC)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        'orders' AS ledger,
        order_id AS id,
        lag(order_id) OVER (ORDER BY order_id) AS id_before,
        total AS amount
    FROM orders
    UNION ALL
    SELECT
        'order_items' AS ledger,
        order_id AS id,
        lag(order_id) OVER (ORDER BY order_id) AS id_before,
        line_total + tax AS amount
    FROM order_items
    UNION ALL
    SELECT
        'payments' AS ledger,
        payment_id AS id,
        lag(payment_id) OVER (ORDER BY payment_id) AS id_before,
        amount
    FROM payments
    UNION ALL
    SELECT
        'shipments' AS ledger,
        shipment_id AS id,
        lag(shipment_id) OVER (ORDER BY shipment_id) AS id_before,
        delivery_net + delivery_tax AS amount
    FROM shipments
    UNION ALL
    SELECT
        'shipment_items' AS ledger,
        shipment_id AS id,
        lag(shipment_id) OVER (ORDER BY shipment_id) AS id_before,
        net + tax AS amount
    FROM shipment_items
    UNION ALL
    SELECT
        'returns' AS ledger,
        return_id AS id,
        lag(return_id) OVER (ORDER BY return_id) AS id_before,
        quantity AS amount
    FROM returns
    UNION ALL
    SELECT
        'credits' AS ledger,
        credit_id AS id,
        lag(credit_id) OVER (ORDER BY credit_id) AS id_before,
        amount
    FROM credits
    UNION ALL
    SELECT
        'documents' AS ledger,
        document_id AS id,
        lag(document_id) OVER (ORDER BY document_id) AS id_before,
        number AS amount
    FROM documents
    UNION ALL
    SELECT
        'stock_adjustments' AS ledger,
        stock_adjustment_id AS id,
        lag(stock_adjustment_id) OVER (ORDER BY stock_adjustment_id) AS id_before,
        quantity AS amount
    FROM stock_adjustments
    UNION ALL
    SELECT
        'order_audit' AS ledger,
        id,
        lag(id) OVER (ORDER BY id) AS id_before,
        order_id AS amount
    FROM order_audit;
END;
REVOKE EXECUTE ON FUNCTION _ledger_rows() FROM PUBLIC;
COMMENT ON FUNCTION _ledger_rows() IS
'Every row that is never deleted and tells of goods or money: its id, or that of the order or parcel
it belongs to, that of the row before it, and what is summed: money, units, the number of a
document, the order of an event. Internal to the manifest.';

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

    found AS (
        SELECT
            ledger_rows.*,
            bounds.ids IS NULL OR ledger_rows.id <@ bounds.ids AS is_within
        FROM _ledger_rows() AS ledger_rows
        LEFT JOIN bounds ON ledger_rows.ledger = bounds.ledger
    ),

    sums AS (
        SELECT
            ledger,
            count(*) FILTER (WHERE is_within) AS row_count,
            sum(amount) FILTER (WHERE is_within) AS total,
            count(*) FILTER (WHERE NOT is_within) AS rows_after,
            int8range(min(id), max(id), '[]')::INT8MULTIRANGE AS span,
            range_agg(int8range(id_before + 1, id)) FILTER (WHERE id > id_before + 1) AS gaps
        FROM found
        GROUP BY ledger
    )

    SELECT
        ledgers.ledger,
        coalesce(sums.row_count, 0) AS row_count,
        coalesce(sums.total, 0) AS total,
        coalesce(sums.rows_after, 0) AS rows_after,
        coalesce(sums.span - coalesce(sums.gaps, '{}'), '{}') AS ids
    FROM
        unnest(ARRAY[
            'orders', 'order_items', 'payments', 'shipments', 'shipment_items', 'returns',
            'credits', 'documents', 'stock_adjustments', 'order_audit'
        ]) WITH ORDINALITY AS ledgers (ledger, place)
    LEFT JOIN sums ON ledgers.ledger = sums.ledger
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
