-- What the variants of a style differ in, such as size and colour, and what each of them is. Both
-- are read by shoppers, so both are clean text, and short enough for an index.

CREATE FUNCTION are_options(p_options JSONB) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN jsonb_typeof(p_options) = 'object'
        THEN (
            SELECT
                count(*) <= 5
                AND coalesce(
                    bool_and(
                        jsonb_typeof(value) = 'string'
                        AND length(value #>> '{}') <= 50
                        AND value #>> '{}' IS NOT DISTINCT FROM clean_text(value #>> '{}')
                    ),
                    TRUE
                )
            FROM jsonb_each(p_options)
        )
    ELSE FALSE
END;
REVOKE EXECUTE ON FUNCTION are_options(JSONB) FROM PUBLIC;
COMMENT ON FUNCTION are_options(JSONB) IS
'Whether p_options is a JSON object of at most five members, each a text of 1 to 50 characters, as
clean_text() gives it. Raises nothing.';

CREATE FUNCTION are_option_names(p_names TEXT[]) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT
        count(*) >= 1 AND count(*) <= 5
        AND count(DISTINCT name) = count(*)
        AND array_ndims(p_names) = 1 AND array_lower(p_names, 1) = 1
        AND bool_and(length(name) <= 50 AND name IS NOT DISTINCT FROM clean_text(name))
    FROM unnest(p_names) AS name
);
REVOKE EXECUTE ON FUNCTION are_option_names(TEXT[]) FROM PUBLIC;
COMMENT ON FUNCTION are_option_names(TEXT[]) IS
'Whether p_names is a list of one to five names, none twice, each a text of 1 to 50 characters, as
clean_text() gives it. Raises nothing.';

CREATE DOMAIN options AS JSONB
CONSTRAINT options_are_up_to_five_short_clean_texts CHECK (value IS NULL OR are_options(value));
COMMENT ON DOMAIN options IS 'What a variant is: {"Size": "M", "Colour": "Red"}.';

CREATE DOMAIN option_names AS TEXT[]
CONSTRAINT option_names_are_one_to_five_distinct_short_clean_texts
CHECK (value IS NULL OR are_option_names(value));
COMMENT ON DOMAIN option_names IS 'What the variants of a style differ in: {Size,Colour}.';

REVOKE USAGE ON TYPE options, option_names FROM PUBLIC;
