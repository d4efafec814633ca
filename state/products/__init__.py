"""The products a trade can be in: a new one is one file and one line here."""

from state.messages import Trade
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
from state.products.terms import wrong_term

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


def wrong_in_itself(trade: Trade) -> str:
    """Say which term of a trade its product does not let it have, whatever else is known.

    Names the field first, the value and the remedy; empty if all is right.
    """
    product = PRODUCTS.get(trade.product)
    if product is None:
        # The text is part of the digest of timing: it must not grow with every new product.
        return f"product {trade.product!r} is unknown; send one that docs/products.md lists"
    return wrong_term(product, trade)
