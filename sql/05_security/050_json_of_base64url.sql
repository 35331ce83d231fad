-- A part of a JSON Web Token: base64 with - and _ for + and /, and without its padding.

CREATE OR REPLACE FUNCTION json_of_base64url(p_part TEXT) RETURNS JSON
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN convert_from(
    decode(translate(p_part, '-_', '+/') || repeat('=', -length(p_part) & 3), 'base64'), 'UTF8'
)::JSON;
REVOKE EXECUTE ON FUNCTION json_of_base64url(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION json_of_base64url(TEXT) IS
'The JSON a part of a token holds. Internal. Raises 22023, 22021 or 22P02 where it holds none.';
