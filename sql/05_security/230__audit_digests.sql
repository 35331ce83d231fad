-- What a seal is made of: every sealed row hashed by itself, the hashes of a table hashed together,
-- and those, with the head before, into the seal's head.

-- Every column of a row but what erasing may empty. Fields end at line feeds, of which JSON has
-- none; instants are numbers, so that no setting of the session changes the text; a NULL is an
-- empty field, since concat_ws() would leave it out and so let one field pass for another.
CREATE OR REPLACE FUNCTION _sealed_rows(
    p_order_audit_ids INT8MULTIRANGE, p_audit_log_ids INT8MULTIRANGE
) RETURNS TABLE (part TEXT, id BIGINT, content TEXT)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH told AS MATERIALIZED (
        SELECT
            order_audit.*,
            -- In a row that was tampered with there may be anything.
            CASE
                WHEN order_audit.details ->> 'payment_id' ~ '^[0-9]{1,18}$'
                    THEN (order_audit.details ->> 'payment_id')::BIGINT
            END AS payment_id,
            CASE
                WHEN order_audit.details ->> 'credit_no' ~ '^[0-9]{1,9}$'
                    THEN (order_audit.details ->> 'credit_no')::INT
            END AS credit_no,
            CASE
                WHEN order_audit.details ->> 'document_id' ~ '^[0-9]{1,18}$'
                    THEN (order_audit.details ->> 'document_id')::BIGINT
            END AS document_id
        FROM unnest(p_order_audit_ids) AS ids
        INNER JOIN order_audit ON order_audit.id >= lower(ids) AND order_audit.id < upper(ids)
    )

    SELECT
        'order_audit' AS part,
        id,
        concat_ws(
            E'\n', id, order_id, to_json(action), details, to_json(performed_by),
            coalesce(customer_id::TEXT, ''), extract(EPOCH FROM performed_at), transaction_id
        ) AS content
    FROM told
    UNION ALL
    SELECT
        'payments' AS part,
        payments.payment_id AS id,
        concat_ws(
            E'\n', payments.payment_id, payments.order_id, to_json(payments.kind), payments.amount,
            to_json(payments.provider), coalesce(to_json(payments.provider_reference)::TEXT, ''),
            coalesce(payments.of_payment_id::TEXT, ''), extract(EPOCH FROM payments.occurred_at),
            extract(EPOCH FROM payments.created_at)
        ) AS content
    FROM told
    INNER JOIN payments ON told.payment_id = payments.payment_id
    UNION ALL
    SELECT
        'credits' AS part,
        credits.credit_id AS id,
        concat_ws(
            E'\n', credits.credit_id, credits.order_id, credits.credit_no,
            coalesce(credits.line_no::TEXT, ''), to_json(credits.kind),
            coalesce(credits.quantity::TEXT, ''), credits.net, credits.tax, credits.is_supplied,
            extract(EPOCH FROM credits.created_at)
        ) AS content
    FROM told
    INNER JOIN credits ON told.order_id = credits.order_id AND told.credit_no = credits.credit_no
    UNION ALL
    SELECT
        'documents' AS part,
        documents.document_id AS id,
        concat_ws(
            E'\n', documents.document_id, to_json(documents.kind), to_json(documents.series),
            documents.number, documents.order_id, coalesce(documents.shipment_id::TEXT, ''),
            coalesce(documents.credit_no::TEXT, ''), extract(EPOCH FROM documents.issued_at),
            documents.issued_on - DATE '2000-01-01', to_json(documents.country_code),
            to_json(documents.region_code), documents.seller,
            documents.buyer_until - DATE '2000-01-01'
        ) AS content
    FROM told
    INNER JOIN documents ON told.document_id = documents.document_id
    UNION ALL
    SELECT
        to_char(audit_log.changed_at AT TIME ZONE 'UTC', '"audit_log "YYYY-MM') AS part,
        audit_log.id,
        concat_ws(
            E'\n', audit_log.id, to_json(audit_log.table_name), to_json(audit_log.operation),
            coalesce(audit_log.row_key::TEXT, ''), coalesce(audit_log.old_row::TEXT, ''),
            coalesce(audit_log.new_row::TEXT, ''), to_json(audit_log.changed_by),
            coalesce(audit_log.customer_id::TEXT, ''), extract(EPOCH FROM audit_log.changed_at),
            audit_log.transaction_id
        ) AS content
    FROM unnest(p_audit_log_ids) AS ids
    INNER JOIN audit_log ON audit_log.id >= lower(ids) AND audit_log.id < upper(ids);
END;
REVOKE EXECUTE ON FUNCTION _sealed_rows(INT8MULTIRANGE, INT8MULTIRANGE) FROM PUBLIC;
COMMENT ON FUNCTION _sealed_rows(INT8MULTIRANGE, INT8MULTIRANGE) IS
'The rows of order_audit and audit_log with these ids, and the payments, credits and documents the
former tell of, each as the text it is hashed as. Internal to the seals.';

-- Some ten thousand hashes at a time, so that no batch is too long to be put together in memory.
CREATE OR REPLACE FUNCTION _audit_digests(
    p_order_audit_ids INT8MULTIRANGE, p_audit_log_ids INT8MULTIRANGE
) RETURNS JSONB
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
-- How many ids a multirange holds the planner cannot know, and would read all of every ledger for
-- the few of a minute: so each row is found by its key, for one as for millions.
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off
AS $_audit_digests$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_object_agg(sealed.part, sealed.digest), '{}')
        FROM (
            SELECT
                chunk.part,
                encode(sha256(string_agg(chunk.digest, '' ORDER BY chunk.number)), 'hex') AS digest
            FROM (
                SELECT
                    hashed.part,
                    hashed.id >> 16 AS number,
                    sha256(string_agg(hashed.digest, '' ORDER BY hashed.id, hashed.digest))
                        AS digest
                FROM (
                    SELECT part, id, sha256(convert_to(content, 'UTF8')) AS digest
                    FROM _sealed_rows(p_order_audit_ids, p_audit_log_ids)
                ) AS hashed
                GROUP BY hashed.part, hashed.id >> 16
            ) AS chunk
            GROUP BY chunk.part
        ) AS sealed
    );
END;
$_audit_digests$;
REVOKE EXECUTE ON FUNCTION _audit_digests(INT8MULTIRANGE, INT8MULTIRANGE) FROM PUBLIC;
COMMENT ON FUNCTION _audit_digests(INT8MULTIRANGE, INT8MULTIRANGE) IS
'SHA-256 over those rows as audit_seals.digests keeps it; a table, or month, without a row has none.
Internal to the seals.';

-- Column by column: over the row, PostgreSQL 15 would refuse the table a later column.
CREATE OR REPLACE FUNCTION _audit_seal_head(
    p_previous_head BYTEA, p_batch BIGINT, p_order_audit_ids INT8MULTIRANGE,
    p_audit_log_ids INT8MULTIRANGE, p_digests JSONB, p_snapshot PG_SNAPSHOT,
    p_system_identifier BIGINT, p_sealed_at TIMESTAMPTZ
) RETURNS BYTEA
LANGUAGE sql IMMUTABLE
RETURN sha256(coalesce(p_previous_head, '') || convert_to(concat_ws(
    E'\n', p_batch, p_order_audit_ids, p_audit_log_ids, p_digests, p_snapshot,
    p_system_identifier, extract(EPOCH FROM p_sealed_at)
), 'UTF8'));
REVOKE EXECUTE ON FUNCTION _audit_seal_head(
    BYTEA, BIGINT, INT8MULTIRANGE, INT8MULTIRANGE, JSONB, PG_SNAPSHOT, BIGINT, TIMESTAMPTZ
) FROM PUBLIC;
COMMENT ON FUNCTION _audit_seal_head(
    BYTEA, BIGINT, INT8MULTIRANGE, INT8MULTIRANGE, JSONB, PG_SNAPSHOT, BIGINT, TIMESTAMPTZ
) IS
'SHA-256 over the head before (NULL for the first) and every other column of a seal. Internal to
the seals.';
