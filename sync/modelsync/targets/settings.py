"""What `sync.yaml` may say of the targets."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from modelsync.records import Conflict, Policy, ReleasedModel

EnvironmentName = Literal["staging", "production"]


class TargetSettings(Policy, frozen=True):
    """What every target has: which id a row has, and whose word counts where somebody changed one of ours."""

    id: Literal["provider/key", "key", "model", "alias"] = "provider/key"
    providers: dict[str, str] = {}  # the catalog's name of a provider -> the target's
    conflict: Conflict = "catalog_wins"

    def provider_of(self, model: ReleasedModel) -> str:
        """What the target calls the provider of a model."""
        return self.providers.get(model.provider, model.provider)

    def id_of(self, model: ReleasedModel) -> str:
        """The id of a model's row, which depends on no other row."""
        match self.id:
            case "key":
                return model.key
            case "model":
                return model.id
            case "alias":
                return model.aliases[0] if model.aliases else model.key
            case _:
                return f"{self.provider_of(model)}/{model.key}"


class Environment(Policy, frozen=True):
    """One of a target's environments."""

    url: str = ""


class LlmProxySettings(TargetSettings, frozen=True):
    """An llm-proxy on Supabase."""

    environments: dict[EnvironmentName, Environment] = {}
    defaults: dict[str, Any] = {}  # of the settings that only a person states
    # what a token that is written to a cache costs where the catalog does not say: `1.25*cache_read`
    cache_create: Annotated[str, msgspec.Meta(pattern=r"^([0-9]+(\.[0-9]+)?\*cache_read)?$")] = ""


class Targets(Policy, frozen=True):
    """Each target, by its name; one that is not named has its defaults."""

    llm_proxy: LlmProxySettings = msgspec.field(default=LlmProxySettings(), name="llm-proxy")
