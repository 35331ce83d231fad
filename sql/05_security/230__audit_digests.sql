-- One hash over a batch of audit rows: every column of every row, hashed a row at a time, then a
-- million hashes at a time, so that no batch is too long to be put together. Fields end at line
-- feeds, of which JSON has none; instants are numbers, so that no setting of the session changes
-- the text; a NULL is an empty field, since concat_ws() would leave it out and so let one field
-- pass for another.

CREATE OR REPLACE FUNCTION _order_audit_digest(p_ids INT8MULTIRANGE) RETURNS BYTEA
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_order_audit_digest$
BEGIN
    RETURN (
        SELECT sha256(coalesce(string_agg(chunk.digest, '' ORDER BY chunk.number), ''))
        FROM (
            SELECT
                audited.id >> 20 AS number,
                sha256(string_agg(audited.digest, '' ORDER BY audited.id)) AS digest
            FROM (
                SELECT
                    order_audit.id,
                    sha256(convert_to(concat_ws(
                        E'\n',
                        order_audit.id,
                        order_audit.order_id,
                        to_json(order_audit.action),
                        order_audit.details,
                        to_json(order_audit.performed_by),
                        coalesce(order_audit.customer_id::TEXT, ''),
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
$_order_audit_digest$;
REVOKE EXECUTE ON FUNCTION _order_audit_digest(INT8MULTIRANGE) FROM PUBLIC;
COMMENT ON FUNCTION _order_audit_digest(INT8MULTIRANGE) IS
'SHA-256 over the rows of order_audit whose id is in p_ids. Internal to the seals.';

CREATE OR REPLACE FUNCTION _audit_log_digest(p_ids INT8MULTIRANGE) RETURNS BYTEA
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $_audit_log_digest$
BEGIN
    RETURN (
        SELECT sha256(coalesce(string_agg(chunk.digest, '' ORDER BY chunk.number), ''))
        FROM (
            SELECT
                audited.id >> 20 AS number,
                sha256(string_agg(audited.digest, '' ORDER BY audited.id, audited.changed_at))
                    AS digest
            FROM (
                SELECT
                    audit_log.id,
                    audit_log.changed_at,
                    sha256(convert_to(concat_ws(
                        E'\n',
                        audit_log.id,
                        to_json(audit_log.table_name),
                        to_json(audit_log.operation),
                        coalesce(audit_log.row_key::TEXT, ''),
                        coalesce(audit_log.old_row::TEXT, ''),
                        coalesce(audit_log.new_row::TEXT, ''),
                        to_json(audit_log.changed_by),
                        coalesce(audit_log.customer_id::TEXT, ''),
                        extract(EPOCH FROM audit_log.changed_at),
                        audit_log.transaction_id
                    ), 'UTF8')) AS digest
                FROM unnest(p_ids) AS ids
                INNER JOIN audit_log
                    ON audit_log.id >= lower(ids) AND audit_log.id < upper(ids)
            ) AS audited
            GROUP BY audited.id >> 20
        ) AS chunk
    );
END;
$_audit_log_digest$;
REVOKE EXECUTE ON FUNCTION _audit_log_digest(INT8MULTIRANGE) FROM PUBLIC;
COMMENT ON FUNCTION _audit_log_digest(INT8MULTIRANGE) IS
'SHA-256 over the rows of audit_log whose id is in p_ids. Internal to the seals.';

-- A seal's head: the hash that chains it to the one before.
CREATE OR REPLACE FUNCTION _audit_seal_head(p_previous_head BYTEA, p_seal AUDIT_SEALS) RETURNS BYTEA
LANGUAGE sql IMMUTABLE
RETURN sha256(coalesce(p_previous_head, '') || convert_to(concat_ws(
    E'\n',
    (p_seal).batch,
    (p_seal).order_audit_ids,
    encode((p_seal).order_audit_digest, 'hex'),
    (p_seal).audit_log_ids,
    coalesce(extract(EPOCH FROM (p_seal).audit_log_since)::TEXT, ''),
    encode((p_seal).audit_log_digest, 'hex'),
    (p_seal).snapshot,
    (p_seal).transaction_id,
    (p_seal).system_identifier,
    extract(EPOCH FROM (p_seal).sealed_at)
), 'UTF8'));
REVOKE EXECUTE ON FUNCTION _audit_seal_head(BYTEA, AUDIT_SEALS) FROM PUBLIC;
COMMENT ON FUNCTION _audit_seal_head(BYTEA, AUDIT_SEALS) IS
'SHA-256 over the head before (NULL for the first) and every other column of p_seal. Internal to
the seals.';
