"""The products a trade can be in: a new one is one file and one line here."""

from state.products import basis, cfd, convergence, crr, dispatchable, energy, ist, ppa, shaped, swap
from state.products.product import Product

PRODUCTS: dict[str, Product] = {
    product.name: product
    for product in (
        energy.PRODUCT,
        shaped.PRODUCT,
        ist.PRODUCT,
        swap.PRODUCT,
        cfd.PRODUCT,
        ppa.PRODUCT,
        basis.PRODUCT,
        convergence.SUPPLY,
        convergence.DEMAND,
        crr.OBLIGATION,
        crr.OPTION,
        dispatchable.PRODUCT,
    )
}
