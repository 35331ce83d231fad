-- Who buys. A guest is a row too: staff find a known e-mail and order for that row. A row is
-- never deleted once it has an order; erasing empties it and leaves the books whole.

CREATE TABLE customers (
    customer_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email EMAIL NOT NULL UNIQUE,
    first_name LABEL,
    last_name LABEL,
    phone PHONE,
    is_vip BOOLEAN NOT NULL DEFAULT FALSE,
    default_address_id INT,  -- of addresses, which follow
    created_at INSTANT NOT NULL DEFAULT now(),
    erased_at INSTANT,
    -- And nobody else may have an e-mail address that erasing will need.
    CONSTRAINT customers_erased_row_is_empty CHECK (
        CASE
            WHEN erased_at IS NULL THEN email NOT LIKE 'erased-%@erased.invalid'
            ELSE
                email = 'erased-' || customer_id::TEXT || '@erased.invalid'
                AND num_nonnulls(first_name, last_name, phone, default_address_id) = 0
        END
    )
);
CREATE INDEX customers_default_address_id_idx
ON customers (customer_id, default_address_id);  -- serves the foreign key
CREATE INDEX customers_erased_at_idx
ON customers (erased_at) WHERE erased_at IS NOT NULL;  -- lately erased

COMMENT ON TABLE customers IS
'Everyone who may order, guests included; erased ones stay as empty rows.';
COMMENT ON COLUMN customers.first_name IS 'NULL where not given or erased.';
COMMENT ON COLUMN customers.last_name IS 'NULL where not given or erased.';
COMMENT ON COLUMN customers.phone IS 'As given; NULL where not given or erased.';
COMMENT ON COLUMN customers.is_vip IS 'Set by staff.';
COMMENT ON COLUMN customers.default_address_id IS
'Where orders go that name no address; NULL = none. Gone with the address.';
COMMENT ON COLUMN customers.created_at IS 'When the customer was first known.';
COMMENT ON COLUMN customers.erased_at IS
'When the personal data was removed; such a customer can order no more.';
