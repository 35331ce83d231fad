-- How a text is read before PostgreSQL's parser sees it, the same way for what is sold and for what
-- is looked for, so that accents, case, hyphens and alphabets do not come between the two.

CREATE OR REPLACE FUNCTION _folded(p_text TEXT) RETURNS TEXT
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN p_text ~ '^[\u0001-\u007f]*$' THEN lower(p_text)
    ELSE
        -- Marks go: Latin, Greek and Cyrillic accents, Hebrew and Arabic vowels. What has a stroke
        -- or is two letters in one is no letter with a mark, and is replaced; so are the letters
        -- and digits that Arabic, Persian and Urdu each write in their own way.
        normalize(
            translate(
                replace(replace(replace(replace(
                    lower(regexp_replace(
                        normalize(regexp_replace(
                            -- A trade mark is no letters, an apostrophe neither; 8½ is not 81/2.
                            translate(
                                p_text,
                                U&'\2122\2120\00AE\00A9\00D7\00B4\02B9\02BB\02BC\02BD\02BE\02BF',
                                '    x'''''''''''''''
                            ), '([\u00bc-\u00be\u2150-\u215e])', ' \1', 'g'
                        ), nfkd),
                        '[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0640'
                        '\u064b-\u065f\u0670]',
                        '', 'g'
                    )),
                    U&'\00DF', 'ss'
                ), U&'\00E6', 'ae'), U&'\0153', 'oe'), U&'\00FE', 'th'),
                U&'\00F8\0142\0111\00F0\0131\0127\0167\03C2\201C\201D\201E\00AB\00BB'
                '\0629\0649\06CC\06A9\06C1'
                '\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669'
                '\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9',
                U&'oldd\0069ht\03C3"""""\0647\064A\064A\0643\064701234567890123456789'
            ), nfc
        )
END;
REVOKE EXECUTE ON FUNCTION _folded(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _folded(TEXT) IS
'p_text in small letters without accents, as Unicode''s compatibility decomposition has it. Internal
to the search.';

-- Words apart by one blank. Letters and digits part too, so that "500ml" is "500 ml", and each sign
-- of a script without blanks stands alone, so that a word in it is found as a phrase. In PL/pgSQL,
-- these two: a product needs them ten times, and SQL would be planned anew each time before 18.
CREATE OR REPLACE FUNCTION _words_of(p_folded TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
SET standard_conforming_strings = on
AS $_words_of$
DECLARE
    v_text TEXT := regexp_replace(
        regexp_replace(
            p_folded,
            '[^0-9a-z\u00c0-\u1fff\u2c00-\u2dff\u3005-\u3007\u3040-\ud7ff\uf900-\ufdff'
            '\ufe70-\ufefe\U00010000-\U0001efff\U00020000-\U0003ffff]+|[\u00d7\u00f7]',
            ' ', 'g'
        ),
        '([0-9]+)', ' \1 ', 'g'
    );
BEGIN
    RETURN btrim(regexp_replace(
        CASE
            WHEN v_text ~ '[\u0e00-\U0003ffff]'
                THEN
                    regexp_replace(
                        v_text,
                        '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u9fff\ua960-\ud7ff'
                        '\uf900-\ufaff\U00020000-\U0003ffff])', ' \1 ', 'g'
                    )
            -- Longer than any word, and too long for an index.
            WHEN v_text ~ '\S{60}' THEN regexp_replace(v_text, '(\S{60})', '\1 ', 'g')
            ELSE v_text
        END, '\s+', ' ', 'g'
    ));
END;
$_words_of$;
REVOKE EXECUTE ON FUNCTION _words_of(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _words_of(TEXT) IS
'The words of p_folded, a blank between each two. Internal to the search.';

-- What people write with a hyphen, an apostrophe, as two words or as one: t-shirt, levi's, KT-7.
CREATE OR REPLACE FUNCTION _joined_words_of(p_folded TEXT) RETURNS TEXT
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT
SET standard_conforming_strings = on
AS $_joined_words_of$
BEGIN
    RETURN (
        SELECT coalesce(string_agg(replace(chunk.words, ' ', ''), ' '), '')
        FROM (
            SELECT _words_of(split.text) AS words
            FROM regexp_split_to_table(p_folded, '\s+') AS split (text)
            WHERE split.text !~ '^[("'']*[a-z]*[]).,;:!?"'']*$'  -- most words are just a word
        ) AS chunk
        WHERE
            chunk.words LIKE '% %'
            AND length(chunk.words) <= 60
            AND chunk.words !~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\U0003ffff]'
    );
END;
$_joined_words_of$;
REVOKE EXECUTE ON FUNCTION _joined_words_of(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _joined_words_of(TEXT) IS
'The chunks of p_folded between blanks that are several words, each written as one word. Internal to
the search.';

-- Muller is Müller to some and Mueller to others; a stemmer knows its language's accents.
CREATE OR REPLACE FUNCTION _spellings_of(p_text TEXT) RETURNS TEXT[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN p_text ~ '^[\u0001-\u007f]*$' THEN ARRAY[lower(p_text)]
    ELSE (
        WITH composed AS (SELECT lower(normalize(p_text, nfkc)) AS text)

        SELECT array_agg(spelling.text ORDER BY spelling.rank)
        FROM (
            SELECT
                said.text,
                min(said.rank) AS rank
            FROM composed
            CROSS JOIN
                LATERAL (
                    VALUES
                    (1, _folded(p_text)),
                    (2, _folded(
                        replace(replace(replace(replace(replace(
                            composed.text, U&'\00E4', 'ae'
                        ), U&'\00F6', 'oe'), U&'\00FC', 'ue'),
                        U&'\00F8', 'oe'), U&'\00E5', 'aa')
                    )),
                    (3, composed.text)
                ) AS said (rank, text)
            GROUP BY said.text
        ) AS spelling
    )
END;
REVOKE EXECUTE ON FUNCTION _spellings_of(TEXT) FROM PUBLIC;
COMMENT ON FUNCTION _spellings_of(TEXT) IS
'The ways p_text may be spelled, each once: folded first, with ae, oe, ue for umlauts, and as it
stands. Internal to the search.';
