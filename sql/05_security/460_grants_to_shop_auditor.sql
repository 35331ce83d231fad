-- What auditors may do: read who changed what, and check that nobody changed that.

GRANT SELECT ON order_audit, audit_log TO shop_auditor;
GRANT EXECUTE ON FUNCTION verify_audit(TEXT), verify_manifest(JSONB) TO shop_auditor;
