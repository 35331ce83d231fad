-- Who changed what in the tables that have no ledger of their own. A partition a month, so that
-- retention drops whole months and never deletes a row.

CREATE TABLE audit_log (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    table_name TEXT NOT NULL,
    operation VARCHAR(10) NOT NULL,
    row_key JSONB,
    old_row JSONB,
    new_row JSONB,
    changed_by TEXT NOT NULL DEFAULT acting_role(),
    customer_id INT DEFAULT acting_customer(),
    changed_at INSTANT NOT NULL DEFAULT now(),
    transaction_id XID8 NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (id, changed_at),
    CONSTRAINT audit_log_rows_fit_the_operation CHECK (
        CASE operation
            WHEN 'INSERT' THEN num_nulls(row_key, new_row) = 0 AND old_row IS NULL
            WHEN 'UPDATE' THEN num_nulls(row_key, old_row, new_row) = 0
            WHEN 'DELETE' THEN num_nulls(row_key, old_row) = 0 AND new_row IS NULL
            WHEN 'TRUNCATE' THEN num_nonnulls(row_key, old_row, new_row) = 0
            ELSE FALSE
        END
    )
) PARTITION BY RANGE (changed_at);
CREATE INDEX audit_log_transaction_id_idx ON audit_log (transaction_id);  -- seals

CREATE TRIGGER audit_log_is_append_only
BEFORE UPDATE OR DELETE ON audit_log
FOR EACH ROW EXECUTE FUNCTION refuse_change(
    'the audit trail is append-only', 'Detach or drop a month that may go.'
);
CREATE TRIGGER audit_log_is_never_truncated
BEFORE TRUNCATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'the audit trail is append-only', 'Detach or drop a month that may go.'
);

COMMENT ON TABLE audit_log IS
'Append-only: row changes of the tables without a ledger of their own.';
COMMENT ON COLUMN audit_log.id IS 'Key, with changed_at; not the order of commits.';
COMMENT ON COLUMN audit_log.operation IS 'INSERT, UPDATE, DELETE or TRUNCATE.';
COMMENT ON COLUMN audit_log.row_key IS 'The row''s primary key; NULL for TRUNCATE.';
COMMENT ON COLUMN audit_log.old_row IS
'Before: on UPDATE the changed columns only. Personal data reads "[redacted]".';
COMMENT ON COLUMN audit_log.new_row IS
'After: on UPDATE the changed columns only. Personal data reads "[redacted]".';
COMMENT ON COLUMN audit_log.changed_by IS 'The role that did it.';
COMMENT ON COLUMN audit_log.customer_id IS 'Whom the session acted for; NULL = nobody.';
COMMENT ON COLUMN audit_log.changed_at IS 'When its transaction began; decides the partition.';
COMMENT ON COLUMN audit_log.transaction_id IS
'The transaction that wrote it; means nothing after a restore into another cluster.';
