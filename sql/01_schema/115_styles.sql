-- A product that comes in variants: a shirt in sizes and colours. It has what they share and says
-- what they differ in; what is priced, stocked and sold are the variants, which are products.

CREATE TABLE styles (
    style_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TITLE NOT NULL,
    description PROSE,
    category_id INT REFERENCES categories (category_id),
    option_names OPTION_NAMES NOT NULL,
    -- The names in the order JSONB keeps them in, as products write them too.
    option_set JSONB NOT NULL GENERATED ALWAYS AS (
        jsonb_path_query_array(jsonb_object(option_names, option_names), '$.keyvalue().key')
    ) STORED,
    -- Products refer to this key, so that their options are exactly these.
    CONSTRAINT styles_style_id_option_set_key UNIQUE (style_id, option_set)
);
-- Serves the foreign key, and a page of a category in the order of its key.
CREATE INDEX styles_category_id_style_id_idx ON styles (category_id, style_id);

COMMENT ON TABLE styles IS 'Products that come in variants; each variant is a row of products.';
COMMENT ON COLUMN styles.name IS 'The name shoppers see above its variants.';
COMMENT ON COLUMN styles.description IS 'The text shoppers see; NULL where there is none.';
COMMENT ON COLUMN styles.category_id IS
'Where the style is found; its products may have their own. NULL where it is in none.';
COMMENT ON COLUMN styles.option_names IS
'What its products differ in, in the order a shopper chooses; fixed once it has products.';
COMMENT ON COLUMN styles.option_set IS 'The same names in JSONB''s own order, as in products.';
