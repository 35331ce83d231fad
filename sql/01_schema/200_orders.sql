-- Orders as placed, and where they stand. What was priced never changes; status and payments move
-- on. The only index that mentions the status holds open orders alone, so it stays as small as
-- the day's work however long the history.

CREATE TABLE orders (
    order_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id INT NOT NULL REFERENCES customers (customer_id),
    status VARCHAR(10) NOT NULL DEFAULT 'pending',
    prices_include_tax BOOLEAN NOT NULL DEFAULT FALSE,
    subtotal NUMERIC(12, 2) NOT NULL,
    discount NUMERIC(12, 2) NOT NULL DEFAULT 0,
    shipping_fee NUMERIC(12, 2) NOT NULL DEFAULT 0,
    shipping_tax_rate NUMERIC(6, 5) NOT NULL DEFAULT 0,
    shipping_tax NUMERIC(12, 2) NOT NULL DEFAULT 0,
    tax NUMERIC(12, 2) NOT NULL DEFAULT 0,
    total NUMERIC(12, 2) NOT NULL GENERATED ALWAYS AS (
        subtotal - discount + shipping_fee + CASE WHEN prices_include_tax THEN 0 ELSE tax END
    ) STORED,
    paid_amount NUMERIC(12, 2) NOT NULL DEFAULT 0,
    refunded_amount NUMERIC(12, 2) NOT NULL DEFAULT 0,
    payment_status VARCHAR(15) NOT NULL GENERATED ALWAYS AS (
        CASE
            WHEN refunded_amount > 0 AND refunded_amount = paid_amount THEN 'refunded'
            WHEN refunded_amount > 0 THEN 'partly_refunded'
            -- The total again: a generated column may not read another.
            WHEN
                paid_amount >= subtotal - discount + shipping_fee
                + CASE WHEN prices_include_tax THEN 0 ELSE tax END THEN 'paid'
            WHEN paid_amount > 0 THEN 'partly_paid'
            ELSE 'unpaid'
        END
    ) STORED,
    coupon_code VARCHAR(50) REFERENCES coupons (coupon_code),
    ship_to JSONB,
    ship_to_country CHAR(2),
    idempotency_key VARCHAR(255),
    request_hash BYTEA,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ,
    cancelled_at TIMESTAMPTZ,
    -- Leads with customer_id and so serves the foreign key too.
    CONSTRAINT orders_customer_id_idempotency_key_key UNIQUE (customer_id, idempotency_key),
    CONSTRAINT orders_status_is_known
    CHECK (status IN ('pending', 'paid', 'shipped', 'delivered', 'cancelled', 'refunded')),
    CONSTRAINT orders_subtotal_is_not_negative CHECK (subtotal >= 0 AND subtotal <> 'NaN'),
    CONSTRAINT orders_discount_is_within_subtotal CHECK (discount >= 0 AND discount <= subtotal),
    CONSTRAINT orders_discount_has_a_coupon CHECK (discount = 0 OR coupon_code IS NOT NULL),
    CONSTRAINT orders_shipping_fee_is_not_negative
    CHECK (shipping_fee >= 0 AND shipping_fee <> 'NaN'),
    CONSTRAINT orders_shipping_tax_rate_is_a_share
    CHECK (shipping_tax_rate >= 0 AND shipping_tax_rate < 1),
    -- tax_of() written out: a function would be planned anew for every order placed.
    CONSTRAINT orders_shipping_tax_follows_its_rate CHECK (
        shipping_tax = CASE
            WHEN prices_include_tax
                THEN shipping_fee - round(shipping_fee / (1 + shipping_tax_rate), 2)
            ELSE round(shipping_fee * shipping_tax_rate, 2)
        END
    ),
    CONSTRAINT orders_tax_covers_shipping_tax CHECK (tax >= shipping_tax AND tax <> 'NaN'),
    CONSTRAINT orders_refunds_are_within_payments
    CHECK (refunded_amount >= 0 AND refunded_amount <= paid_amount AND paid_amount <> 'NaN'),
    CONSTRAINT orders_ship_to_is_a_whole_address CHECK (
        ship_to ?& ARRAY[
            'recipient', 'line1', 'line2', 'city', 'region', 'postal_code', 'country_code'
        ]
        AND ship_to - ARRAY[
            'recipient', 'line1', 'line2', 'city', 'region', 'postal_code', 'country_code'
        ] = '{}'
    ),
    CONSTRAINT orders_ship_to_is_in_its_country
    CHECK (ship_to IS NULL OR ship_to ->> 'country_code' IS NOT DISTINCT FROM ship_to_country),
    CONSTRAINT orders_ship_to_country_is_iso_3166 CHECK (ship_to_country ~ '^[A-Z]{2}$'),
    CONSTRAINT orders_idempotency_key_is_not_empty CHECK (idempotency_key <> ''),
    CONSTRAINT orders_request_hash_is_sha256 CHECK (octet_length(request_hash) = 32),
    CONSTRAINT orders_cancelled_ones_say_when
    CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL))
) WITH (fillfactor = 85);  -- room for the next status on the same page
CREATE INDEX orders_coupon_code_idx ON orders (coupon_code, customer_id);  -- key, uses a customer
CREATE INDEX orders_created_at_idx ON orders (created_at);  -- a month or day without the others
CREATE INDEX orders_open_idx ON orders (status, expires_at)  -- backlog, KPIs, expiry
WHERE status IN ('pending', 'paid', 'shipped');

CREATE TRIGGER orders_are_never_deleted
BEFORE DELETE OR TRUNCATE ON orders
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'the books need every order', 'Cancel the order instead.'
);

COMMENT ON TABLE orders IS 'Every order ever placed; never deleted.';
COMMENT ON COLUMN orders.order_id IS 'Key.';
COMMENT ON COLUMN orders.customer_id IS 'Who ordered.';
COMMENT ON COLUMN orders.status IS
'pending, paid, shipped, delivered, cancelled or refunded; moves as order_transitions allows.';
COMMENT ON COLUMN orders.prices_include_tax IS 'As the store''s setting was at placing.';
COMMENT ON COLUMN orders.subtotal IS 'Sum of quantity x unit price over the lines.';
COMMENT ON COLUMN orders.discount IS 'What the coupon took off; spread over order_items.discount.';
COMMENT ON COLUMN orders.shipping_fee IS 'Fee as at placing.';
COMMENT ON COLUMN orders.shipping_tax_rate IS 'Rate of class standard at the destination.';
COMMENT ON COLUMN orders.shipping_tax IS 'Tax in or on the shipping fee.';
COMMENT ON COLUMN orders.tax IS 'Sum of the lines'' tax, plus shipping_tax.';
COMMENT ON COLUMN orders.total IS
'What the customer owes: tax comes on top unless prices include it.';
COMMENT ON COLUMN orders.paid_amount IS 'Sum of its charges; may exceed the total.';
COMMENT ON COLUMN orders.refunded_amount IS 'Sum of its refunds and chargebacks.';
COMMENT ON COLUMN orders.payment_status IS
'unpaid, partly_paid, paid, partly_refunded or refunded.';
COMMENT ON COLUMN orders.coupon_code IS 'The coupon it used; NULL = none.';
COMMENT ON COLUMN orders.ship_to IS
'The address as at placing; NULL where none was given, or erased with the customer.';
COMMENT ON COLUMN orders.ship_to_country IS 'ISO 3166 code of the destination; outlives erasure.';
COMMENT ON COLUMN orders.idempotency_key IS 'The client''s name for the request; NULL once erased.';
COMMENT ON COLUMN orders.request_hash IS
'SHA-256 of the request, to tell a retry from another one.';
COMMENT ON COLUMN orders.created_at IS 'When it was placed; reports date it by this.';
COMMENT ON COLUMN orders.expires_at IS
'Until when an unpaid order keeps its stock; NULL = for ever.';
COMMENT ON COLUMN orders.cancelled_at IS 'When it was cancelled.';
