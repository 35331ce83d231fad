-- What order numbers are made with. A row of its own and not a setting: it is never read but by the
-- functions that number, and never changes, since numbers customers hold depend on it.

CREATE TABLE order_number_key (
    is_only_row BOOLEAN NOT NULL DEFAULT TRUE PRIMARY KEY,
    key BYTEA NOT NULL,
    CONSTRAINT order_number_key_has_one_row CHECK (is_only_row),
    CONSTRAINT order_number_key_has_32_bytes CHECK (octet_length(key) = 32)
);
-- Two random UUIDs hold 244 bits of the server's strong generator.
INSERT INTO order_number_key (key)
VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

CREATE TRIGGER order_number_key_stays
BEFORE UPDATE OR DELETE ON order_number_key
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'customers hold numbers made with this key', 'Leave it as it is; a dump takes it along.'
);

COMMENT ON TABLE order_number_key IS
'The secret behind order_number(): exactly one row, made with the store, readable by the owner
alone.';
COMMENT ON COLUMN order_number_key.is_only_row IS 'Always true; the key that allows no second row.';
COMMENT ON COLUMN order_number_key.key IS '32 random bytes.';
