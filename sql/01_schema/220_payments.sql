-- Money that came or went, as the providers told us. A provider's reference is one payment,
-- however often its webhook is delivered. Money never changes what an order is worth.

CREATE TABLE payments (
    payment_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id INT NOT NULL REFERENCES orders (order_id),
    kind VARCHAR(20) NOT NULL,
    amount AMOUNT NOT NULL,
    provider CODE NOT NULL,
    provider_reference REFERENCE,
    of_payment_id BIGINT REFERENCES payments (payment_id),
    reason REASON,
    occurred_at INSTANT NOT NULL DEFAULT now(),
    created_at INSTANT NOT NULL DEFAULT clock_timestamp(),  -- after what occurred
    UNIQUE (provider, provider_reference),
    -- Leads with of_payment_id and so serves the foreign key too.
    UNIQUE (of_payment_id, kind),
    CONSTRAINT payments_kind_is_known
    CHECK (kind IN ('charge', 'refund', 'chargeback', 'reversal')),
    CONSTRAINT payments_amount_is_positive CHECK (amount > 0),
    CONSTRAINT payments_provider_is_lower_case CHECK (provider = lower(provider)),
    CONSTRAINT payments_are_the_provider_s_or_of_another_payment
    CHECK (num_nonnulls(provider_reference, of_payment_id) = 1),
    CONSTRAINT payments_of_another_are_reversals_and_their_charges CHECK (
        CASE kind
            WHEN 'reversal' THEN of_payment_id IS NOT NULL
            WHEN 'charge' THEN TRUE
            ELSE of_payment_id IS NULL
        END
    ),
    CONSTRAINT payments_occurred_before_they_were_recorded CHECK (occurred_at <= created_at)
);
CREATE INDEX payments_order_id_idx ON payments (order_id);  -- serves the foreign key
CREATE INDEX payments_occurred_at_idx ON payments (occurred_at);  -- a day's payments

CREATE TRIGGER payments_are_append_only
BEFORE UPDATE OF
order_id, kind, amount, provider, provider_reference, of_payment_id, occurred_at, created_at
OR DELETE ON payments
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'payments are append-only', 'Record a refund or another charge instead.'
);
CREATE TRIGGER payments_are_final
AFTER UPDATE ON payments
FOR EACH ROW EXECUTE FUNCTION refuse_all_but_emptying(
    'payments are append-only', 'Record a refund or another charge instead.', 'reason'
);

COMMENT ON TABLE payments IS 'Append-only: charges, refunds, chargebacks and reversals.';
COMMENT ON COLUMN payments.kind IS
'charge (money came), refund (we gave it back), chargeback (the bank took it back), reversal (a
charge that was booked on the wrong order).';
COMMENT ON COLUMN payments.amount IS 'Always positive; kind says which way.';
COMMENT ON COLUMN payments.provider IS 'Who moved the money, lower-case.';
COMMENT ON COLUMN payments.provider_reference IS
'The provider''s own id for it, unique to it; NULL where money only moved between orders.';
COMMENT ON COLUMN payments.of_payment_id IS
'On a reversal the charge it takes back; on the charge booked elsewhere instead, the same one.';
COMMENT ON COLUMN payments.reason IS 'NULL = not said, or erased.';
COMMENT ON COLUMN payments.occurred_at IS 'When it happened, by the provider''s account.';
