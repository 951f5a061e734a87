"""Lists in OpenAI's format, with whatever a provider adds to its rows. Never guesses what unit a price is in.

Format: https://platform.openai.com/docs/api-reference/models/list
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

from msgspec.structs import replace

from modelsync.records import Filters, Model
from modelsync.sources import abilities, payload, rows
from modelsync.sources import openai_prices as prices
from modelsync.sources.facts import Facts, Fields
from modelsync.sources.page import CHAT, Page
from modelsync.sources.source import OUTPUT_TOKENS, PROMPT, Call, Get, Pages, Question, Source

FLAGS = "supports_"  # `supports_tools: true` says the same as a feature `tools`
# The keys below which words say what a model can do, and all that say anything of that.
SAYING = ("capabilities", "features", "supported_features", "supported_parameters")
ABLE = payload.keys("input_modalities output_modalities type") | {*SAYING}
NO_FEATURE = payload.keys(
    "classification completion completion_fim e2ee fine_tune fine_tuning inference json_mode log_probs"
    " multiple_images ocr optimized_for_code tee_attestation video_input xsearch"
)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
ENVELOPE = payload.keys("object data models has_more first_id last_id type unit currency")
_FIRST_RELEASE = "2015-01-01"  # NVIDIA states 1993 for all that it lists
# Programs that serve models, as they call themselves in `owned_by`: what they state is their own clock.
SERVERS = frozenset({"library", "llamacpp", "lmdeploy", "sglang", "tensorrt_llm", "tensorrt-llm", "vllm"})


def _released(value: Any) -> str | None:
    """The day of a release, where it can be one."""
    day = payload.day_of_epoch(value)
    return day if day and day >= _FIRST_RELEASE else None


_CONTEXT = (
    "context_length context_window context_size availableContextTokens max_context_length max_model_len"
)
_OUTPUT = "max_output_tokens max_completion_tokens maxCompletionTokens"
_END = "deprecation deprecation_date expiration_date retirement_date shutdown_date"
FIELDS: Fields = {
    "display_name": ("name", payload.line),
    "name": ("name", payload.line),
    "description": ("description", payload.prose),
    **dict.fromkeys(_CONTEXT.split(), ("context_length", payload.count)),
    **dict.fromkeys(_OUTPUT.split(), ("max_output_tokens", payload.count)),
    "created": ("released", _released),
    **dict.fromkeys(_END.split(), ("expires", payload.end)),
}
ENDING = ("deprecation", "deprecated", "is_deprecated", "lifecycle_status", "status")  # may say it in a word
ROW = payload.keys("id active aliases input_modalities output_modalities type model_type providers") | {
    *FIELDS,
    *SAYING,
    *ENDING,
    *prices.ROW,
}
IGNORED = payload.keys(
    "config created_at default_model_temperature deprecation_replacement_model endpoints fingerprint license"
    " link number_of_inference_nodes object organization owned_by parent permission public_apps root"
    " running search_price tags title updated_at version"
)
OF_MODELS = payload.keys("owned_by") | ROW - payload.keys(  # what no list of vendors or of anything else says
    "id active aliases currency deprecated description display_name is_deprecated name providers status"
    " type unit"
)
BELOW = ("metadata", "model_spec", "architecture", "meta")  # keys below which a vendor puts what it adds
IGNORED_BELOW = payload.keys(
    "betaModel constraints languages max_tokens modelSource model_sets n_ctx_train n_embd n_params n_vocab"
    " offline privacy quantization size tags task_type traits vocab_type voices"
)


def pages(endpoint: str, key: str, get: Get, name: str = "", unit: str | None = None) -> Iterator[Page]:
    """The one page of the list. A key is sent if there is one."""
    host = rows.split(endpoint).hostname or ""
    usual = prices.UNITS[unit] if unit else prices.KNOWN.get(host, prices.KNOWN.get(name))
    yield parse(get(endpoint, rows.bearer(key)).body, usual)


def pages_of(name: str, unit: str | None) -> Pages:
    """The same of a source of this name, whose prices are in this unit of sync.yaml where they state none."""
    return partial(pages, name=name, unit=unit)


def parse(body: bytes, usual: prices.Unit | None = None) -> Page:
    """One answer. Raises `SourceFailed` where it is no list; a row that cannot be used is skipped. An id that
    is a model's own and another's alias too is the model's own; so is one that has a row.
    """
    listed = rows.read(body, "data", "models")
    more = f"{listed.envelope.get('last_id')}" if listed.envelope.get("has_more") is True else ""
    translate = partial(_model, beside=listed.envelope, usual=usual)
    page = rows.page_of(listed, translate, named="id", envelope=ENVELOPE, following=more)
    # a day that all models have in common is that of the answer or of a server's start: no release
    if len(page.models) > 1 and len({model.values.get("released") for model in page.models}) == 1:
        for model in page.models:
            model.values.pop("released", None)
    own = {model.id for model in page.models if not model.repeats}
    models = []
    for model in (model for model in page.models if not model.repeats or model.id not in own):
        names = tuple(name for name in model.names if name not in own)  # those are other models
        models.append(replace(model, names=names) if names != model.names else model)
    return replace(page, models=tuple(models))


def own_or_usual(
    under: str,
    page: Callable[[str, rows.Rows], Page],
    headers: Callable[[str, str], dict[str, str]] = lambda endpoint, key: rows.bearer(key),
) -> Pages:
    """The pages of a list below a key of its vendor's own, by address; or the one in OpenAI's format, if the
    address is that of a list which the same vendor serves as OpenAI does."""

    def pages(endpoint: str, key: str, get: Get) -> Iterator[Page]:
        sent = headers(endpoint, key)
        body = get(endpoint, sent).body
        if under not in rows.read(body, under, "data").envelope:
            yield parse(body)
            return
        yield from rows.follow(
            endpoint,
            lambda url: page(url, rows.read(body if url == endpoint else get(url, sent).body, under)),
        )

    return pages


# ---------------------------------------------------------------------------- one row


def _model(
    row: dict[str, Any], facts: Facts, beside: dict[str, Any], usual: prices.Unit | None
) -> Model | None:
    id_ = payload.identifier(row.get("id"), may_be_path=True)
    if row.get("active") is False:
        facts.unknown.append(f"left out, because upstream says that it is not active: {id_}")
        return None
    facts.note("", (key for key in row if not key.startswith(FLAGS)), ROW, BELOW, IGNORED)
    if more := _of_hosts(row) | _below(row, facts):
        row = more | row
    facts.take_fields(row, FIELDS)
    if facts.values.get("name") == id_:
        del facts.values["name"]
    if row.get("owned_by") in (id_, *SERVERS):
        facts.values.pop("released", None)
    prices.read(row, beside, usual, facts)
    _abilities(row, facts)
    # Mistral lists a model once more under each of its aliases, and calls it there by its own id
    is_alias = "aliases" in row and row.get("name") != row["id"] and payload.is_identifier(row.get("name"))
    original = row["name"] if is_alias else ""
    ending = any(payload.is_ending(row.get(key)) for key in ENDING)
    return facts.model(id_, original, original, names=_names(row), deprecated=ending)


def _names(row: dict[str, Any]) -> tuple[str, ...]:
    """The other ids by which the API takes the model: https://docs.x.ai/docs/models"""
    aliases = row.get("aliases")
    names = filter(payload.is_identifier, aliases if isinstance(aliases, list) else ())
    return tuple(dict.fromkeys(name for name in names if name != row["id"]))


def _below(row: dict[str, Any], facts: Facts) -> dict[str, Any]:
    """What a row says below a key of its vendor's own, in the words of any other."""
    read = dict[str, Any]()
    for key, below in ((key, row[key]) for key in BELOW if isinstance(row.get(key), dict)):
        facts.note(f"{key}.", below, ROW, IGNORED_BELOW)
        read |= {name: value for name, value in below.items() if name in ROW}
    return read


def _of_hosts(row: dict[str, Any]) -> dict[str, Any]:
    """What all hosts say alike to which a router may pass a request on, and what each of them charges."""
    hosts = [host for host in payload.objects(row.get("providers")) if host.get("status", "live") == "live"]
    if not hosts:
        return {}
    first, *others = hosts
    same = {key: value for key, value in first.items() if all(host.get(key) == value for host in others)}
    alike = {key: value for key, value in same.items() if key in FIELDS or key.startswith(FLAGS)}
    charged = [one if isinstance(one := host.get("pricing"), dict) else {} for host in hosts]
    pricing = {key: [{"value": one.get(key)} for one in charged] for key in sorted(set().union(*charged))}
    return alike | ({"pricing": pricing} if pricing else {})


# ---------------------------------------------------------------------------- what a model can do


def _abilities(row: dict[str, Any], facts: Facts) -> None:
    """Features from words, flags and modalities alike, and the modalities themselves."""
    flags = [key for key in row if key.startswith(FLAGS)]
    if not flags and row.keys().isdisjoint(ABLE):
        return
    inputs, outputs = (payload.words_of(row, f"{side}_modalities") for side in ("input", "output"))
    words = {key: _words(row, key, facts) for key in SAYING}
    able = [key.removeprefix(FLAGS) for key in flags if row[key] is True]
    meant = abilities.meant([word for key in words for word in words[key]], abilities.WORDS)
    meant |= abilities.meant([*able, f"{row.get('type')}"], abilities.WORDS)
    abilities.state(facts, meant, inputs, outputs)
    if any(CHAT in abilities.WORDS.get(word, ()) for word in _denied(row)):
        facts.values.setdefault("features", ())  # it says of them that chat is none
    for key in SAYING[:-1]:  # parameters are many, and most say nothing of a model
        facts.note(f"{key}: ", words[key], abilities.WORDS, NO_FEATURE)
    facts.note("modality ", inputs | outputs, abilities.MODALITIES)


def _words(row: dict[str, Any], key: str, facts: Facts) -> tuple[str, ...]:
    """The words of a list, or of an object of booleans those that are true, in one spelling."""
    match row.get(key):
        case None:
            return ()
        case dict() as flags:
            return tuple(_word(word) for word, yes in flags.items() if yes is True)
        case list() as words:
            return tuple(_word(word) for word in words if isinstance(word, str))
        case other:
            facts.refuse("features", other, f"{key} that are not a list")
            return ()


def _denied(row: dict[str, Any]) -> Iterator[str]:
    """The words that a row says do not hold."""
    for key, value in row.items():
        if key in SAYING and isinstance(value, dict):
            yield from (_word(word) for word, holds in value.items() if holds is False)
        elif key.startswith(FLAGS) and value is False:
            yield key.removeprefix(FLAGS)


@lru_cache(maxsize=4096)
def _word(value: str) -> str:
    """A word in one spelling: `function-calling` and `supportsFunctionCalling` say the same."""
    return _HUMP.sub("_", value).lower().replace("-", "_").removeprefix(FLAGS)


def recognises(answer: Any) -> bool:
    """Recognise rows that have an id and say what only models have; those that hold rows are vendors."""
    under = next((key for key in ("data", "models") if isinstance(answer, dict) and key in answer), None)
    listed = list(payload.objects(answer[under] if under else answer))
    for row in listed:
        unknown = (value for key, value in row.items() if key not in ROW and key not in IGNORED)
        if any("id" in one for value in unknown for one in payload.objects(value)) or "models" in row:
            return False
    known = (row.keys() == {"id"} or row.get("object") == "model" or row.keys() & OF_MODELS for row in listed)
    return any("id" in row for row in listed) and any(known)


def call(question: Question) -> Call:
    """Ask for one model: https://platform.openai.com/docs/api-reference/chat"""
    headers = rows.bearer(question.key)
    content: dict[str, Any] = {"model": question.model, "input": PROMPT["content"]}
    if question.embeds:
        return Call(question.model, f"{question.base}/embeddings", headers, content, frozenset({"data"}))
    # OpenAI's own reasoning models refuse the old name of the limit, other providers the new one.
    limit = "max_completion_tokens" if question.source == SOURCE.name else "max_tokens"
    content = {"model": question.model, limit: OUTPUT_TOKENS, "messages": [PROMPT]}
    return Call(question.model, f"{question.base}/chat/completions", headers, content, frozenset({"choices"}))


SOURCE = Source(
    "openai",
    pages,
    filters={
        # What its chat and responses APIs serve: https://platform.openai.com/docs/models
        "openai": Filters(
            include=("gpt-*", "chatgpt-*", "o[0-9]*", "codex-*"),
            exclude=("*image*", "*instruct*", "*realtime*", "*transcribe*", "*tts*"),
        ),
        "groq": Filters(exclude=("whisper*", "*guard*", "*embed*")),
    },
    chat_only=frozenset({"cerebras", "deepseek", "groq", "moonshot", "openai", "perplexity"}),
    recognises=recognises,
    call=call,
    clock_dates=True,
    pages_of=pages_of,
)
