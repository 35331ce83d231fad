-- A charge each, and what was given back.

INSERT INTO payments (
    payment_id, order_id, kind, amount, provider, provider_reference, occurred_at, created_at
)
OVERRIDING SYSTEM VALUE
SELECT
    key AS payment_id,
    order_id,
    'charge' AS kind,
    total AS amount,
    'stripe' AS provider,
    'ch_' || left(md5(order_id::TEXT), 24) AS provider_reference,
    created_at + INTERVAL '5 minutes' AS occurred_at,
    created_at + INTERVAL '5 minutes' AS created_at
FROM priced
WHERE status NOT IN ('cancelled', 'pending')
UNION ALL
SELECT
    credit_key AS payment_id,
    order_id,
    'refund' AS kind,
    credited_amount AS amount,
    'stripe' AS provider,
    're_' || left(md5(order_id::TEXT), 24) AS provider_reference,
    created_at + INTERVAL '10 days 1 hour' AS occurred_at,
    created_at + INTERVAL '10 days 1 hour' AS created_at
FROM priced
WHERE credit_kind IS NOT NULL AND is_refunded
ORDER BY occurred_at;
