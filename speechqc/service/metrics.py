"""What the service counts, in the format of Prometheus. No call ids, no words, no numbers of people."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_LATENCY_BUCKETS = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


class ServiceMetrics:
    """The counters of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.calls = self._gauge("calls", "Live calls held now")
        self.connections = self._gauge("connections", "Open connections of clients that send calls")
        self.subscribers = self._gauge("subscribers", "Open connections of subscribers")
        self.unstored = self._gauge("unstored_events", "Events that wait for the store")
        self.loop_lag = self._gauge(
            "loop_lag_seconds", "How late the event loop runs, 95th percentile of 5 s"
        )
        self.busy = self._gauge("decoder_busy_ratio", "Share of the last 10 s in which the recogniser worked")
        self.started = self._counter("calls_started", "Calls begun")
        self.recovered = self._counter("calls_recovered", "Calls rebuilt from their journals")
        self.ended = self._counter("calls_ended", "Calls closed, by reason", "reason")
        self.refused = self._counter("refusals", "Messages and calls refused, by code", "code")
        self.frames = self._counter("frames", "Audio frames taken")
        self.repeated = self._counter("frames_repeated", "Audio frames that came twice")
        self.gaps = self._counter("gaps", "Stretches of audio that were not recognised, by reason", "reason")
        self.unjudged_voices = self._counter(
            "voices_not_judged", "Stretches that the classifier of voices had no time for or could not judge"
        )
        self.alerts = self._counter("alerts", "Alerts raised, by severity", "severity")
        self.dropped = self._counter("subscribers_dropped", "Subscribers that read too slowly")
        self.store_failures = self._counter("store_failures", "Transactions of the store that failed")
        self.latency = Histogram(
            "speechqc_alert_latency_seconds",
            "From the arrival of the audio that ends the evidence to the alert",
            buckets=_LATENCY_BUCKETS,
            registry=self.registry,
        )

    def page(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, what: str) -> Gauge:
        return Gauge(f"speechqc_{name}", what, registry=self.registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"speechqc_{name}", what, labels, registry=self.registry)
