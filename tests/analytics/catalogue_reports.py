"""The reports on what is sold: products, categories, baskets, returns and coupons."""

from collections import Counter
from fractions import Fraction
from itertools import combinations

from tests.analytics.books import net, total
from tests.analytics.exact import percent, ranks, ratio, rounded


def lines_of(books):
    """(order, line) of every product's lines that count."""
    lines = {product.product_id: [] for product in books.products}
    for order, line in books.sold:
        lines[line.product_id].append((order, line))
    return lines


def product_rankings(books):
    """Every product by revenue, overall and among its category's."""
    lines = lines_of(books)
    revenue = {product: sum(net(*sale) for sale in sales) for product, sales in lines.items()}
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
                "units_sold": sum(line.quantity for _, line in sales),
                "revenue": rounded(value),
                "gross_margin": gross_margin(sales),
                "revenue_rank": rank[product.product_id],
                "category_rank": category_rank[product.product_id],
                "revenue_share_pct": percent(value, everything),
                "cumulative_share_pct": percent(before + value, everything),
                "abc_class": abc_class(value, before, everything),
            }
        )
        before += value
    return rows


def gross_margin(sales):
    """What is left of the lines' value once their cost is off; unknown once one cost is."""
    if any(line.unit_cost is None for _, line in sales):
        return None
    return rounded(
        sum(net(order, line) - line.quantity * line.unit_cost for order, line in sales)
    )


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
                "direct_revenue": rounded(sum(net(*sale) for sale in direct)),
                "total_revenue": rounded(sum(net(*sale) for sale in below)),
                "units_sold": sum(line.quantity for _, line in below),
                "order_count": len({order.order_id for order, _ in below}),
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
    return [
        {
            "product_id": product,
            "units_sold": sum(line.quantity for _, line in sales),
            "units_returned": sum(line.returned_quantity for _, line in sales),
            "return_rate_pct": percent(
                sum(line.returned_quantity for _, line in sales),
                sum(line.quantity for _, line in sales),
            ),
            "refund_value": rounded(
                sum(
                    Fraction(net(order, line)) * line.returned_quantity / line.quantity
                    for order, line in sales
                )
            ),
        }
        for product, sales in lines_of(books).items()
        if sales
    ]


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
                "discount_given": rounded(sum(order.discount for order in orders)),
                "revenue": rounded(sum(map(total, orders))),
                "average_order_value": ratio(sum(map(total, orders)), len(orders)),
                "new_customers": sum(
                    order.coupon_code == coupon.coupon_code for order in first_orders
                ),
            }
        )
    return rows
