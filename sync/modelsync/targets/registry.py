"""The targets, by their names."""

from __future__ import annotations

from typing import Any

from modelsync.targets import litellm, llm_proxy, sql
from modelsync.targets.target import Target

TARGETS: dict[str, Target[Any]] = {one.name: one for one in (llm_proxy.TARGET, sql.TARGET, litellm.TARGET)}
