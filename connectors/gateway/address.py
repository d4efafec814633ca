"""Where the gateway listens, and with which certificate."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from state.errors import UsageError


@dataclass(frozen=True)
class Address:
    """Where the gateway listens.

    Attributes:
        port: 0 takes any free one.
        origins: of pages that may connect; a program sends none and needs none.
        certificate, key: files of TLS; both or neither.
    """

    host: str
    port: int
    origins: Sequence[str] = ()
    certificate: Path | None = None
    key: Path | None = None


def tls_context(address: Address) -> ssl.SSLContext | None:
    """Return what encrypts connections, None where no certificate is named.

    Raises:
        ConfigError: one of the two files is missing or cannot be used.
    """
    if address.certificate is None and address.key is None:
        return None
    if address.certificate is None or address.key is None:
        reason = "TLS needs both gateway_certificate and gateway_key; name the other file too"
        raise UsageError(reason)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(address.certificate, address.key)
    except (OSError, ssl.SSLError) as error:
        reason = (
            f"gateway_certificate {address.certificate} and gateway_key {address.key} cannot be "
            f"used ({error}); name a PEM certificate and its key without a password"
        )
        raise UsageError(reason) from error
    return context
