-- Who sees the lives of orders: staff and auditors, and analysts in the columns they are granted.
-- Customers are granted nothing here; even if they were, no policy would show them a row.

ALTER TABLE order_audit ENABLE ROW LEVEL SECURITY;

CREATE POLICY order_audit_select_every ON order_audit
FOR SELECT TO shop_staff, shop_auditor, shop_analyst
USING (TRUE);
