"""A client that asks as the real one does, and never waits."""

from __future__ import annotations

from modelsync.http import Client, Limits


def client(**options) -> Client:
    return Client(pause=lambda seconds: None, limits=Limits(deadline=5), **options)
