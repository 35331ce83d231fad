-- Makes a customer known. One row an e-mail, also when two sessions register it at the same
-- moment: the unique key decides.

CREATE OR REPLACE FUNCTION register_customer(
    p_email TEXT, p_first_name TEXT, p_last_name TEXT, p_phone TEXT DEFAULT NULL
) RETURNS INT
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $register_customer$
DECLARE
    v_email TEXT COLLATE "default" := _clean_argument(p_email, 'p_email', 255, 'lower');
    v_first_name TEXT;
    v_last_name TEXT;
    v_phone TEXT;
    v_customer_id INT;
BEGIN
    -- No message repeats what it was given: errors end in logs, and logs are not erased.
    IF NOT is_email(v_email) OR v_email LIKE 'erased-%@erased.invalid' THEN
        RAISE EXCEPTION 'p_email is not an e-mail address'
        USING ERRCODE = 'ST003',
            DETAIL = jsonb_build_object('argument', 'p_email'),
            HINT = 'Give one address, as in name@example.org.';
    END IF;
    v_first_name := _clean_argument(p_first_name, 'p_first_name', 100, p_is_optional => TRUE);
    v_last_name := _clean_argument(p_last_name, 'p_last_name', 100, p_is_optional => TRUE);
    v_phone := _clean_argument(p_phone, 'p_phone', 40, p_is_optional => TRUE);

    -- Looked for first: a refusal takes no number but where two register at once.
    IF NOT EXISTS (SELECT FROM customers WHERE email = v_email) THEN
        INSERT INTO customers (email, first_name, last_name, phone)
        VALUES (v_email, v_first_name, v_last_name, v_phone)
        ON CONFLICT (email) DO NOTHING
        RETURNING customer_id INTO v_customer_id;
    END IF;
    IF v_customer_id IS NULL THEN
        SELECT customer_id INTO v_customer_id FROM customers WHERE email = v_email;
        RAISE EXCEPTION 'the e-mail is registered already'
        USING ERRCODE = 'ST004',
            -- Whose it is, is for those to know who may look it up.
            DETAIL = jsonb_build_object('argument', 'p_email') || CASE
                WHEN _acts_for_any_customer() THEN jsonb_build_object('customer_id', v_customer_id)
                ELSE '{}'
            END,
            HINT = 'Order for the customer who has it; one e-mail is one customer.';
    END IF;
    RETURN v_customer_id;
END;
$register_customer$;
REVOKE EXECUTE ON FUNCTION register_customer(TEXT, TEXT, TEXT, TEXT) FROM PUBLIC;
COMMENT ON FUNCTION register_customer(TEXT, TEXT, TEXT, TEXT) IS
'Adds a customer and returns the customer_id. The e-mail is stored in lower case; names and phone
may be NULL or blank (a guest), which is NULL. Raises ST003 (no e-mail address; an argument too
long: names 100, phone 40 characters), ST004 (the e-mail is known; staff are told the
customer_id).';
