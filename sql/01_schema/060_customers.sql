-- Who buys. A guest is a row too: staff find a known e-mail and order for that row. A row is
-- never deleted once it has an order; erasing empties it and leaves the books whole.

CREATE TABLE customers (
    customer_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email VARCHAR(255) NOT NULL UNIQUE,
    first_name VARCHAR(50),
    last_name VARCHAR(50),
    phone VARCHAR(20),
    is_vip BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    erased_at TIMESTAMPTZ,
    CONSTRAINT customers_email_is_lower_case CHECK (email = lower(email)),
    CONSTRAINT customers_email_has_two_parts CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    -- What is not known is NULL, and has no second spelling.
    CONSTRAINT customers_names_and_phone_are_not_empty
    CHECK (first_name <> '' AND last_name <> '' AND phone <> ''),
    -- Also keeps the living off the addresses erasing needs.
    CONSTRAINT customers_erased_row_is_empty CHECK (
        CASE
            WHEN erased_at IS NULL THEN email NOT LIKE 'erased-%@erased.invalid'
            ELSE
                email = 'erased-' || customer_id::TEXT || '@erased.invalid'
                AND num_nonnulls(first_name, last_name, phone) = 0
        END
    )
);

COMMENT ON TABLE customers IS
'Everyone who may order, guests included; erased ones stay as empty rows.';
COMMENT ON COLUMN customers.customer_id IS 'Key.';
COMMENT ON COLUMN customers.email IS 'Lower-case; one row an address.';
COMMENT ON COLUMN customers.first_name IS 'NULL where not given or erased.';
COMMENT ON COLUMN customers.last_name IS 'NULL where not given or erased.';
COMMENT ON COLUMN customers.phone IS 'As given; NULL where not given or erased.';
COMMENT ON COLUMN customers.is_vip IS 'Set by staff.';
COMMENT ON COLUMN customers.created_at IS 'When the customer was first known.';
COMMENT ON COLUMN customers.erased_at IS
'When the personal data was removed; such a customer can order no more.';
