-- A seal's head: the hash that chains it to the one before.

CREATE OR REPLACE FUNCTION audit_seal_head(p_previous_head BYTEA, p_seal AUDIT_SEALS) RETURNS BYTEA
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
REVOKE EXECUTE ON FUNCTION audit_seal_head(BYTEA, AUDIT_SEALS) FROM PUBLIC;
COMMENT ON FUNCTION audit_seal_head(BYTEA, AUDIT_SEALS) IS
'SHA-256 over the head before (NULL for the first) and every other column of p_seal. Internal to
the seals.';
