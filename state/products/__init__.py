"""The products a trade can be in: a new one is one file and one line here."""

from state.products import (
    ancillary,
    basis,
    capacity,
    cfd,
    convergence,
    crr,
    dispatchable,
    energy,
    ghg,
    ist,
    ppa,
    rec,
    shaped,
    storage,
    swap,
    transmission,
)
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
        storage.PRODUCT,
        capacity.PRODUCT,
        rec.PRODUCT,
        ghg.PRODUCT,
        transmission.PRODUCT,
        ancillary.PRODUCT,
    )
}
