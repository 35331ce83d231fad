-- One hash over a batch of the order audit: every column of every row, hashed a row at a time,
-- then a million hashes at a time, so that no batch is too long to be put together.

CREATE OR REPLACE FUNCTION order_audit_digest(p_ids INT8MULTIRANGE) RETURNS BYTEA
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $order_audit_digest$
BEGIN
    RETURN (
        SELECT sha256(coalesce(string_agg(chunk.digest, '' ORDER BY chunk.number), ''))
        FROM (
            SELECT
                audited.id >> 20 AS number,
                sha256(string_agg(audited.digest, '' ORDER BY audited.id)) AS digest
            FROM (
                -- Fields end at line feeds, of which JSON has none; instants as numbers, so that
                -- no setting of the session changes the text.
                SELECT
                    order_audit.id,
                    sha256(convert_to(concat_ws(
                        E'\n',
                        order_audit.id,
                        order_audit.order_id,
                        to_json(order_audit.action),
                        order_audit.details,
                        to_json(order_audit.performed_by),
                        extract(EPOCH FROM order_audit.performed_at),
                        order_audit.transaction_id
                    ), 'UTF8')) AS digest
                FROM unnest(p_ids) AS ids
                INNER JOIN order_audit
                    ON order_audit.id >= lower(ids) AND order_audit.id < upper(ids)
            ) AS audited
            GROUP BY audited.id >> 20
        ) AS chunk
    );
END;
$order_audit_digest$;
REVOKE EXECUTE ON FUNCTION order_audit_digest(INT8MULTIRANGE) FROM PUBLIC;
COMMENT ON FUNCTION order_audit_digest(INT8MULTIRANGE) IS
'SHA-256 over the rows of order_audit whose id is in p_ids. Internal to the seals.';
