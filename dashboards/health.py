"""Health and metrics of the dashboard process; metrics answer only on loopback."""

from __future__ import annotations

import ipaddress
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from tornado.web import HTTPError, RequestHandler

from dashboards.hub import Hub


class Live(RequestHandler):
    """Says that the loop answers."""

    def get(self) -> None:
        """Answer ``ok``."""
        self.write("ok")


class Ready(RequestHandler):
    """Says whether the screens are current."""

    def initialize(self, hub: Hub) -> None:
        """Take the hub."""
        self._hub = hub

    def get(self) -> None:
        """Answer the standing; 503 while nothing is current."""
        frame = self._hub.frame
        self.set_status(200 if frame.is_current else 503)
        self.write(frame.standing.value)


class Metrics(RequestHandler):
    """Serves Prometheus metrics to this machine."""

    def initialize(self, hub: Hub) -> None:
        """Take the hub."""
        self._hub = hub

    def get(self) -> None:
        """Answer the metrics in text form."""
        if not ipaddress.ip_address(self.request.remote_ip or "0.0.0.0").is_loopback:  # noqa: S104
            raise HTTPError(403)
        self.set_header("Content-Type", "text/plain; version=0.0.4")
        self.write(generate_latest(_registry(self._hub)))


def _registry(hub: Hub) -> CollectorRegistry:
    registry, frame = CollectorRegistry(), hub.frame
    for name, text, value in (
        ("tieline_screens", "Screens open.", hub.screens),
        ("tieline_screen_position", "Log position the screens show.", frame.position),
        ("tieline_tick_age_seconds", "Wall time since the run's clock moved.", frame.tick_age_seconds),
        ("tieline_screens_current", "1 while figures may look current.", int(frame.is_current)),
    ):
        Gauge(name, text, registry=registry).set(value)
    return registry


def health_routes(hub: Hub) -> list[tuple[str, type[RequestHandler], dict[str, Any]]]:
    """Return the routes to add to a server."""
    return [
        ("/livez", Live, {}),
        ("/readyz", Ready, {"hub": hub}),
        ("/metrics", Metrics, {"hub": hub}),
    ]
