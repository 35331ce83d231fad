-- Seals make tampering show: each batch of audit rows, and of the money, credits and documents they
-- tell of, is hashed, each hash chained to the one before. Whoever rewrites history, the owner
-- included, must rewrite every later head, and a head kept elsewhere then no longer fits.

CREATE TABLE audit_seals (
    batch BIGINT PRIMARY KEY,
    order_audit_ids INT8MULTIRANGE NOT NULL,
    audit_log_ids INT8MULTIRANGE NOT NULL,
    digests JSONB NOT NULL,
    snapshot PG_SNAPSHOT NOT NULL,
    system_identifier BIGINT NOT NULL,
    sealed_at INSTANT NOT NULL,
    head BYTEA NOT NULL,
    CONSTRAINT audit_seals_batch_is_positive CHECK (batch > 0),
    CONSTRAINT audit_seals_digests_are_an_object CHECK (jsonb_typeof(digests) = 'object'),
    CONSTRAINT audit_seals_head_is_sha256 CHECK (octet_length(head) = 32)
);
-- Find the seals that may hold rows found new, so that none is sealed twice.
CREATE INDEX audit_seals_order_audit_ids_idx ON audit_seals USING gist (order_audit_ids);
CREATE INDEX audit_seals_audit_log_ids_idx ON audit_seals USING gist (audit_log_ids);

CREATE TRIGGER audit_seals_are_append_only
BEFORE UPDATE OR DELETE ON audit_seals
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'seals are append-only', 'Keep the head elsewhere and verify against it.'
);

COMMENT ON TABLE audit_seals IS
'Append-only: the hash chain over both audit tables, payments, credits and documents.';
COMMENT ON COLUMN audit_seals.batch IS 'Place in the chain, from 1.';
COMMENT ON COLUMN audit_seals.order_audit_ids IS
'Rows of order_audit in this batch; the payments, credits and documents they tell of are in it.';
COMMENT ON COLUMN audit_seals.audit_log_ids IS 'Rows of audit_log in this batch.';
COMMENT ON COLUMN audit_seals.digests IS
'SHA-256 over those rows, in hexadecimal, a table and of audit_log a month, which retention drops
as a whole: {"order_audit": ..., "payments": ..., "credits": ..., "audit_log 2026-11": ...}.';
COMMENT ON COLUMN audit_seals.snapshot IS
'Which transactions the batch has seen, its own not among them; the next takes what is new.';
COMMENT ON COLUMN audit_seals.system_identifier IS
'The cluster the snapshot means something in; after a restore the next batch compares in full.';
COMMENT ON COLUMN audit_seals.head IS
'SHA-256 over the head before and all of the above: the one thing to keep elsewhere.';
