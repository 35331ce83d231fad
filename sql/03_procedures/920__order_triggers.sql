-- Which guards orders have. Their counters and amounts cost nothing.

CREATE OR REPLACE TRIGGER orders_follow_transitions
BEFORE UPDATE OF status ON orders
FOR EACH ROW WHEN (old.status IS DISTINCT FROM new.status)
EXECUTE FUNCTION _refuse_illegal_transition();

CREATE OR REPLACE TRIGGER orders_destination_is_final
BEFORE UPDATE OF ship_to, bill_to, ship_to_country, ship_to_region ON orders
FOR EACH ROW WHEN (
    (old.ship_to_country, old.ship_to_region)
    IS DISTINCT FROM (new.ship_to_country, new.ship_to_region)
    OR (new.ship_to IS NOT NULL AND old.ship_to IS DISTINCT FROM new.ship_to)
    OR (new.bill_to IS NOT NULL AND old.bill_to IS DISTINCT FROM new.bill_to)
)
EXECUTE FUNCTION _refuse_late_redirection();

CREATE OR REPLACE TRIGGER orders_words_are_final
BEFORE UPDATE OF idempotency_key, cancel_reason, release_reason, write_off_reason ON orders
FOR EACH ROW WHEN (
    old.idempotency_key <> new.idempotency_key
    OR old.cancel_reason <> new.cancel_reason
    OR old.release_reason <> new.release_reason
    OR old.write_off_reason <> new.write_off_reason
)
EXECUTE FUNCTION refuse_change(
    'an order keeps its key and reasons', 'Leave them, or set them to NULL to erase them.'
);

CREATE OR REPLACE TRIGGER orders_stay_released_and_written_off
BEFORE UPDATE OF released_at, written_off_at ON orders
FOR EACH ROW WHEN (
    (old.released_at IS NOT NULL AND old.released_at IS DISTINCT FROM new.released_at)
    OR (old.written_off_at IS NOT NULL AND old.written_off_at IS DISTINCT FROM new.written_off_at)
)
EXECUTE FUNCTION refuse_change(
    'what was released or written off stays so', 'A later charge needs nothing undone.'
);

CREATE OR REPLACE TRIGGER orders_are_redated_while_nobody_issues
BEFORE UPDATE OF created_at ON orders
FOR EACH STATEMENT EXECUTE FUNCTION _wait_for_issuers();

CREATE OR REPLACE TRIGGER orders_with_documents_keep_their_date
BEFORE UPDATE OF created_at ON orders
FOR EACH ROW WHEN (old.created_at IS DISTINCT FROM new.created_at)
EXECUTE FUNCTION _refuse_redating_documented();

CREATE OR REPLACE TRIGGER orders_redating_is_told
AFTER UPDATE OF created_at ON orders
FOR EACH ROW WHEN (old.created_at IS DISTINCT FROM new.created_at)
EXECUTE FUNCTION _tell_redating();

-- deliver_order() dates what had no date, and tells that itself.
CREATE OR REPLACE TRIGGER shipments_redating_is_told
AFTER UPDATE OF shipped_at, delivered_at ON shipments
FOR EACH ROW WHEN (
    old.shipped_at IS DISTINCT FROM new.shipped_at
    OR (old.delivered_at IS NOT NULL AND old.delivered_at IS DISTINCT FROM new.delivered_at)
)
EXECUTE FUNCTION _tell_parcel_redating();

CREATE OR REPLACE TRIGGER orders_are_unsettled_at_first
AFTER INSERT ON orders
FOR EACH ROW EXECUTE FUNCTION _follow_unsettled_orders();

CREATE OR REPLACE TRIGGER orders_are_settled_in_time
AFTER UPDATE ON orders
FOR EACH ROW WHEN (
    (
        old.status = 'pending', old.status IN ('pending', 'paid', 'shipped'), old.expires_at,
        sign(old.balance)
    ) IS DISTINCT FROM (
        new.status = 'pending', new.status IN ('pending', 'paid', 'shipped'), new.expires_at,
        sign(new.balance)
    )
)
EXECUTE FUNCTION _follow_unsettled_orders();

CREATE OR REPLACE TRIGGER orders_keep_no_words_about_the_erased
BEFORE UPDATE OF write_off_reason ON orders
FOR EACH ROW WHEN (new.write_off_reason IS NOT NULL)
EXECUTE FUNCTION _forget_reason_of_erased('write_off_reason');

CREATE OR REPLACE TRIGGER payments_keep_no_words_about_the_erased
BEFORE INSERT ON payments
FOR EACH ROW WHEN (new.reason IS NOT NULL)
EXECUTE FUNCTION _forget_reason_of_erased('reason');

CREATE OR REPLACE TRIGGER returns_keep_no_words_about_the_erased
BEFORE INSERT ON returns
FOR EACH ROW WHEN (new.reason IS NOT NULL)
EXECUTE FUNCTION _forget_reason_of_erased('reason');

CREATE OR REPLACE TRIGGER credits_keep_no_words_about_the_erased
BEFORE INSERT ON credits
FOR EACH ROW WHEN (new.reason IS NOT NULL)
EXECUTE FUNCTION _forget_reason_of_erased('reason');
