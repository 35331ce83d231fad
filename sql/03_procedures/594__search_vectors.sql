-- What of a product the search looks in. Weights: A what it is called, B what is said of it, D ends
-- of words, which are looked in as well but count least.

CREATE OR REPLACE FUNCTION _lexemes_of(
    p_text TEXT, p_language REGCONFIG, p_keeps_stop_words BOOLEAN
) RETURNS TSVECTOR
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $_lexemes_of$
DECLARE
    v_all TSVECTOR := ''::TSVECTOR;
    v_spelling TEXT;
    v_words TEXT;
    v_plain TSVECTOR;
BEGIN
    FOREACH v_spelling IN ARRAY _spellings_of(p_text) LOOP
        v_words := _words_of(v_spelling) || ' ' || _joined_words_of(v_spelling);
        v_plain := to_tsvector('simple', v_words);
        IF NOT p_keeps_stop_words THEN
            v_plain := ts_delete(v_plain, ARRAY(
                SELECT word FROM unnest(tsvector_to_array(v_plain)) AS word
                WHERE length(word) < 16 AND to_tsvector(p_language, word) = ''
            ));
        END IF;
        v_all := v_all || v_plain || to_tsvector(p_language, v_words);
    END LOOP;
    RETURN v_all;
END;
$_lexemes_of$;
REVOKE EXECUTE ON FUNCTION _lexemes_of(TEXT, REGCONFIG, BOOLEAN) FROM PUBLIC;
COMMENT ON FUNCTION _lexemes_of(TEXT, REGCONFIG, BOOLEAN) IS
'The words of p_text in each of their spellings, as they stand and by their stem; those the language
drops as they stand, or not at all. Internal to the search.';

-- A shopper types any part of a SKU, and the second half of a German word: an index finds what
-- begins with something, so it holds each end.
CREATE OR REPLACE FUNCTION _ends_of(p_sku TEXT, p_name TEXT, p_language REGCONFIG) RETURNS TSVECTOR
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
SET standard_conforming_strings = on
AS $_ends_of$
DECLARE
    v_sku TEXT := replace(_words_of(_folded(p_sku)), ' ', '');
    v_spelling TEXT;
    v_word TEXT;
    v_ends TEXT := '';
    v_words TEXT := '';
BEGIN
    IF v_sku <> '' THEN
        FOR v_start IN 1..greatest(length(v_sku) - 1, 1) LOOP
            v_ends := v_ends || ' ' || substr(v_sku, v_start);
        END LOOP;
    END IF;
    -- Half a word is a word of five letters or more, after three or more.
    FOREACH v_spelling IN ARRAY _spellings_of(p_name) LOOP
        CONTINUE WHEN v_spelling !~ '\S{8}';
        FOREACH v_word IN ARRAY string_to_array(_words_of(v_spelling), ' ') LOOP
            FOR v_start IN 4..length(v_word) - 4 LOOP
                v_words := v_words || ' ' || substr(v_word, v_start);
            END LOOP;
        END LOOP;
    END LOOP;
    -- With a position, since what has none has no weight.
    RETURN regexp_replace(v_ends || v_words, '\S+', '''\&'':1', 'g')::TSVECTOR
        || to_tsvector(p_language, v_words);
END;
$_ends_of$;
REVOKE EXECUTE ON FUNCTION _ends_of(TEXT, TEXT, REGCONFIG) FROM PUBLIC;
COMMENT ON FUNCTION _ends_of(TEXT, TEXT, REGCONFIG) IS
'Each end of p_sku, and of the long words of p_name. Internal to the search.';

-- A name as a whole, so that what is called as the shopper typed comes before all that is called
-- so among other words. No word begins with such a sign.
CREATE OR REPLACE FUNCTION _whole_name(p_name TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '=' || left(_words_of(_folded(p_name)), 255);
REVOKE EXECUTE ON FUNCTION _whole_name(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _whole_name(TEXT) IS
'The lexeme of a product called p_name and nothing else. Internal to the search.';

CREATE OR REPLACE FUNCTION _search_vector(
    p_sku TEXT, p_name TEXT, p_variant TEXT, p_description TEXT, p_language REGCONFIG
) RETURNS TSVECTOR
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
AS $_search_vector$
BEGIN
    RETURN setweight(_lexemes_of(concat_ws(' ', p_name, p_variant), p_language, TRUE), 'A')
        || setweight(_lexemes_of(p_sku, 'simple', TRUE), 'A')
        || setweight(coalesce(_lexemes_of(p_description, p_language, FALSE), ''), 'B')
        -- D: with no other weight
        || _ends_of(p_sku, concat_ws(' ', p_name, p_variant), p_language)
        || array_to_tsvector(ARRAY[_whole_name(p_name)]);
END;
$_search_vector$;
REVOKE EXECUTE ON FUNCTION _search_vector(TEXT, TEXT, TEXT, TEXT, REGCONFIG) FROM PUBLIC;
COMMENT ON FUNCTION _search_vector(TEXT, TEXT, TEXT, TEXT, REGCONFIG) IS
'What search_products() looks in, of a product of that SKU, name and description; p_variant is what
else it is called: its style''s name, and what it is of each option. Internal.';
