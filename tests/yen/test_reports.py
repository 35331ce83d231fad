"""Every report and view of the store in yen, row by row as the paper in store.sql has it."""

from datetime import datetime

from tests.analytics.comparison import differences
from tests.test_expected import REPORTS, as_csv
from tests.yen.conftest import NOW

# Orders 1, 2, 4 and 5 count: 3252, 11403, 861 and 6258. Fans are worth 566 + 6660 + 283 - 283 - 13 - 1 = 7212,
# matcha 1925 + 3775 + 5285 - 642 - 57 = 10286.
PAPER = {
    "monthly_revenue": [
        "2025-02-01,1,1,11403,1,11402,11403,,,,11403,f",
        # 10371 / 3; -1032 / 11403.
        "2025-03-01,3,2,10371,1104,9267,3457,11403,-9.05,,21774,t",
    ],
    "sales_summary": [
        "2025-02-01,10435,0,0,968,11403,0,0,0,1,0,11402",
        # 2931 + 333 + 5285; 440 + 50; 261 + 78 + 473.
        "2025-03-01,8549,490,1500,812,10371,0,311,693,100,0,9267",
    ],
    "tax_summary": [
        '2025-02-01,JP,"",reduced,0.08000,1,3775,302,0,0,3775,302',
        '2025-02-01,JP,"",standard,0.10000,1,6660,666,1,0,6659,666',
        # Hana's matcha, and her postage.
        '2025-03-01,JP,"",reduced,0.08000,1,5285,423,0,0,5285,423',
        '2025-03-01,JP,"",standard,0.10000,1,500,50,0,0,500,50',
        # Kiku's in Tokyo: 642 + 57 and 51 + 5 off; fans 566 + 283 and twice the postage, 283 + 13 + 22 and
        # 28 + 1 + 2 off.
        "2025-03-01,JP,13,reduced,0.08000,1,1925,154,699,56,1226,98",
        "2025-03-01,JP,13,standard,0.10000,2,1849,185,318,31,1531,154",
    ],
    "customer_lifetime_value": [
        # 4113 / 2 = 2056.5; ten days: 2 x 30.4375 / 10.
        "1,2,4113,1104,3009,2057,2025-03-10 10:00:00+09,2025-03-14 09:00:00+09,10,6.09,3,7",
        "2,1,11403,1,11402,11403,2025-02-20 20:00:00+09,2025-02-20 20:00:00+09,28,1.09,1,1",
        "3,1,6258,0,6258,6258,2025-03-15 23:30:00+09,2025-03-15 23:30:00+09,5,6.09,2,4",
    ],
    "customer_segments": ["1,6,2,3009,2,4,1,at_risk", "2,28,1,11402,1,1,4,at_risk", "3,5,1,6258,4,1,2,new"],
    "cohort_retention": [
        "2025-02-01,0,1,1,100.00,11402",
        "2025-02-01,1,1,0,0.00,11402",
        "2025-03-01,0,2,2,100.00,9267",
    ],
    "repeat_purchases": ["3,1,33.33,,4.00,4.00"],
    "new_and_returning_revenue": ["2025-02-01,1,11403,0,0", "2025-03-01,2,10371,0,0"],
    "product_rankings": [
        # 22 fans at 120; 7212 of 17498.
        "1,SENSU,Fan,1,22,7212,4572,2,1,41.22,100.00,A,",
        # 15 matcha, one of them back on the shelf, at 300.
        "2,MATCHA,Matcha,3,15,10286,6086,1,1,58.78,58.78,A,",
        "3,NOREN,Door Curtain,1,0,0,0,3,2,0.00,100.00,C,",
    ],
    "style_rankings": [],
    "category_revenue": [
        "1,Crafts,0,7212,7212,22,3",
        "2,Kitchen,0,0,10286,15,3",
        "3,Kitchen > Tea,1,10286,10286,15,3",
    ],
    # In two of four orders; each of them in three.
    "product_affinity": ["1,2,2,0.500000,0.666667,0.666667,0.8889"],
    "return_rates": ["1,22,0,0.00,0", "2,15,1,6.67,642"],
    "coupon_performance": ["JP15,2,490,4113,2057,1"],
    "order_funnel": ["2025-02-01,1,1,1,1,0,0,100.00,24.00", "2025-03-01,4,2,1,1,1,0,50.00,24.00"],
    "rolling_sales": [
        "2025-02-20,1,11403,,,",
        *(f"2025-02-{day},0,0,,," for day in range(21, 26)),
        # 11403 / 7.
        "2025-02-26,0,0,1629,,",
        *(f"2025-{day},0,0,0,," for day in ("02-27", "02-28", *(f"03-0{day}" for day in range(1, 10)))),
        # 3252 / 7 = 464.57; 4113 / 7 = 587.57; 10371 / 7 = 1481.57.
        "2025-03-10,1,3252,465,,",
        *(f"2025-03-{day},0,0,465,," for day in (11, 12, 13)),
        "2025-03-14,1,861,588,,",
        "2025-03-15,1,6258,1482,,",
    ],
    "daily_sales": ["2025-02-20,1,11403,1", "2025-03-10,1,3252,1", "2025-03-14,1,861,1", "2025-03-15,1,6258,1"],
    # Up to 20 February, noon, nothing had been sold yet.
    "dashboard_kpis": ["10371,11403,-9.05,0,,3,1,200.00,2,3457,1,6258,0"],
    "inventory_valuation": ["1,SENSU,79,1,120,9480", "2,MATCHA,43,7,300,12900", "3,NOREN,2,0,4100,8200"],
    "payment_reconciliation": [
        "2025-02-20,komoju,11402,0,0,0,11402,1",
        "2025-03-10,komoju,3252,0,0,0,3252,1",
        "2025-03-12,komoju,0,311,0,0,-311,1",
        "2025-03-14,komoju,861,0,0,0,861,1",
        "2025-03-16,komoju,0,793,0,0,-793,1",
    ],
    "order_backlog": [
        "4,1,shipment,2025-03-14 10:00:00+09,861",
        "5,3,payment,2025-03-15 23:30:00+09,6258",
    ],
    "refunds_due": [],
    "receivables": [],
    "customer_overview": [
        "1,kiku@example.jp,Kiku,,f,2,1,3009,0,0,2025-03-14 09:00:00+09",
        "2,taro@example.jp,Taro,,f,1,0,11402,0,0,2025-02-20 20:00:00+09",
        "3,hana@example.jp,Hana,,f,1,1,6258,0,0,2025-03-15 23:30:00+09",
    ],
    "integrity_violations": [],
}
# Monday, Thursday, Friday, Saturday; the other hours of the week have nothing.
HOURS = {("1", "10"): "1,3252", ("4", "20"): "1,11403", ("5", "9"): "1,861", ("6", "23"): "1,6258"}
# Of sql/04_views and sql/05_security.
DESK = {
    "dashboard_kpis", "inventory_valuation", "payment_reconciliation", "order_backlog", "refunds_due",
    "receivables", "customer_overview", "integrity_violations",
}  # fmt: skip
# What the reports are made of; theirs is what it adds up to.
OF_DOCUMENTS = {"vat_return"}  # of which this store issues none
FOUNDATIONS = {
    "counted_credits", "counted_lines", "document_parts", "monthly_sales", "product_sales", "report_months",
}  # fmt: skip


def test_reports_are_as_worked_out(yen_reports):
    assert {view: as_csv(yen_reports, view).splitlines()[1:] for view in PAPER} == PAPER


def test_sales_by_hour_are_as_worked_out(yen_reports):
    hours = [row.split(",", 2) for row in as_csv(yen_reports, "sales_by_hour").splitlines()[1:]]
    assert len(hours) == 168
    assert {(day, hour): sold for day, hour, sold in hours if sold != "0,0"} == HOURS


def test_an_independent_computation_says_the_same(yen_reports):
    assert differences(yen_reports, datetime.fromisoformat(NOW)) == []


def test_no_report_is_left_out():
    assert REPORTS == set(PAPER) - DESK | {"sales_by_hour"} | FOUNDATIONS | OF_DOCUMENTS
