-- What is sold: one row is one sellable unit. A product is deactivated, never deleted, since old
-- orders still ship, cancel and return it.

CREATE TABLE products (
    product_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku CODE NOT NULL UNIQUE,
    name TITLE NOT NULL,
    description PROSE,
    category_id INT REFERENCES categories (category_id),
    tax_class TAX_CLASS_NAME NOT NULL DEFAULT 'standard' REFERENCES tax_classes (tax_class),
    price AMOUNT NOT NULL,
    cost AMOUNT,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    created_at INSTANT NOT NULL DEFAULT now(),
    style_id INT,
    options OPTIONS NOT NULL DEFAULT '{}',
    option_set JSONB NOT NULL GENERATED ALWAYS AS (
        jsonb_path_query_array(options, '$.keyvalue().key')
    ) STORED,
    search_vector TSVECTOR NOT NULL DEFAULT '',  -- its trigger says what it is
    CONSTRAINT products_sku_is_upper_case CHECK (sku = upper(sku)),
    CONSTRAINT products_sku_is_clean_code CHECK (sku = clean_code(sku)),
    CONSTRAINT products_have_options_within_a_style CHECK ((style_id IS NULL) = (options = '{}')),
    CONSTRAINT products_style_id_options_key UNIQUE (style_id, options),
    -- Exactly the options of a style there is: neither side can change without the other.
    CONSTRAINT products_have_the_options_of_their_style_fkey
    FOREIGN KEY (style_id, option_set) REFERENCES styles (style_id, option_set)
);
CREATE INDEX products_style_id_option_set_idx
ON products (style_id, option_set);  -- serves the foreign key
-- Serves the foreign key, and a page of a category in the order of its key.
CREATE INDEX products_category_id_product_id_idx ON products (category_id, product_id);
CREATE INDEX products_tax_class_idx ON products (tax_class);  -- serves the foreign key
-- Without a list of what is pending, which every search would read from end to end.
CREATE INDEX products_search_vector_idx ON products USING gin (search_vector)
WITH (fastupdate = FALSE);

CREATE TRIGGER products_are_never_deleted
BEFORE DELETE ON products
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'old orders still need their products', 'Set is_active to false instead.'
);

COMMENT ON TABLE products IS
'The catalogue; one row is one sellable unit, deactivated, never deleted.';
COMMENT ON COLUMN products.sku IS 'Stock keeping unit, upper-case, one product each.';
COMMENT ON COLUMN products.name IS 'The name shoppers see.';
COMMENT ON COLUMN products.description IS 'The text shoppers see; NULL where there is none.';
COMMENT ON COLUMN products.category_id IS 'NULL where the product is in no category.';
COMMENT ON COLUMN products.tax_class IS 'Which tax_rates apply.';
COMMENT ON COLUMN products.price IS
'Today''s regular price of a unit; price_history has the earlier ones, sale_prices the lower ones.';
COMMENT ON COLUMN products.cost IS 'What one unit costs the store; NULL = unknown.';
COMMENT ON COLUMN products.is_active IS
'Whether it can be ordered; an inactive one still ships, cancels and returns.';
COMMENT ON COLUMN products.created_at IS 'Since when it has been offered.';
COMMENT ON COLUMN products.style_id IS 'The style it is a variant of; NULL = none.';
COMMENT ON COLUMN products.options IS
'Its value for each of its style''s options: {"Size": "M"}; {} without a style.';
COMMENT ON COLUMN products.option_set IS 'The names of its options, as in styles.';
COMMENT ON COLUMN products.search_vector IS
'What search_products looks in: SKU, name, style, options and description in the store''s
search_language.';
