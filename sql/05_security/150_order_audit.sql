-- Who sees the lives of orders: staff and auditors, and of what analysts are granted the analysts.
-- Customers are granted nothing here, and were they ever, no policy would show them a row.

ALTER TABLE order_audit ENABLE ROW LEVEL SECURITY;

CREATE POLICY order_audit_select_every ON order_audit
FOR SELECT TO shop_staff, shop_auditor, shop_analyst
USING (TRUE);
