-- Which days' sales changed since the materialised reports were refreshed. Insert-only and
-- keyless, so that no writer ever waits for another or for a refresh.

CREATE TABLE sales_touched (
    sold_at INSTANT NOT NULL,
    transaction_id XID8 NOT NULL DEFAULT pg_current_xact_id()
);
-- A refresh deletes here; without a key a publication of all tables would refuse that.
ALTER TABLE sales_touched REPLICA IDENTITY FULL;

CREATE TRIGGER sales_touched_is_never_truncated
BEFORE TRUNCATE ON sales_touched
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'days would be lost to daily_sales', 'Call refresh_reports() instead.'
);

COMMENT ON TABLE sales_touched IS 'Instants whose day changed since the last refresh_reports().';
COMMENT ON COLUMN sales_touched.sold_at IS 'orders.created_at, before or after the change.';
COMMENT ON COLUMN sales_touched.transaction_id IS
'Who changed it: the day is computed live until a refresh has seen that transaction.';
