"""The reports on what is sold: products, categories, baskets, returns and coupons."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

from tests.analytics.books import total, units_sold
from tests.analytics.exact import percent, ranks, ratio


def lines_of(books):
    """(order, line) of every product's lines that count."""
    lines = {product.product_id: [] for product in books.products}
    for order, line in books.sold:
        lines[line.product_id].append((order, line))
    return lines


def product_rankings(books):
    """Every product by revenue, overall and among its category's."""
    lines = lines_of(books)
    revenue = {product: revenue_of(books, sales) for product, sales in lines.items()}
    everything = sum(revenue.values())
    rank = ranks(revenue)
    category_rank = {}
    for category in {product.category_id for product in books.products}:
        category_rank |= ranks(
            {
                product.product_id: revenue[product.product_id]
                for product in books.products
                if product.category_id == category
            }
        )
    rows, before = [], 0
    for product in sorted(books.products, key=lambda p: (-revenue[p.product_id], p.product_id)):
        sales, value = lines[product.product_id], revenue[product.product_id]
        rows.append(
            {
                "product_id": product.product_id,
                "sku": product.sku,
                "product_name": product.name,
                "category_id": product.category_id,
                "units_sold": sum(units_sold(line) for _, line in sales),
                "revenue": books.money(value),
                "gross_margin": books.money(gross_margin(books, sales)),
                "revenue_rank": rank[product.product_id],
                "category_rank": category_rank[product.product_id],
                "revenue_share_pct": percent(value, everything),
                "cumulative_share_pct": percent(before + value, everything),
                "abc_class": abc_class(value, before, everything),
                "style_id": product.style_id,
            }
        )
        before += value
    return rows


def revenue_of(books, sales):
    """What lines are worth by now, without tax."""
    return sum(books.net_revenue(order, line) for order, line in sales)


def gross_margin(books, sales):
    """What is left of it once the cost of what does not lie on the shelf again is off.

    Unknown once the cost of a line of which something was sold is.
    """
    kept = [line for _, line in sales if units_sold(line)]
    if any(line.unit_cost is None for line in kept):
        return None
    restocked = units_restocked(books)
    cost = sum(line.unit_cost * (units_sold(line) - restocked[line.order_id, line.line_no]) for line in kept)
    return revenue_of(books, sales) - cost


def units_restocked(books):
    """How many units of each line lie on the shelf again."""
    restocked = Counter()
    for returned in books.returns:
        if returned.restocked:
            restocked[returned.order_id, returned.line_no] += returned.quantity
    return restocked


def style_rankings(books):
    """Every style by the revenue of its products."""
    sales_of = lines_of(books)
    products = {style.style_id: [] for style in books.styles}
    for product in books.products:
        if product.style_id is not None:
            products[product.style_id].append(product.product_id)
    sales = {style: [sale for product in theirs for sale in sales_of[product]] for style, theirs in products.items()}
    revenue = {style: revenue_of(books, theirs) for style, theirs in sales.items()}
    rank = ranks(revenue)
    return [
        {
            "style_id": style.style_id,
            "style_name": style.name,
            "products": len(products[style.style_id]),
            "units_sold": sum(units_sold(line) for _, line in sales[style.style_id]),
            "revenue": books.money(revenue[style.style_id]),
            "revenue_rank": rank[style.style_id],
        }
        for style in books.styles
    ]


def abc_class(value, before, everything):
    """A up to four fifths of the revenue, B up to nineteen twentieths, C the rest and what is unsold."""
    if value == 0:
        return "C"
    share = Fraction(before) / Fraction(everything)
    return "A" if share < Fraction(80, 100) else "B" if share < Fraction(95, 100) else "C"


def category_revenue(books):
    """Every category, on its own and with all below it."""
    parent = {category.category_id: category.parent_id for category in books.categories}
    name = {category.category_id: category.name for category in books.categories}
    category_of = {product.product_id: product.category_id for product in books.products}

    def path(category):
        """The category and those above it, root first."""
        return [] if category is None else [*path(parent[category]), category]

    rows = []
    for category in parent:
        direct = [sale for sale in books.sold if category_of[sale[1].product_id] == category]
        below = [sale for sale in books.sold if category in path(category_of[sale[1].product_id])]
        rows.append(
            {
                "category_id": category,
                "category_path": " > ".join(name[step] for step in path(category)),
                "depth": len(path(category)) - 1,
                "direct_revenue": books.money(revenue_of(books, direct)),
                "total_revenue": books.money(revenue_of(books, below)),
                "units_sold": sum(units_sold(line) for _, line in below),
                "order_count": len({order.order_id for order, line in below if units_sold(line)}),
            }
        )
    return rows


def product_affinity(books, minimum):
    """Products bought together in at least `minimum` orders."""
    baskets = {order.order_id: set() for order in books.counted}
    for order, line in books.sold:
        baskets[order.order_id].add(line.product_id)
    alone, together = Counter(), Counter()
    for basket in baskets.values():
        alone.update(basket)
        together.update(combinations(sorted(basket), 2))
    return [
        {
            "product_a_id": a,
            "product_b_id": b,
            "orders_together": count,
            "support": ratio(count, len(baskets), 6),
            "confidence_a_to_b": ratio(count, alone[a], 6),
            "confidence_b_to_a": ratio(count, alone[b], 6),
            "lift": ratio(count * len(baskets), alone[a] * alone[b], 4),
        }
        for (a, b), count in together.items()
        if count >= minimum
    ]


def return_rates(books):
    """How much of what was sold of each product came back."""
    rows = []
    for product, sales in lines_of(books).items():
        sold = sum(units_sold(line) for _, line in sales)
        returned = sum(line.returned_quantity for _, line in sales)
        if sold:
            rows.append(
                {
                    "product_id": product,
                    "units_sold": sold,
                    "units_returned": returned,
                    "return_rate_pct": percent(returned, sold),
                    "returned_value": books.money(returned_value(books, sales)),
                }
            )
    return rows


def returned_value(books, sales):
    """What the returned units of lines were worth, without tax."""
    return sum(
        credit.net
        for order, line in sales
        for credit in books.line_credits.get((order.order_id, line.line_no), [])
        if credit.kind == "return"
    )


def coupon_performance(books):
    """What each coupon cost and brought."""
    rows = []
    for coupon in books.coupons:
        orders = [order for order in books.counted if order.coupon_code == coupon.coupon_code]
        first_orders = [theirs[0] for theirs in books.orders_of.values()]
        rows.append(
            {
                "coupon_code": coupon.coupon_code,
                "orders": len(orders),
                "discount_given": books.money(sum(order.discount for order in orders)),
                "revenue": books.money(sum(map(total, orders))),
                "average_order_value": books.average(sum(map(total, orders)), len(orders)),
                "new_customers": sum(order.coupon_code == coupon.coupon_code for order in first_orders),
            }
        )
    return rows
