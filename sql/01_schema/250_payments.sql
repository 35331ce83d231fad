-- Money that came or went, as the providers told us. A provider's reference is one payment,
-- however often its webhook is delivered.

CREATE TABLE payments (
    payment_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id INT NOT NULL REFERENCES orders (order_id),
    kind VARCHAR(10) NOT NULL,
    amount NUMERIC(12, 2) NOT NULL,
    provider VARCHAR(50) NOT NULL,
    provider_reference VARCHAR(255) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (provider, provider_reference),
    CONSTRAINT payments_kind_is_known CHECK (kind IN ('charge', 'refund', 'chargeback')),
    CONSTRAINT payments_amount_is_positive CHECK (amount > 0 AND amount <> 'NaN'),
    CONSTRAINT payments_provider_is_not_empty CHECK (provider <> ''),
    CONSTRAINT payments_provider_reference_is_not_empty CHECK (provider_reference <> '')
);
CREATE INDEX payments_order_id_idx ON payments (order_id);  -- serves the foreign key
CREATE INDEX payments_given_back_idx ON payments (created_at)  -- a month's refunds
WHERE kind <> 'charge';  -- so that no charge pays for it

CREATE TRIGGER payments_are_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON payments
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'payments are append-only', 'Record a refund or another charge instead.'
);

COMMENT ON TABLE payments IS 'Append-only: charges, refunds and chargebacks.';
COMMENT ON COLUMN payments.payment_id IS 'Key.';
COMMENT ON COLUMN payments.order_id IS 'What it pays or gives back.';
COMMENT ON COLUMN payments.kind IS
'charge (money came), refund (we gave it back), chargeback (the bank took it back).';
COMMENT ON COLUMN payments.amount IS 'Always positive; kind says which way.';
COMMENT ON COLUMN payments.provider IS 'Who moved the money.';
COMMENT ON COLUMN payments.provider_reference IS 'The provider''s own id of it; once a provider.';
COMMENT ON COLUMN payments.created_at IS 'When it was recorded; reports date refunds by this.';
