from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.live_service import LiveServiceProcess

Serve = Callable[..., LiveServiceProcess]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts services; all are gone when the test ends."""
    started: list[LiveServiceProcess] = []

    def begin(name: str = "data", **settings: object) -> LiveServiceProcess:
        service = LiveServiceProcess(tmp_path / name, **settings)
        started.append(service)
        service.start()
        return service

    yield begin
    for service in started:
        service.kill()
