-- JSON allows a member to stand twice, and readers differ in which one they believe. JSONB keeps
-- one of them, so that there are fewer names in it where one stood twice.

CREATE OR REPLACE FUNCTION json_names_are_distinct(p_object JSON) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT count(*) FROM json_object_keys(p_object))
= (SELECT count(*) FROM jsonb_object_keys(p_object::JSONB));
REVOKE EXECUTE ON FUNCTION json_names_are_distinct(JSON) FROM PUBLIC;
COMMENT ON FUNCTION json_names_are_distinct(JSON) IS
'Whether no member of the object stands in it twice. Internal. Raises 22023 for no object.';
