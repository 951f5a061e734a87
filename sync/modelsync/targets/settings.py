"""What `sync.yaml` may say of the targets."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from modelsync.records import Conflict, Filters, Policy, ReleasedModel

EnvironmentName = Literal["staging", "production"]


class Environment(Policy, frozen=True):
    """One of a target's environments."""

    url: str = ""


class TargetSettings(Policy, frozen=True):
    """What every target has: which id a row has, and whose word counts where somebody changed one of ours."""

    id: Literal["provider/key", "key", "model", "alias"] = "provider/key"
    providers: dict[str, str] = {}  # the catalog's name of a provider -> the target's
    conflict: Conflict = "catalog_wins"
    mark_unavailable: bool = True  # rows of ours whose model the catalog has no more
    # days after which a row that became unavailable is removed; None: it stays. A target that does not keep
    # the day removes none
    retain_unavailable_days: Annotated[int, msgspec.Meta(ge=0)] | None = None
    filters: Filters = Filters()  # by `provider/key`
    features: tuple[str, ...] = ()  # only models that have one of these; none: all
    environments: dict[EnvironmentName, Environment] = {}  # addresses without a password

    def url_of(self, environment: EnvironmentName) -> str:
        """The address of an environment; empty where it is not stated."""
        known = self.environments.get(environment)
        return known.url if known else ""

    def takes(self, model: ReleasedModel) -> bool:
        """Whether a model is published: none of one's own machines, none that is hidden or filtered out."""
        features = model.values.get("features")
        has_one = isinstance(features, tuple) and bool({*features} & {*self.features})
        is_meant = self.filters.take(model.name) and (has_one or not self.features)
        return is_meant and not (model.local or model.hidden)

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


class LlmProxySettings(TargetSettings, frozen=True):
    """An llm-proxy on Supabase."""

    defaults: dict[str, Any] = {}  # of the settings that only a person states
    # what a token that is written to a cache costs where the catalog does not say: `1.25*cache_read`
    cache_create: Annotated[str, msgspec.Meta(pattern=r"^([0-9]+(\.[0-9]+)?\*cache_read)?$")] = ""


class SqlSettings(TargetSettings, frozen=True):
    """A table of models in SQLite or PostgreSQL."""


class LiteLLMSettings(TargetSettings, frozen=True):
    """A LiteLLM proxy that keeps its deployments in its database."""

    # what else a deployment that is created begins with, by provider: a credential's name, an address
    litellm_params: dict[str, dict[str, Any]] = {}


class Targets(Policy, frozen=True):
    """Each target, by its name; one that is not named has its defaults."""

    llm_proxy: LlmProxySettings = msgspec.field(default=LlmProxySettings(), name="llm-proxy")
    sql: SqlSettings = SqlSettings()
    litellm: LiteLLMSettings = LiteLLMSettings()
