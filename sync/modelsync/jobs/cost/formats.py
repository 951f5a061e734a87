"""The usual logs of usage: under which names each of them writes what a cost needs.

A place is a column, or `/column/key/key` for what lies deeper (a JSON pointer). Of several places of one
field the first that a row has counts. Tokens of a kind are counted in those of `input` or `output` too,
unless their place begins with a `+`: then they come on top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from modelsync.errors import UsageError, did_you_mean

COUNTS = (
    *("input", "output", "cache_read", "cache_write", "cache_write_1h", "reasoning"),
    *("image_input", "image_output", "audio_input", "audio_output", "web_search"),
)
FIELDS = (
    *("time", "until", "model", "provider", "service_tier", "batch", "region"),
    *("context_window", "requests", "cache_hit", "amount", "currency", *COUNTS),
)


class LogFormat(msgspec.Struct, frozen=True):
    """One kind of log: what tells it from others, and the places of its fields."""

    name: str
    marks: tuple[tuple[str, ...], ...]  # places: a row that has all of one tuple is of this kind
    places: dict[str, tuple[str, ...]]
    adds_up: bool = False  # each row stands for many requests, and does not say for how many


def _usage(at: str) -> dict[str, tuple[str, ...]]:
    """The places of OpenAI's and Anthropic's `usage` object, as their answers have it."""
    return {
        "input": (f"{at}/prompt_tokens", f"{at}/input_tokens"),
        "output": (f"{at}/completion_tokens", f"{at}/output_tokens"),
        "cache_read": (
            f"{at}/prompt_tokens_details/cached_tokens",
            f"{at}/input_tokens_details/cached_tokens",
            f"{at}/prompt_cache_hit_tokens",
            f"+{at}/cache_read_input_tokens",
        ),
        "cache_write": (
            f"+{at}/cache_creation/ephemeral_5m_input_tokens",
            f"+{at}/cache_creation_input_tokens",
        ),
        "cache_write_1h": (f"+{at}/cache_creation/ephemeral_1h_input_tokens",),
        "reasoning": (
            f"{at}/completion_tokens_details/reasoning_tokens",
            f"{at}/output_tokens_details/reasoning_tokens",
        ),
        "audio_input": (f"{at}/prompt_tokens_details/audio_tokens",),
        "audio_output": (f"{at}/completion_tokens_details/audio_tokens",),
        "web_search": (f"{at}/server_tool_use/web_search_requests",),
        "service_tier": (f"{at}/service_tier",),
    }


_LITELLM_USAGE = "/metadata/usage_object"

FORMATS = (
    # The table LiteLLM_SpendLogs of the proxy; `prompt_tokens` has all cached tokens in it for every vendor
    # (litellm/llms/anthropic/chat/transformation.py adds them), a `cache_hit` is the proxy's own cache.
    LogFormat(
        "LiteLLM spend logs",
        (("call_type", "startTime", "prompt_tokens"), ("request_id", "custom_llm_provider", "prompt_tokens")),
        {
            "time": ("startTime", "endTime"),
            "model": ("model",),
            "provider": ("custom_llm_provider",),
            "input": ("prompt_tokens",),
            "output": ("completion_tokens",),
            "cache_read": (
                f"{_LITELLM_USAGE}/cache_read_input_tokens",
                f"{_LITELLM_USAGE}/prompt_tokens_details/cached_tokens",
                "/metadata/additional_usage_values/cache_read_input_tokens",
            ),
            "cache_write": (
                f"{_LITELLM_USAGE}/prompt_tokens_details/cache_creation_token_details/ephemeral_5m_input_tokens",
                f"{_LITELLM_USAGE}/cache_creation_input_tokens",
                "/metadata/additional_usage_values/cache_creation_input_tokens",
            ),
            "cache_write_1h": (
                f"{_LITELLM_USAGE}/prompt_tokens_details/cache_creation_token_details/ephemeral_1h_input_tokens",
            ),
            "reasoning": (f"{_LITELLM_USAGE}/completion_tokens_details/reasoning_tokens",),
            "audio_input": (f"{_LITELLM_USAGE}/prompt_tokens_details/audio_tokens",),
            "audio_output": (f"{_LITELLM_USAGE}/completion_tokens_details/audio_tokens",),
            "web_search": (f"{_LITELLM_USAGE}/server_tool_use/web_search_requests",),
            "service_tier": (f"{_LITELLM_USAGE}/service_tier",),
            "cache_hit": ("cache_hit",),
            "amount": ("spend",),
        },
    ),
    # Observations of Langfuse, from its API (camel case) or its page (snake case). Each key of the usage
    # details has a price of its own, so none is counted in another
    # (https://langfuse.com/docs/observability/features/token-and-cost-tracking).
    LogFormat(
        "Langfuse observations",
        (
            ("traceId", "usageDetails"),
            ("trace_id", "usage_details"),
            ("traceId", "promptTokens"),
            ("traceId", "usage"),
        ),
        {
            "time": ("startTime", "start_time"),
            "model": ("model", "providedModelName", "provided_model_name"),
            "input": ("/usageDetails/input", "/usage_details/input", "/usage/input", "promptTokens"),
            "output": ("/usageDetails/output", "/usage_details/output", "/usage/output", "completionTokens"),
            **{
                field: tuple(f"+/{at}/{key}" for at in ("usageDetails", "usage_details") for key in keys)
                for field, keys in {
                    "cache_read": ("cache_read_input_tokens", "input_cached_tokens", "input_cache_read"),
                    "cache_write": ("cache_creation_input_tokens", "input_cache_creation"),
                    "reasoning": ("output_reasoning_tokens", "output_reasoning"),
                    "audio_input": ("input_audio_tokens", "input_audio"),
                    "audio_output": ("output_audio_tokens", "output_audio"),
                }.items()
            },
            "amount": ("totalCost", "total_cost", "calculatedTotalCost"),
        },
    ),
    # Spans with OpenTelemetry's GenAI attributes, in OTLP's JSON, as a map, or a column for each. All input
    # tokens are in `input_tokens`, cached ones too (https://opentelemetry.io/docs/specs/semconv/gen-ai/).
    LogFormat(
        "OpenTelemetry spans",
        tuple(
            (place,)
            for key in ("gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage.input_tokens")
            for place in (key, f"/attributes/{key}", f"/SpanAttributes/{key}", f"/span_attributes/{key}")
        ),
        {
            "time": (
                *("startTimeUnixNano", "start_time_unix_nano", "startTime", "start_time"),
                *("Timestamp", "timestamp", "time"),
            ),
            **{
                field: tuple(
                    place
                    for key in keys
                    for at in ("attributes", "SpanAttributes", "span_attributes")
                    for place in (key, f"/{at}/{key}")
                )
                for field, keys in {
                    "model": ("gen_ai.response.model", "gen_ai.request.model"),
                    "provider": ("gen_ai.provider.name", "gen_ai.system"),
                    "input": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
                    "output": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
                    "cache_read": (
                        "gen_ai.usage.cache_read.input_tokens",
                        "gen_ai.usage.cache_read_input_tokens",
                    ),
                    "cache_write": (
                        "gen_ai.usage.cache_creation.input_tokens",
                        "gen_ai.usage.cache_creation_input_tokens",
                    ),
                    "reasoning": ("gen_ai.usage.reasoning.output_tokens",),
                    "service_tier": ("openai.response.service_tier", "gen_ai.openai.response.service_tier"),
                }.items()
            },
        },
    ),
    # https://platform.claude.com/docs/en/api/admin-api/usage-cost/get-messages-usage-report, and the CSV of
    # the console; each number counts other tokens.
    LogFormat(
        "Anthropic usage report",
        (("uncached_input_tokens",), ("usage_input_tokens_no_cache",)),
        {
            "time": ("starting_at", "usage_date_utc"),
            "until": ("ending_at",),
            "model": ("model", "model_version"),
            "input": ("uncached_input_tokens", "usage_input_tokens_no_cache"),
            "output": ("output_tokens", "usage_output_tokens"),
            "cache_read": ("+cache_read_input_tokens", "+usage_input_tokens_cache_read"),
            "cache_write": (
                "+/cache_creation/ephemeral_5m_input_tokens",
                "+usage_input_tokens_cache_write_5m",
            ),
            "cache_write_1h": (
                "+/cache_creation/ephemeral_1h_input_tokens",
                "+usage_input_tokens_cache_write_1h",
            ),
            "web_search": ("/server_tool_use/web_search_requests", "web_search_count"),
            "service_tier": ("service_tier",),
            "region": ("inference_geo",),
            "context_window": ("context_window",),
        },
        adds_up=True,
    ),
    # https://platform.openai.com/docs/api-reference/usage/completions: `input_tokens` are those of text, the
    # cached ones in them; those of sound are counted apart.
    LogFormat(
        "OpenAI usage",
        (("input_cached_tokens", "num_model_requests"), ("num_model_requests", "input_tokens")),
        {
            "time": ("start_time", "start_time_iso"),
            "until": ("end_time", "end_time_iso"),
            "model": ("model",),
            "input": ("input_tokens",),
            "output": ("output_tokens",),
            "cache_read": ("input_cached_tokens",),
            "audio_input": ("+input_audio_tokens",),
            "audio_output": ("+output_audio_tokens",),
            "service_tier": ("service_tier",),
            "batch": ("batch",),
            "requests": ("num_model_requests",),
        },
    ),
    # Logged answers of OpenAI's and Anthropic's interfaces, and of those like them.
    *(
        LogFormat(
            f"answers{at}",
            ((f"{at}/usage/prompt_tokens",), (f"{at}/usage/input_tokens",)),
            {
                "time": (
                    *("time", "timestamp", "created_at", "created"),
                    f"{at}/created_at",
                    f"{at}/created",
                ),
                "model": (f"{at}/model", "model"),
                "provider": ("provider",),
                **(
                    _usage(f"{at}/usage")
                    | {"service_tier": (f"{at}/service_tier", f"{at}/usage/service_tier")}
                ),
            },
        )
        for at in ("", "/response")
    ),
)

# A plain table: the names that people give to such columns.
PLAIN = LogFormat(
    "plain",
    (),
    {
        "time": (
            *("time", "timestamp", "date", "day", "datetime", "created_at", "created"),
            *("start_time", "startTime", "request_time", "ts"),
        ),
        "model": ("model", "model_name", "model_id", "response_model"),
        "provider": ("provider", "custom_llm_provider", "vendor"),
        "input": ("input_tokens", "prompt_tokens", "input", "prompt", "tokens_in", "tokens_input"),
        "output": (
            *("output_tokens", "completion_tokens", "output", "completion"),
            *("tokens_out", "tokens_output"),
        ),
        "cache_read": (
            *("cached_tokens", "cached_input_tokens", "input_cached_tokens"),
            *("+cache_read_input_tokens", "+cache_read_tokens", "+cache_read"),
        ),
        "cache_write": ("+cache_creation_input_tokens", "+cache_write_tokens", "+cache_write"),
        "cache_write_1h": ("+cache_write_1h",),
        "reasoning": ("reasoning_tokens", "reasoning"),
        "service_tier": ("service_tier",),
        "batch": ("batch",),
        "region": ("region",),
        "requests": ("requests", "num_requests", "request_count"),
        "amount": (
            *("amount", "cost", "amount_usd", "cost_usd", "total_cost"),
            *("total", "spend", "usd", "price"),
        ),
        "currency": ("currency", "currency_code"),
    },
)


def format_of(places: Sequence[str]) -> LogFormat:
    """The kind of log whose rows have these places; a plain table where no other is known by them."""
    there = {place.lower() for place in places}
    for one in FORMATS:
        if any(all(pointer(mark).lower() in there for mark in marks) for marks in one.marks):
            return one
    return PLAIN


def columns_of(words: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The places that `--columns FIELD=COLUMN,...` names. Raises UsageError."""
    places: dict[str, tuple[str, ...]] = {}
    for word in (part.strip() for words_ in words for part in words_.split(",")):
        field, equals, place = word.partition("=")
        if not equals or field not in FIELDS:
            raise UsageError(
                f"--columns {word} names no field of usage{did_you_mean(field, FIELDS)}",
                advice=f"Say FIELD=COLUMN, a field being one of {', '.join(FIELDS)}.",
            )
        places[field] = (place,) if place.strip("+") else ()
    return places


def pointer(place: str) -> str:
    """A place as a JSON pointer."""
    bare = place.removeprefix("+")
    return bare if bare.startswith("/") else f"/{escaped(bare)}"


def steps_to(place: str) -> list[str]:
    """The keys that lead to a place, its column first."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer(place).split("/")[1:]]


def escaped(key: str) -> str:
    """A key as a step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")
