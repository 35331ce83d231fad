-- The life of every order, one row an event, and the feed other systems follow. transaction_id
-- tells a reader which rows its last look could not see yet: an id alone cannot, since a later
-- one may commit first.

-- As for orders: rules of a domain, which PostgreSQL reads once a session.
CREATE TYPE EVENT_FIGURES AS (
    action VARCHAR,
    details JSONB
);
COMMENT ON TYPE event_figures IS 'The columns of order_audit that have rules.';

CREATE DOMAIN sound_event AS EVENT_FIGURES
CONSTRAINT order_audit_action_is_known CHECK (
    (value).action IN (
        'placed', 'payment', 'paid', 'released', 'redirected', 'shipped', 'delivered',
        'items_cancelled', 'cancelled', 'expired', 'hold_changed', 'returned', 'allowance',
        'refund', 'chargeback', 'reversal', 'written_off', 'document', 'redated', 'parcel_redated',
        'erased'
    )
)
CONSTRAINT order_audit_details_are_an_object CHECK (jsonb_typeof((value).details) = 'object');
COMMENT ON DOMAIN sound_event IS 'What happened to an order, and how it is told.';
REVOKE USAGE ON TYPE event_figures, sound_event FROM PUBLIC;

CREATE TABLE order_audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id INT NOT NULL REFERENCES orders (order_id),
    action VARCHAR(50) NOT NULL,
    details JSONB NOT NULL DEFAULT '{}',
    performed_by TEXT NOT NULL DEFAULT acting_role(),
    customer_id INT DEFAULT acting_customer(),
    performed_at INSTANT NOT NULL DEFAULT now(),
    transaction_id XID8 NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT order_audit_is_sound CHECK ((action, details)::SOUND_EVENT IS DISTINCT FROM NULL)
);

-- Serves the foreign key, and who asks for what later transactions told of an order.
CREATE INDEX order_audit_order_id_idx ON order_audit (order_id, transaction_id);
CREATE INDEX order_audit_transaction_id_idx ON order_audit (transaction_id, id);  -- what is new
-- A day's events. By several stretches of time a block: a late row that finds room among old ones
-- would make one stretch of all the time between, and every day's events would be looked for there.
CREATE INDEX order_audit_performed_at_idx
ON order_audit USING brin (performed_at timestamptz_minmax_multi_ops (values_per_range = 8));

CREATE TRIGGER order_audit_is_append_only
BEFORE UPDATE OR DELETE ON order_audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'the audit trail is append-only', 'What happened, happened.'
);

COMMENT ON TABLE order_audit IS
'Append-only: every change in an order''s life; also the event feed. It outlives the erasure of a
customer, so details hold ids, amounts and codes, never words a person typed. Whoever loads orders
past the functions must write their rows here too, in the same transaction: daily_sales goes by
them.';
COMMENT ON COLUMN order_audit.id IS 'Not the order of commits.';
COMMENT ON COLUMN order_audit.performed_by IS 'The role that did it.';
COMMENT ON COLUMN order_audit.customer_id IS 'Whom the session acted for; NULL = nobody.';
COMMENT ON COLUMN order_audit.performed_at IS 'When its transaction began.';
COMMENT ON COLUMN order_audit.transaction_id IS
'The transaction that wrote it; means nothing after a restore into another cluster.';
