-- Invoices and credit notes, numbered without a gap. They are numbered afterwards, of what has
-- committed, so that no order ever waits for a number. A document holds who sold to whom; its lines
-- are rows of parcels and credits, which never change.

CREATE TABLE documents (
    document_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind VARCHAR(20) NOT NULL,
    series CODE NOT NULL,
    number BIGINT NOT NULL,
    order_id INT NOT NULL REFERENCES orders (order_id),
    shipment_id INT,
    credit_no INT,
    issued_at INSTANT NOT NULL,
    issued_on DATE NOT NULL,
    country_code COUNTRY_CODE NOT NULL,
    region_code REGION_CODE NOT NULL DEFAULT '',
    seller JSONB NOT NULL,
    buyer JSONB,
    buyer_until DATE NOT NULL,
    UNIQUE (series, number),
    -- One invoice a parcel; serves the foreign key too.
    UNIQUE (shipment_id, order_id),
    -- Leads with order_id and so serves that foreign key too.
    UNIQUE (order_id, credit_no),
    FOREIGN KEY (shipment_id, order_id) REFERENCES shipments (shipment_id, order_id),
    CONSTRAINT documents_are_invoices_of_parcels_or_notes_of_credits CHECK (
        CASE kind
            WHEN 'invoice' THEN shipment_id IS NOT NULL AND credit_no IS NULL
            WHEN 'credit_note' THEN shipment_id IS NULL AND credit_no > 0
            ELSE FALSE
        END
    ),
    CONSTRAINT documents_number_is_positive CHECK (number > 0),
    -- The store's day may be the one before or after that of UTC.
    CONSTRAINT documents_issued_on_is_the_day_of_issued_at
    CHECK (
        issued_on >= (issued_at AT TIME ZONE 'UTC')::DATE - 1
        AND issued_on <= (issued_at AT TIME ZONE 'UTC')::DATE + 1
    ),
    CONSTRAINT documents_say_who_sells
    CHECK (
        num_nulls(seller ->> 'name', seller ->> 'line1', seller ->> 'city') = 0
        AND NOT seller @? 'strict $.* ? (@.type() != "string" && @.type() != "null")'
    ),
    CONSTRAINT documents_say_who_buys CHECK (
        buyer IS NULL
        OR buyer ->> 'recipient' IS NOT NULL
        AND NOT buyer @? 'strict $.* ? (@.type() != "string" && @.type() != "null")'
    ),
    CONSTRAINT documents_keep_their_buyer_for_a_time
    CHECK (buyer_until >= issued_on AND isfinite(buyer_until))
);
CREATE INDEX documents_issued_at_idx ON documents (issued_at);  -- the last; lately issued ones
CREATE INDEX documents_month_idx
ON documents ((date_trunc('month', issued_on::TIMESTAMP)::DATE));  -- a month's tax
CREATE INDEX documents_buyer_until_idx
ON documents (buyer_until) WHERE buyer IS NOT NULL;  -- whose retention is over

CREATE TRIGGER documents_are_append_only
BEFORE UPDATE OF
document_id, kind, series, number, order_id, shipment_id, credit_no, issued_at, issued_on,
country_code, region_code, seller, buyer_until
OR DELETE ON documents
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'documents are append-only', 'Grant an allowance: a credit note corrects an invoice.'
);
CREATE TRIGGER documents_are_final
AFTER UPDATE ON documents
FOR EACH ROW EXECUTE FUNCTION refuse_all_but_emptying(
    'documents are append-only', 'Grant an allowance: a credit note corrects an invoice.', 'buyer'
);

COMMENT ON TABLE documents IS
'Append-only: invoices and credit notes. document_lines has their lines, document_corrections which
invoices a note corrects.';
COMMENT ON COLUMN documents.kind IS 'invoice (of a parcel) or credit_note (of a credit event).';
COMMENT ON COLUMN documents.number IS '1, 2, 3, ... in its series, without a gap.';
COMMENT ON COLUMN documents.shipment_id IS 'The parcel an invoice is for; NULL on a credit note.';
COMMENT ON COLUMN documents.credit_no IS
'What a credit note is for: the rows of credits with this number that take from what was supplied;
NULL on an invoice.';
COMMENT ON COLUMN documents.issued_at IS 'Never falls with the number.';
COMMENT ON COLUMN documents.issued_on IS 'The store''s day then, whatever its zone is now.';
COMMENT ON COLUMN documents.country_code IS 'Where the order is taxed.';
COMMENT ON COLUMN documents.region_code IS 'Where the order is taxed; empty = the whole country.';
COMMENT ON COLUMN documents.seller IS 'name, vat_id and address of the store, as they were.';
COMMENT ON COLUMN documents.buyer IS
'As an address of the order, or {"recipient": name} of one without; NULL once its time is over.';
COMMENT ON COLUMN documents.buyer_until IS
'The last day the law has the buyer kept; outlives the erasure of the customer.';
