-- Seals make tampering show: each batch of audit rows is hashed, each hash chained to the one
-- before. Whoever rewrites history, the owner included, must rewrite every later head, and a head
-- kept elsewhere then no longer fits.

CREATE TABLE audit_seals (
    batch BIGINT PRIMARY KEY,
    order_audit_ids INT8MULTIRANGE NOT NULL,
    order_audit_digest BYTEA NOT NULL,
    audit_log_ids INT8MULTIRANGE NOT NULL,
    audit_log_digest BYTEA NOT NULL,
    head BYTEA NOT NULL,
    snapshot PG_SNAPSHOT NOT NULL,
    system_identifier BIGINT NOT NULL,
    sealed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT audit_seals_batch_is_positive CHECK (batch > 0),
    CONSTRAINT audit_seals_hashes_are_sha256 CHECK (
        octet_length(order_audit_digest) = 32
        AND octet_length(audit_log_digest) = 32
        AND octet_length(head) = 32
    )
);

CREATE TRIGGER audit_seals_are_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'seals are append-only', 'Keep the head elsewhere and verify against it.'
);

COMMENT ON TABLE audit_seals IS 'Append-only: the hash chain over both audit tables.';
COMMENT ON COLUMN audit_seals.batch IS 'Place in the chain, from 1.';
COMMENT ON COLUMN audit_seals.order_audit_ids IS 'Rows of order_audit in this batch.';
COMMENT ON COLUMN audit_seals.order_audit_digest IS 'SHA-256 over those rows.';
COMMENT ON COLUMN audit_seals.audit_log_ids IS 'Rows of audit_log in this batch.';
COMMENT ON COLUMN audit_seals.audit_log_digest IS 'SHA-256 over those rows.';
COMMENT ON COLUMN audit_seals.head IS 'SHA-256 over the head before and this batch.';
COMMENT ON COLUMN audit_seals.snapshot IS 'What the batch could see; the next takes what is new.';
COMMENT ON COLUMN audit_seals.system_identifier IS
'The cluster the snapshot means something in; after a restore the next batch compares in full.';
COMMENT ON COLUMN audit_seals.sealed_at IS 'When.';
