-- Which days' sales changed since the materialised reports were refreshed. Insert-only and
-- keyless, so that no writer ever waits for another or for a refresh.

CREATE TABLE sales_touched (
    sold_at TIMESTAMPTZ NOT NULL,
    transaction_id XID8 NOT NULL DEFAULT pg_current_xact_id()
);
-- A refresh deletes here; without a key a publication of all tables would refuse that.
ALTER TABLE sales_touched REPLICA IDENTITY FULL;

CREATE TRIGGER sales_touched_is_never_truncated
BEFORE TRUNCATE ON sales_touched
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'days would be lost to daily_sales', 'Call refresh_reports() instead.'
);

CREATE FUNCTION note_touched_sale() RETURNS TRIGGER
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $note_touched_sale$
BEGIN
    IF tg_op = 'UPDATE' AND old.created_at IS DISTINCT FROM new.created_at THEN
        INSERT INTO sales_touched (sold_at) VALUES (old.created_at);
    END IF;
    INSERT INTO sales_touched (sold_at) VALUES (new.created_at);
    RETURN NULL;
END;
$note_touched_sale$;
REVOKE EXECUTE ON FUNCTION note_touched_sale() FROM PUBLIC;
COMMENT ON FUNCTION note_touched_sale() IS
'Trigger: notes the instants, old and new, whose day''s sales an order changes.';

CREATE TRIGGER orders_new_sale_is_noted
AFTER INSERT ON orders
FOR EACH ROW EXECUTE FUNCTION note_touched_sale();

-- All else the daily figures read (total, customer) never changes.
CREATE TRIGGER orders_changed_sale_is_noted
AFTER UPDATE ON orders
FOR EACH ROW WHEN (
    old.created_at IS DISTINCT FROM new.created_at
    OR (old.status = 'cancelled') <> (new.status = 'cancelled')
)
EXECUTE FUNCTION note_touched_sale();

COMMENT ON TABLE sales_touched IS 'Instants whose day changed since the last refresh_reports().';
COMMENT ON COLUMN sales_touched.sold_at IS 'orders.created_at, before or after the change.';
COMMENT ON COLUMN sales_touched.transaction_id IS
'Who changed it: the day is computed live until a refresh has seen that transaction.';
