-- A materialised view that was never filled, as after a schema-only restore, can be neither read
-- nor refreshed concurrently.

CREATE OR REPLACE FUNCTION _is_filled(p_view REGCLASS) RETURNS BOOLEAN
LANGUAGE sql STABLE
RETURN (SELECT pg_class.relispopulated FROM pg_class WHERE pg_class.oid = p_view);
REVOKE EXECUTE ON FUNCTION _is_filled(REGCLASS) FROM PUBLIC;
COMMENT ON FUNCTION _is_filled(REGCLASS) IS
'Whether the materialised view was ever filled. Internal.';
