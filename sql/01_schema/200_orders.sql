-- Orders as placed, and where they stand. What was priced never changes; goods move the status,
-- credits lower what the order is worth, money moves the payment columns, and the balance is where
-- worth and money meet. No index mentions what changes in an order's life, so that each update
-- stays on its page; unsettled_orders knows which orders are open. What reports read of every order
-- comes first: to reach a column, PostgreSQL unpacks those before it.

CREATE TABLE orders (
    order_id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id INT NOT NULL REFERENCES customers (customer_id),
    created_at INSTANT NOT NULL DEFAULT now(),
    decimals INT NOT NULL DEFAULT 2,
    prices_include_tax BOOLEAN NOT NULL DEFAULT FALSE,
    total AMOUNT NOT NULL GENERATED ALWAYS AS (
        order_total(subtotal, discount, shipping_fee, tax, prices_include_tax)
    ) STORED,
    -- What changes in an order's life stands together: an update logs all from the first byte that
    -- has changed to the last.
    status VARCHAR(20) NOT NULL DEFAULT 'pending',
    credited_amount AMOUNT NOT NULL DEFAULT 0.00,
    paid_amount AMOUNT NOT NULL DEFAULT 0.00,
    refunded_amount AMOUNT NOT NULL DEFAULT 0.00,
    charged_back_amount AMOUNT NOT NULL DEFAULT 0.00,
    balance NUMERIC NOT NULL GENERATED ALWAYS AS (
        order_balance(
            status,
            order_total(subtotal, discount, shipping_fee, tax, prices_include_tax),
            credited_amount, paid_amount, refunded_amount, charged_back_amount
        )
    ) STORED,
    payment_status VARCHAR(20) NOT NULL GENERATED ALWAYS AS (
        payment_status_of(
            status,
            order_total(subtotal, discount, shipping_fee, tax, prices_include_tax),
            credited_amount, paid_amount, refunded_amount, charged_back_amount
        )
    ) STORED,
    expires_at INSTANT,
    paid_at INSTANT,
    released_at INSTANT,
    written_off_at INSTANT,
    cancelled_at INSTANT,
    release_reason REASON,
    write_off_reason REASON,
    cancel_reason REASON,
    subtotal AMOUNT NOT NULL,
    discount AMOUNT NOT NULL DEFAULT 0.00,
    shipping_fee AMOUNT NOT NULL DEFAULT 0.00,
    tax AMOUNT NOT NULL DEFAULT 0.00,
    shipping_tax_class TAX_CLASS_NAME NOT NULL DEFAULT 'standard',
    shipping_tax_rate SHARE NOT NULL DEFAULT 0,
    shipping_tax AMOUNT NOT NULL DEFAULT 0.00,
    coupon_code CODE REFERENCES coupons (coupon_code),
    ship_to ADDRESS_SNAPSHOT,
    bill_to ADDRESS_SNAPSHOT,
    ship_to_country COUNTRY_CODE NOT NULL,
    ship_to_region REGION_CODE NOT NULL DEFAULT '',
    idempotency_key REFERENCE,
    request_hash BYTEA,
    -- Leads with customer_id and so serves the foreign key too.
    CONSTRAINT orders_customer_id_idempotency_key_key UNIQUE (customer_id, idempotency_key),
    CONSTRAINT orders_are_sound CHECK ((
        status, decimals, prices_include_tax, subtotal, discount, shipping_fee,
        shipping_tax_rate, shipping_tax, tax, total, paid_amount, refunded_amount,
        charged_back_amount, credited_amount, coupon_code, ship_to, ship_to_country,
        request_hash, expires_at, released_at, release_reason, written_off_at,
        write_off_reason, cancelled_at, cancel_reason
    )::SOUND_ORDER IS DISTINCT FROM NULL)
) WITH (fillfactor = 70);  -- room for the next status on the same page

CREATE INDEX orders_coupon_code_idx ON orders (coupon_code, customer_id);  -- key, uses a customer
CREATE INDEX orders_created_at_idx ON orders (created_at);  -- a month or day without the others

CREATE TRIGGER orders_are_never_deleted
BEFORE DELETE ON orders
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change(
    'the books need every order', 'Cancel the order instead.'
);

CREATE TRIGGER orders_price_is_final
BEFORE UPDATE ON orders
FOR EACH ROW WHEN (
    (
        old.order_id, old.customer_id, old.prices_include_tax, old.decimals, old.subtotal,
        old.discount, old.shipping_fee, old.shipping_tax_class, old.shipping_tax_rate,
        old.shipping_tax, old.tax, old.coupon_code, old.request_hash
    ) IS DISTINCT FROM (
        new.order_id, new.customer_id, new.prices_include_tax, new.decimals, new.subtotal,
        new.discount, new.shipping_fee, new.shipping_tax_class, new.shipping_tax_rate,
        new.shipping_tax, new.tax, new.coupon_code, new.request_hash
    )
)
EXECUTE FUNCTION refuse_change(
    'a placed order keeps its price', 'Cancel it and place a new one, or grant an allowance.'
);

COMMENT ON TABLE orders IS 'Every order ever placed; never deleted.';
COMMENT ON COLUMN orders.created_at IS 'When it was placed; reports date it by this.';
COMMENT ON COLUMN orders.decimals IS 'Of the currency; its amounts are rounded to so many.';
COMMENT ON COLUMN orders.prices_include_tax IS 'As the store''s setting was at placing.';
COMMENT ON COLUMN orders.subtotal IS 'Sum of quantity x unit price over the lines.';
COMMENT ON COLUMN orders.discount IS 'What the coupon took off; spread over order_items.discount.';
COMMENT ON COLUMN orders.tax IS 'Sum of the lines'' tax, plus shipping_tax.';
COMMENT ON COLUMN orders.total IS
'What it came to when placed: tax on top unless prices include it.';
COMMENT ON COLUMN orders.status IS 'What happens to the goods; moves as order_transitions allows.';
COMMENT ON COLUMN orders.credited_amount IS 'Sum of its credits: what it is worth less since.';
COMMENT ON COLUMN orders.paid_amount IS 'Sum of its charges; may exceed the total.';
COMMENT ON COLUMN orders.refunded_amount IS 'Sum of its refunds and reversals.';
COMMENT ON COLUMN orders.charged_back_amount IS 'Sum of its chargebacks.';
COMMENT ON COLUMN orders.balance IS 'Above 0 the customer owes, below 0 the store does.';
COMMENT ON COLUMN orders.payment_status IS 'Where the money stands, see payment_status_of().';
COMMENT ON COLUMN orders.expires_at IS 'Until when, unpaid, it keeps its stock; NULL = for ever.';
COMMENT ON COLUMN orders.paid_at IS
'When a call first left nothing owed; a free one is paid when placed.';
COMMENT ON COLUMN orders.released_at IS 'Since when it may be shipped unpaid.';
COMMENT ON COLUMN orders.written_off_at IS 'When the store gave up hope of what is owed.';
COMMENT ON COLUMN orders.ship_to IS 'As at placing or redirecting; NULL = none given, or erased.';
COMMENT ON COLUMN orders.bill_to IS 'NULL = as ship_to, or erased.';
COMMENT ON COLUMN orders.ship_to_country IS 'Where it is taxed; outlives erasure.';
COMMENT ON COLUMN orders.ship_to_region IS 'Where it is taxed; empty = the whole country.';
COMMENT ON COLUMN orders.idempotency_key IS 'The client''s name for the request; NULL once erased.';
COMMENT ON COLUMN orders.request_hash IS 'SHA-256 of the request, to tell a retry from another.';
