-- What all four group roles may call: whom the session acts for, what a report calls now, and what
-- the domains of columns they write ask.

GRANT EXECUTE ON FUNCTION
current_customer_id(),
report_now(),
clean_text(TEXT),
clean_lines(TEXT)
TO shop_customer, shop_staff, shop_analyst, shop_auditor;
