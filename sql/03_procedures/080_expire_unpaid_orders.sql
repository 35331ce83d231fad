-- Lets go of what unpaid orders have held for too long. Orders that somebody is at work on are
-- skipped, so it waits for no order, and several may run at once; so is one that cannot be
-- cancelled, which integrity_violations tells.

CREATE OR REPLACE FUNCTION expire_unpaid_orders(p_limit INT DEFAULT 100) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $expire_unpaid_orders$
BEGIN
    PERFORM _require_limit(p_limit);
    RETURN (SELECT expired FROM _expire_orders(p_limit, INTERVAL '1 day'));
END;
$expire_unpaid_orders$;
REVOKE EXECUTE ON FUNCTION expire_unpaid_orders(INT) FROM PUBLIC;
COMMENT ON FUNCTION expire_unpaid_orders(INT) IS
'Cancels up to p_limit pending orders past their expires_at that have no money left on them, gives
their reservations and coupon uses back, and returns how many. An order that is locked is left for
the next call; of one whose books are broken a warning tells. Raises ST003 (limit below 1).';
