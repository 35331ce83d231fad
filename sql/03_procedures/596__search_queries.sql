-- What a shopper types, as a query over search vectors. It is put together of words that are
-- nothing but letters and digits, so that no text breaks its syntax.

CREATE OR REPLACE FUNCTION _term_query(
    p_text TEXT, p_language REGCONFIG, p_is_beginning BOOLEAN,
    OUT query TSQUERY, OUT is_dropped BOOLEAN
)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
SET standard_conforming_strings = on
AS $_term_query$
DECLARE
    v_spelling TEXT;
    v_words TEXT;
    v_stems TSQUERY;
    v_plain TSQUERY;
BEGIN
    is_dropped := TRUE;
    FOREACH v_spelling IN ARRAY _spellings_of(p_text) LOOP
        -- As words one after the other, and as one.
        FOREACH v_words IN ARRAY ARRAY[_words_of(v_spelling), _joined_words_of(v_spelling)] LOOP
            CONTINUE WHEN v_words = '';
            v_stems := phraseto_tsquery(p_language, v_words);
            is_dropped := is_dropped AND numnode(v_stems) = 0;
            v_plain := ('''' || replace(v_words, ' ', ''' <-> ''') || '''')::TSQUERY;
            -- One letter is a size and no beginning of a word.
            IF p_is_beginning AND numnode(v_stems) > 0 AND v_words ~ '\S\S$' THEN
                v_plain := (v_plain::TEXT || ':*')::TSQUERY;
            END IF;
            query := coalesce(query || v_plain, v_plain) || v_stems;
        END LOOP;
    END LOOP;
END;
$_term_query$;
REVOKE EXECUTE ON FUNCTION _term_query(TEXT, REGCONFIG, BOOLEAN) FROM PUBLIC;
COMMENT ON FUNCTION _term_query(TEXT, REGCONFIG, BOOLEAN) IS
'What finds p_text, a word or phrase, in each of its spellings, as it stands (where p_is_beginning,
also what begins with it) and by its stem; NULL of what is no word. is_dropped: the language says it
means nothing. Internal to the search.';

CREATE OR REPLACE FUNCTION _search_query(
    p_query TEXT, p_language REGCONFIG, OUT wanted TSQUERY, OUT ranked TSQUERY
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    -- More words than anybody types are cut off, as search engines do.
    WITH terms AS (
        SELECT
            part.number,
            part.match[1] = '-' AS is_kept_out,
            part.match[2] IS NOT NULL AS is_phrase,
            coalesce(part.match[2], part.match[3]) AS text
        FROM
            regexp_matches(
                translate(p_query, U&'\201C\201D\201E\00AB\00BB\FF02', '""""""'),
                '(?:^|\s)(-?)(?:"([^"]+)"?|(\S+))', 'g'
            ) WITH ORDINALITY AS part (match, number)
        WHERE _words_of(_folded(coalesce(part.match[2], part.match[3]))) <> ''
        ORDER BY part.number
        LIMIT 32
    ),

    -- A number may be a part of a SKU wherever it stands.
    read_terms AS (
        SELECT
            number,
            is_kept_out,
            text,
            NOT is_phrase AND NOT is_kept_out
            AND (number = max(number) OVER () OR text ~ '[0-9]' AND length(text) > 2)
                AS is_beginning,
            NOT is_phrase AND NOT is_kept_out
            AND lower(text) = 'or'
            AND number > min(number) OVER () AND number < max(number) OVER ()
                AS is_or
        FROM terms
    ),

    sided_terms AS (
        SELECT
            is_kept_out,
            text,
            is_beginning,
            is_or,
            count(*) FILTER (WHERE is_or) OVER (ORDER BY number) AS side
        FROM read_terms
    ),

    -- Words that mean nothing are looked for where there are no others: The Who.
    sides AS (
        SELECT
            string_agg(format('(%s)', found.query), ' & ')
            FILTER (WHERE NOT sided_terms.is_kept_out AND NOT found.is_dropped) AS wanted,
            string_agg(format('(%s)', found.query), ' & ')
            FILTER (WHERE NOT sided_terms.is_kept_out AND found.is_dropped) AS dropped,
            coalesce(
                string_agg(format(' & !(%s)', found.query), '')
                FILTER (WHERE sided_terms.is_kept_out), ''
            ) AS kept_out
        FROM sided_terms
        CROSS JOIN
            LATERAL
            _term_query(sided_terms.text, p_language, sided_terms.is_beginning) AS found
        WHERE NOT sided_terms.is_or
        GROUP BY sided_terms.side
    )

    SELECT
        string_agg(format('(%s%s)', coalesce(wanted, dropped), kept_out), ' | ')::TSQUERY
            AS wanted,
        concat_ws(
            ' | ', string_agg(format('(%s)', coalesce(wanted, dropped)), ' | '),
            string_agg('(' || dropped || ')', ' | ')
        )::TSQUERY AS ranked
    FROM sides
    WHERE coalesce(wanted, dropped) IS NOT NULL;
END;
REVOKE EXECUTE ON FUNCTION _search_query(TEXT, REGCONFIG) FROM PUBLIC;
COMMENT ON FUNCTION _search_query(TEXT, REGCONFIG) IS
'What p_query asks for: words, "a phrase", or, -not. wanted finds, ranked says how well, where words
that mean nothing count too; NULL where nothing is asked for, as where all is kept out. Internal to
the search.';
