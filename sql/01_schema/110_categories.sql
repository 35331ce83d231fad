-- The catalogue's tree. A root has no parent; siblings, roots among them, have distinct names, so
-- that a path of names leads to one category.

CREATE TABLE categories (
    category_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name LABEL NOT NULL,
    parent_id INT REFERENCES categories (category_id),
    -- Leads with parent_id and so serves the foreign key too.
    CONSTRAINT categories_parent_id_name_key UNIQUE NULLS NOT DISTINCT (parent_id, name),
    CONSTRAINT categories_name_holds_no_path CHECK (name || ' ' NOT LIKE '% > %'),
    CONSTRAINT categories_parent_is_another_category CHECK (parent_id <> category_id)
);

COMMENT ON TABLE categories IS 'A tree of product groups.';
COMMENT ON COLUMN categories.name IS
'Distinct among the children of one parent, and among the roots.';
COMMENT ON COLUMN categories.parent_id IS 'NULL for a root.';
