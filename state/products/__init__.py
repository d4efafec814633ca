"""The products a trade can be in: a new one is one file and one line here."""

from state.products import energy, ppa, swap
from state.products.product import Product

PRODUCTS: dict[str, Product] = {
    module.PRODUCT.name: module.PRODUCT for module in (energy, ppa, swap)
}
