"""Rows of every expected result, worked out on paper from demo/seed.sql: what the oracle answers to.

The comment above a row is the paper. An order's total is its subtotal, less the discount, plus the
fee, plus the tax where prices exclude it.
"""

import csv

import pytest

from tests.analytics import oracle
from tests.test_expected import EXPECTED

WORKED_OUT = {
    "monthly_revenue": [
        # Orders 1 to 4: 171.60 + 26.30 + 45.08 + 49.50. Order 4 is December's in UTC only.
        "2024-11-01,4,4,292.48,0.00,292.48,73.12,,,,292.48,f",
        # Half of 62.45 is 31.225. In February order 14 is worth 0, and 13 (20.80 + 5.50) and a rope of
        # 11 (18.90) are worth less.
        "2025-01-01,2,2,62.45,0.00,62.45,31.23,329.20,-81.03,,62.45,f",
        "2025-02-01,1,1,0.00,45.20,-45.20,0.00,62.45,-100.00,,62.45,f",
        # Nothing happened; the month after has nothing to grow from.
        "2025-08-01,0,0,0.00,0.00,0.00,,252.65,-100.00,,1152.00,f",
        # Order 18 of March was charged back: no less was sold.
        "2025-04-01,3,3,194.00,0.00,194.00,64.67,411.40,-52.84,,667.85,f",
        # 30.00 + 24.32 + 78.56; -331.87 / 464.75 on November, -196.32 / 329.20 on last December. A
        # compass of September came back.
        "2025-12-01,3,3,132.88,31.50,101.38,44.29,464.75,-71.41,-59.64,2291.99,t",
    ],
    "sales_summary": [
        # Orders 19, 20, 21, tax included: 20 + 49 + 120; 1.22 + 1.95 + 5.71.
        "2025-04-01,189.00,5.00,10.00,0.00,194.00,8.88,0.00,0.00,0.00,0.00,194.00",
        # What nobody was in for (20.80) and the rope (18.90); the postage of the former.
        "2025-02-01,0.00,0.00,0.00,0.00,0.00,0.00,0.00,39.70,0.00,5.50,-45.20",
        # A lantern of 22, and ten off order 20.
        "2025-05-01,115.00,38.50,10.00,0.00,86.50,7.85,0.00,38.26,10.00,0.00,38.24",
        # Orders 28, 29, 30: 36 + 129 + 57; 4.92 + 15.48 + 0.25. Two of five ropes, 90.00 + 10.80.
        "2025-07-01,222.00,0.00,10.00,20.65,252.65,0.00,40.32,0.00,0.00,0.00,212.33",
    ],
    "tax_summary": [
        # Order 3: cordial 18.00 - 1.80; chart 25.00 - 2.50 and 5.00 postage, 1.13 + 0.25.
        "2024-11-01,CA,PE,reduced,0.00000,1,16.20,0.00,0.00,0.00,16.20,0.00",
        "2024-11-01,CA,PE,standard,0.05000,1,27.50,1.38,0.00,0.00,27.50,1.38",
        # Order 19's postage alone, 5.00 with 0.45 of tax in it.
        "2025-04-01,US,,standard,0.10000,1,4.55,0.45,0.00,0.00,4.55,0.45",
        # Order 14 is worth 0 and has no postage: its one line makes the row. Order 13's postage is back.
        "2025-02-01,US,,standard,0.10000,1,0.00,0.00,5.00,0.50,-5.00,-0.50",
        # Nothing was sold to Canada in May: ten off April's lantern (6.98 + 0.35), cordial (1.65, not
        # taxed) and postage (0.97 + 0.05).
        "2025-05-01,CA,PE,standard,0.05000,0,0.00,0.00,7.95,0.40,-7.95,-0.40",
        "2025-05-01,CA,PE,reduced,0.00000,0,0.00,0.00,1.65,0.00,-1.65,0.00",
    ],
    "vat_return": [
        # The rope of January's order 11 came back: a credit note, and no invoice.
        "2025-02-01,CA,PE,standard,0.05000,0,1,-18.00,-0.90",
        # The invoice of a catalogue that is worth 0 (14), and the note of order 13's postage.
        "2025-02-01,US,,standard,0.10000,1,1,-5.00,-0.50",
        # Order 27 left in July, at the rate of June: a kettle for 36.00 with 3.27 in it, and postage.
        "2025-07-01,US,,standard,0.10000,1,0,37.28,3.72",
    ],
    "customer_lifetime_value": [
        # 176.00 + 264.00 + 41.00 + 43.04 + 61.76 + 47.20 + 80.48 + 102.80 + 99.20 + 24.32, charged back
        # and unpaid or not; 370 days since 10 December 2024; 10 x 30.4375 / 370.
        "4,10,939.80,0.00,939.80,93.98,2024-12-10 23:00:00+00,2025-12-13 01:00:00+00,370,0.82,1,1",
        # Both 45.10 + 29.70, so both eighth of 13: 1 + 7 x 10 / 13.
        "5,2,74.80,0.00,74.80,37.40,2024-12-18 17:00:00+00,2025-03-09 06:59:59+00,362,0.17,8,6",
        "6,2,74.80,0.00,74.80,37.40,2025-01-01 04:30:00+00,2025-03-09 07:00:00+00,349,0.17,8,6",
        # Rip's only order was cancelled.
        "12,0,0.00,0.00,0.00,,,,0,,12,9",
    ],
    "customer_segments": [
        # 49.50 + 0 + 81.50 + 134.08 - 38.26; fifth-longest away, seventh in orders, eighth in money
        # of 11: 1 + 4 x 5 / 11, 1 + 6 x 5 / 11, 1 + 7 x 5 / 11.
        "7,87,4,226.82,2,3,4,at_risk",
        # Scrooge came ten days ago, for the first time.
        "13,10,1,30.00,4,1,1,new",
    ],
    "cohort_retention": [
        # 329.20, in March Tom's and Dorothy's 29.70 and Gatsby's 264.00, charged back or not.
        "2024-12-01,3,5,3,60.00,652.60",
        "2024-12-01,4,5,0,0.00,652.60",
        # Gilbert's order of January was cancelled and that of 30 April is his first: 120 + 73.
        "2025-04-01,5,1,1,100.00,193.00",
        # His compass came back.
        "2025-04-01,8,1,0,0.00,161.50",
    ],
    "repeat_purchases": [
        # Of ten who came 90 days ago or earlier, Jo (86 days), Anne (56), Tom (81), Dorothy (68) and
        # Ichabod (76) came again within 90. 31 gaps: the 16th is 86, the 28th 136.
        "11,10,90.91,50.00,86.00,136.00",
    ],
    "new_and_returning_revenue": [
        # Gilbert's 120.00; Jo's 25.00 and Anne's 49.00.
        "2025-04-01,1,120.00,2,74.00",
    ],
    "product_rankings": [
        # 120.00 + (120.00 - 13.33) + 240.00 + 120.00, less 5 x 70.00.
        "1,HARPOON,Harpoon,4,5,586.67,236.67,1,1,24.60,24.60,A,",
        # Ten each at 18.00. Of the ropes two were cancelled and one is back on the shelf: 7 are kept,
        # at 7.50; no pulley came back, at 9.00.
        "3,ROPE,Manila Rope,4,8,126.00,73.50,6,3,5.28,70.81,A,",
        "4,BLOCK,Pulley Block,4,10,180.00,90.00,4,2,7.55,58.50,A,",
        # 40.00 + 34.21 + 69.55 + 90.00 + 45.00, less 34.78 for one and 6.98 off another; 6 x 20.00.
        "2,LANTERN,Lantern,1,7,237.00,117.00,3,1,9.94,50.95,A,",
        # 20.00 + 7.69 + 0 + 38.46 + 20.00; the 20.00 of order 13 came back, too soggy to be sold again.
        "5,HARDTACK,Hardtack,3,25,66.15,38.65,11,2,2.77,89.03,B,",
        # 60.00 - 6.67, and 120.00 less 5.71 of tax; what an atlas costs is not known.
        "14,ATLAS,Atlas of the World,8,3,167.62,,5,1,7.03,65.53,A,",
        # Two hats at 22.00 and 9.00, of a style.
        "20,OILSKIN,Oilskin Hat,1,2,44.00,26.00,13,2,1.84,93.38,B,1",
    ],
    # The same two, of its four products.
    "style_rankings": ["1,Oilskin Hat,4,2,44.00,1"],
    "category_revenue": [
        # Two novels of 40.00 each, sea stories of 95.08 and 59.54; orders 2, 8, 11, 19, 25, 30, 31,
        # 32, 38, 41, 42, 45, some with both.
        "6,Library > Novels,1,80.00,234.62,21,12",
        "9,Curiosities,0,0.00,0.00,0,0",
    ],
    "product_affinity": [
        # In orders 25 and 38 of 42; 7 have one, 3 the other: 2 x 42 / (7 x 3).
        "9,10,2,0.047619,0.285714,0.666667,4.0000",
    ],
    "return_rates": [
        # One of seven; half of 76.50 less 6.95 of tax is 34.775.
        "2,7,1,14.29,34.78",
        # One of the eight that were not cancelled.
        "3,8,1,12.50,18.00",
    ],
    "coupon_performance": [
        # Orders 17 and 20; order 24 was cancelled. 88.00 + 49.00.
        "SAIL5,2,10.00,137.00,68.50,0",
        "WELCOME10,1,4.30,45.08,45.08,1",
    ],
    "order_funnel": [
        # Orders 10 to 13. Rip (12) paid after it was cancelled, as 10 was later; 13 was sent and came
        # back without having arrived. 75 h 17 min and 43 h 31 min to ship.
        "2025-01-01,4,3,2,1,2,1,75.00,59.40",
        # 39 left unpaid; of the others 38 and it have arrived.
        "2025-11-01,5,4,5,2,0,0,80.00,45.67",
        "2025-08-01,0,0,0,0,0,0,,",
    ],
    "rolling_sales": [
        # 47.20 / 7; 152.00 / 28; Fridays before: 0, 0, 73.00, 0, 134.08, 0, 43.04, 61.76, so the
        # median is 21.52, and that of the deviations 21.52 too: 25.68 / (1.4826 x 21.52).
        "2025-10-17,1,47.20,6.74,5.43,0.80",
    ],
    "sales_by_hour": [
        # Orders 1, 2, 15, 38: 171.60 + 26.30 + 29.70 + 70.88. Sunday, one to two, twice an hour long.
        "7,1,4,298.48",
        # Gatsby's seven Fridays at eight.
        "5,20,7,458.80",
    ],
    "daily_sales": [
        # Orders 1 and 2, an hour apart at the same time of day.
        "2024-11-03,2,197.90,2",
    ],
    "counted_lines": [
        # 90.00 - 13.50, less 6.95 of tax.
        "22,1,2,2,1,20.00,69.55",
        # Two of five were cancelled; the value is as ordered.
        "29,1,3,3,0,7.50,90.00",
    ],
    "document_parts": [
        # The postage's part of the ten off order 20, in the last half hour of May; in UTC it is June.
        "17,credit_note,20,2025-05-31,CA,PE,,,standard,0.05,-0.97,-0.05",
    ],
    "counted_credits": [
        # Half of 69.55 and of 6.95, each rounded by itself.
        "22,1,7,return,34.78,3.48,38.26,2025-05-20 16:00:00+00",
        # The last half hour of May is June in UTC.
        "20,,3,allowance,0.97,0.05,1.02,2025-06-01 03:30:00+00",
    ],
    "product_sales": [
        # 30.00 - 1.87, 27.27, 30.00 twice, less the 30.00 that came back; 4 - 1 at 12.00.
        "15,4,1,85.40,49.40,30.00,1",
    ],
    "report_months": [
        # Clocks go back in it: 30 days and an hour.
        "2025-11-01,2025-11-01 04:00:00+00,2025-12-01 05:00:00+00",
    ],
    "monthly_sales": [
        # Orders 19, 20, 21, of three customers, as in sales_summary.
        "2025-04-01,2025-05-01 04:00:00+00,3,3,189.00,5.00,10.00,0.00,194.00,8.88,0.00,0.00,0.00,0.00",
        # Nobody ordered in August.
        "2025-08-01,2025-09-01 04:00:00+00,0,0,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00",
    ],
}


@pytest.mark.parametrize("name", WORKED_OUT)
def test_expected_result_is_what_paper_says(name):
    with (EXPECTED / f"{name}.csv").open() as file:
        expected = [",".join(row) for row in csv.reader(file)]
    assert [row for row in WORKED_OUT[name] if row not in expected] == []


def test_every_report_was_worked_out_in_part():
    assert set(oracle.REPORTS) == set(WORKED_OUT)
