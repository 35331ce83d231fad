-- One hash over a batch of the audit log, made as that over the order audit.

CREATE OR REPLACE FUNCTION audit_log_digest(p_ids INT8MULTIRANGE) RETURNS BYTEA
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT
AS $audit_log_digest$
BEGIN
    RETURN (
        SELECT sha256(coalesce(string_agg(chunk.digest, '' ORDER BY chunk.number), ''))
        FROM (
            SELECT
                audited.id >> 20 AS number,
                sha256(string_agg(audited.digest, '' ORDER BY audited.id, audited.changed_at))
                    AS digest
            FROM (
                -- concat_ws() leaves out a NULL, which would let one field pass for another.
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
$audit_log_digest$;
REVOKE EXECUTE ON FUNCTION audit_log_digest(INT8MULTIRANGE) FROM PUBLIC;
COMMENT ON FUNCTION audit_log_digest(INT8MULTIRANGE) IS
'SHA-256 over the rows of audit_log whose id is in p_ids. Internal to the seals.';
