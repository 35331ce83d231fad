-- What all four group roles may call: whom the session acts for, what a report calls now, what
-- number an order is told by, and what the domains of columns they write ask.

GRANT EXECUTE ON FUNCTION
current_customer_id(),
report_now(),
order_number(INT),
order_id_of(TEXT),
clean_text(TEXT),
unseen_characters(),
clean_lines(TEXT)
TO shop_customer, shop_staff, shop_analyst, shop_auditor;
