-- What may stand in a column, said once. A domain and not a CHECK a column: a new column cannot
-- forget the rule, and PostgreSQL reads it once a session instead of once a statement.

-- NUMERIC without a modifier, which would round before a CHECK could see what was given. The bound
-- keeps out NaN and Infinity, which are above every number.
CREATE DOMAIN amount AS NUMERIC
CONSTRAINT amount_has_at_most_two_decimals_and_twelve_digits
CHECK (value >= 0 AND value <= 9999999999.99 AND value = round(value, 2));
COMMENT ON DOMAIN amount IS
'Money in the store''s currency, never negative, never rounded in silence.';

CREATE DOMAIN share AS NUMERIC
CONSTRAINT share_is_below_one_with_at_most_five_digits
CHECK (value >= 0 AND value < 1 AND value = round(value, 5));
COMMENT ON DOMAIN share IS 'A tax rate: 0.2 is twenty per cent.';

-- Further out, and at infinity, the store's clock cannot be asked, and clients cannot read it.
CREATE DOMAIN instant AS TIMESTAMPTZ
CONSTRAINT instant_is_of_a_year_of_four_digits
CHECK (value >= '1000-01-01 00:00:00+00' AND value < '10000-01-01 00:00:00+00');
COMMENT ON DOMAIN instant IS
'A moment of the years 1000 to 9999; where a column may be NULL, that means never.';

-- ISO 4217, in use or lately so. Amounts have two decimals or none.
CREATE DOMAIN currency_code AS CHAR(3)
CONSTRAINT currency_code_is_iso_4217 CHECK (
    value ~ '^(A(ED|FN|LL|MD|NG|OA|RS|UD|WG|ZN)|B(AM|BD|DT|GN|HD|IF|MD|ND|OB|RL|SD|TN|WP|YN|ZD)'
    '|C(AD|DF|HF|LP|NY|OP|RC|UP|VE|ZK)|D(JF|KK|OP|ZD)|E(GP|RN|TB|UR)|F(JD|KP)'
    '|G(BP|EL|HS|IP|MD|NF|TQ|YD)|H(KD|NL|TG|UF)|I(DR|LS|NR|QD|RR|SK)|J(MD|OD|PY)'
    '|K(ES|GS|HR|MF|PW|RW|WD|YD|ZT)|L(AK|BP|KR|RD|SL|YD)'
    '|M(AD|DL|GA|KD|MK|NT|OP|RU|UR|VR|WK|XN|YR|ZN)|N(AD|GN|IO|OK|PR|ZD)|OMR'
    '|P(AB|EN|GK|HP|KR|LN|YG)|QAR|R(ON|SD|UB|WF)|S(AR|BD|CR|DG|EK|GD|HP|LE|OS|RD|SP|TN|VC|YP|ZL)'
    '|T(HB|JS|MT|ND|OP|RY|TD|WD|ZS)|U(AH|GX|SD|YU|ZS)|V(ED|ES|ND|UV)|WST|X(AF|CD|CG|OF|PF)|YER'
    '|Z(AR|MW|WG))$'
)
CONSTRAINT currency_code_has_two_decimals_or_none
CHECK (value NOT IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'));
COMMENT ON DOMAIN currency_code IS
'ISO 4217; currencies of three decimals (dinars and the rial of Oman) are refused.';

CREATE DOMAIN country_code AS CHAR(2)
CONSTRAINT country_code_is_two_capital_letters CHECK (value ~ '^[A-Z]{2}$');
COMMENT ON DOMAIN country_code IS 'ISO 3166-1 alpha-2; the table countries says which there are.';

CREATE DOMAIN region_code AS VARCHAR(3)
CONSTRAINT region_code_is_capital_letters_or_digits CHECK (value ~ '^[A-Z0-9]{0,3}$');
COMMENT ON DOMAIN region_code IS
'ISO 3166-2 without the country: NY, QC; empty where the whole country is meant.';

-- Texts that people type, by what they are for. VARCHAR cuts trailing blanks beyond its length
-- before the CHECK sees them; what is stored is clean all the same.
CREATE DOMAIN label AS VARCHAR(100)
CONSTRAINT label_is_clean_text CHECK (value IS NOT DISTINCT FROM clean_text(value));
COMMENT ON DOMAIN label IS 'A name or a line of an address, as clean_text() gives it.';

CREATE DOMAIN title AS VARCHAR(200)
CONSTRAINT title_is_clean_text CHECK (value IS NOT DISTINCT FROM clean_text(value));
COMMENT ON DOMAIN title IS 'The name of a product, as clean_text() gives it.';

CREATE DOMAIN code AS VARCHAR(50)
CONSTRAINT code_is_clean_text CHECK (value IS NOT DISTINCT FROM clean_text(value));
COMMENT ON DOMAIN code IS 'A word to find things by, as clean_text() gives it.';

CREATE DOMAIN tax_class_name AS VARCHAR(20)
CONSTRAINT tax_class_name_is_clean_text CHECK (value IS NOT DISTINCT FROM clean_text(value));
COMMENT ON DOMAIN tax_class_name IS 'The name of a tax class, as clean_text() gives it.';

CREATE DOMAIN reference AS VARCHAR(255)
CONSTRAINT reference_is_clean_text CHECK (value IS NOT DISTINCT FROM clean_text(value));
COMMENT ON DOMAIN reference IS 'Somebody else''s name for a thing, as clean_text() gives it.';

CREATE DOMAIN email AS VARCHAR(255)
CONSTRAINT email_is_clean_text CHECK (value IS NOT DISTINCT FROM clean_text(value))
CONSTRAINT email_is_lower_case CHECK (value = lower(value))
CONSTRAINT email_is_one_address CHECK (is_email(value));
COMMENT ON DOMAIN email IS 'An e-mail address in lower case, so that one mailbox has one spelling.';

CREATE DOMAIN phone AS VARCHAR(40)
CONSTRAINT phone_is_clean_text CHECK (value IS NOT DISTINCT FROM clean_text(value));
COMMENT ON DOMAIN phone IS 'A telephone number as it was given, as clean_text() gives it.';

CREATE DOMAIN reason AS TEXT
CONSTRAINT reason_is_clean_lines CHECK (value IS NOT DISTINCT FROM clean_lines(value))
CONSTRAINT reason_is_at_most_1000_characters CHECK (length(value) <= 1000);
COMMENT ON DOMAIN reason IS
'Why somebody did what they did, in their own words, which may name a person.';

CREATE DOMAIN prose AS TEXT
CONSTRAINT prose_is_clean_lines CHECK (value IS NOT DISTINCT FROM clean_lines(value))
CONSTRAINT prose_is_at_most_20000_characters CHECK (length(value) <= 20000);
COMMENT ON DOMAIN prose IS 'A description, as clean_lines() gives it.';

CREATE DOMAIN address_snapshot AS JSONB
CONSTRAINT address_snapshot_is_whole CHECK (
    value ?& ARRAY[
        'recipient', 'company', 'vat_id', 'line1', 'line2', 'city', 'region', 'region_code',
        'postal_code', 'country_code'
    ]
    AND value - ARRAY[
        'recipient', 'company', 'vat_id', 'line1', 'line2', 'city', 'region', 'region_code',
        'postal_code', 'country_code'
    ] = '{}'
    -- Strict: lax would look into an array, at what is in it.
    AND NOT value @? 'strict $.* ? (@.type() != "string" && @.type() != "null")'
)
-- A document asks for its buyer's name, and one that has none would keep all others waiting.
CONSTRAINT address_snapshot_has_what_addresses_must_have CHECK (
    value IS NULL OR num_nulls(
        value ->> 'recipient', value ->> 'line1', value ->> 'city', value ->> 'country_code'
    ) = 0
);
COMMENT ON DOMAIN address_snapshot IS 'A row of addresses as it was, by its columns'' names.';

CREATE DOMAIN postal_address AS JSONB
CONSTRAINT postal_address_has_at_most_1000_characters CHECK (length(value::TEXT) <= 1000)
CONSTRAINT postal_address_says_where CHECK (
    value ?& ARRAY['line1', 'city', 'country_code']
    AND value - ARRAY['line1', 'line2', 'city', 'region', 'postal_code', 'country_code'] = '{}'
    AND (
        value IS NULL
        OR num_nulls(value ->> 'line1', value ->> 'city', value ->> 'country_code') = 0
    )
    AND value ->> 'country_code' ~ '^[A-Z]{2}$'
)
CONSTRAINT postal_address_is_clean_text CHECK (
    NOT value @? 'strict $.* ? (@.type() != "string" && @.type() != "null")'
    AND value ->> 'line1' IS NOT DISTINCT FROM clean_text(value ->> 'line1')
    AND value ->> 'line2' IS NOT DISTINCT FROM clean_text(value ->> 'line2')
    AND value ->> 'city' IS NOT DISTINCT FROM clean_text(value ->> 'city')
    AND value ->> 'region' IS NOT DISTINCT FROM clean_text(value ->> 'region')
    AND value ->> 'postal_code' IS NOT DISTINCT FROM clean_text(value ->> 'postal_code')
);
COMMENT ON DOMAIN postal_address IS
'An address nobody logs in with: line1, city and country_code, and where they are known line2,
region and postal_code.';

REVOKE USAGE ON TYPE
amount, share, instant, currency_code, country_code, region_code, label, title, code,
tax_class_name, reference, email, phone, reason, prose, address_snapshot,
postal_address
FROM PUBLIC;
