-- What happened when: the calls could only say now. Triggers sleep meanwhile, since no ledger would
-- take it.

SET session_replication_role = 'replica';
UPDATE stock_adjustments SET created_at = '2025-02-01 10:00+09';
UPDATE price_history SET valid_from = '2025-02-01 09:00+09';
CREATE TEMPORARY TABLE placed (order_id INT, placed_at TIMESTAMPTZ) ON COMMIT DROP;
INSERT INTO placed VALUES
(1, '2025-03-10 10:00+09'),
(2, '2025-02-20 20:00+09'),
(3, '2025-03-12 12:00+09'),
(4, '2025-03-14 09:00+09'),
(5, '2025-03-15 23:30+09');
UPDATE orders SET
    created_at = placed_at,
    expires_at = placed_at + INTERVAL '30 minutes',
    paid_at = placed_at + CASE WHEN paid_at IS NOT NULL THEN INTERVAL '1 hour' END,
    cancelled_at = placed_at + CASE WHEN cancelled_at IS NOT NULL THEN INTERVAL '10 minutes' END
FROM placed WHERE orders.order_id = placed.order_id;
UPDATE unsettled_orders SET expires_at = placed_at + INTERVAL '30 minutes'
FROM placed WHERE unsettled_orders.order_id = placed.order_id AND expires_at IS NOT NULL;
UPDATE shipments SET
    shipped_at = placed_at + INTERVAL '1 day',
    delivered_at = placed_at + INTERVAL '3 days'
FROM placed WHERE shipments.order_id = placed.order_id;
UPDATE returns SET created_at = placed_at + INTERVAL '5 days'
FROM placed WHERE returns.order_id = placed.order_id;
UPDATE credits SET
    created_at = placed_at + CASE
        WHEN kind = 'cancellation' THEN INTERVAL '2 days'
        WHEN kind = 'return' THEN INTERVAL '5 days'
        WHEN credits.order_id = 1 THEN INTERVAL '6 days'
        ELSE INTERVAL '1 hour'
    END
FROM placed WHERE credits.order_id = placed.order_id;
UPDATE payments SET
    occurred_at = placed_at + CASE provider_reference
        WHEN 'jp1-r1' THEN INTERVAL '2 days'
        WHEN 'jp1-r2' THEN INTERVAL '6 days'
        ELSE INTERVAL '1 hour'
    END
FROM placed WHERE payments.order_id = placed.order_id;
UPDATE order_audit SET performed_at = placed_at
FROM placed WHERE order_audit.order_id = placed.order_id;
SET session_replication_role = 'origin';
