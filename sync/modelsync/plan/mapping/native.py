"""The id that a vendor's own API takes, from what an aggregator calls the model: by rule or as it was seen.

Beside the rules stand two records: ids that were seen, and names that no rule gives.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("recorded.txt")
NAMES = Path(__file__).with_name("names.txt")


class Native(msgspec.Struct, frozen=True, gc=False):
    """A vendor's own id by its rule.

    `sure`: how the vendor names its models leaves no other id, and the slug was not needed to tell.
    """

    model: str
    sure: bool = False


Rule = Callable[[str, str], Native | None]


def _plain(pattern: str, spelled: Callable[[str], str] = str) -> Rule:
    """The rule of a vendor whose ids are upstream's but for how they are spelled.

    Never sure: what an aggregator makes of a model by a parameter looks like a model.
    """

    def rule(name: str, slug: str) -> Native | None:
        return Native(spelled(name)) if re.fullmatch(pattern, name) else None

    return rule


def native(vendor: str, name: str, slug: str = "") -> Native | None:
    """The vendor's own id of `vendor/name`, `slug` being the aggregator's name with a date; None: no rule.

    A variant (`name:free`, `~vendor/name-latest`) is no model of the vendor's own.
    """
    rule = RULES.get(vendor)
    if not rule or not re.fullmatch(_NAME, name):
        return None
    named = by_no_rule().get((vendor, name))
    return Native(named) if named else rule(name, slug)


_NAME = r"(?a)[a-z0-9][a-z0-9.-]*"

# By vendor, what people and other lists call the provider that is its own API too, normalised.
# Another may only host its models, and names them anew.
_OTHER_NAMES = {
    "amazon": "bedrock amazon-bedrock aws-bedrock",
    "anthropic": "claude",
    "google": "gemini google-ai google-gemini",
    "meta-llama": "llama meta",
    "mistralai": "mistral mistral-ai",
    "moonshotai": "moonshot kimi",
    "qwen": "alibaba dashscope",
    "x-ai": "xai grok",
    "z-ai": "zai zhipu zhipuai bigmodel",
    **dict.fromkeys(("ai21", "cohere", "deepseek", "inception", "minimax", "nvidia", "openai"), ""),
    **dict.fromkeys(("perplexity", "stepfun", "xiaomi"), ""),
}
OWN_APIS: Mapping[str, frozenset[str]] = {
    vendor: frozenset((vendor, *names.split())) for vendor, names in _OTHER_NAMES.items()
}
VENDOR_OF: Mapping[str, str] = {name: vendor for vendor, names in OWN_APIS.items() for name in names}

# ---------------------------------------------------------------------------- openai

# What an aggregator makes of a model by a parameter (effort, mode, an image tool), and open weights.
_NOT_OPENAI = r"gpt-oss.*|o\d-mini-high|gpt-\d+(\.\d+)?-image.*|gpt-\d+(\.\d+)?-[a-z]{3,}-pro|whisper-large.*"
_OPENAI = r"((chat)?gpt|text-embedding|tts|sora|whisper|dall-e|codex)-.+|o\d(-.+)?"
_OPENAI_CHAT = r"gpt-\d+(\.\d+)?-chat"


def _openai(name: str, slug: str) -> Native | None:
    """As upstream has it. Never sure: twice it was a mode of the API that became a name upstream."""
    if re.fullmatch(_OPENAI_CHAT, name):
        return Native(f"{name}-latest")
    return Native(name) if re.fullmatch(_OPENAI, name) and not re.fullmatch(_NOT_OPENAI, name) else None


# ---------------------------------------------------------------------------- anthropic

_DAY = r"(?a)-(20\d{6})$"
_FAMILIES = {"haiku", "sonnet", "opus"}
_CLAUDE = (
    r"claude-(?:(?P<family>[a-z]+)-)?(?P<major>\d)(?:[.-](?P<minor>\d))?"
    r"(?:-(?P<last>[a-z]+))?(?:-(?P<date>20\d{6}))?"
)
_CLAUDE_OLD = r"claude-2\.[01]"


@lru_cache(maxsize=1)
def _snapshots() -> Mapping[str, str]:
    """Give the newest recorded date of each model: all that is older than 4.6 has one in its id.

    Upstream often does not state it, or states another.
    """
    dated = (re.search(_DAY, model) for model in sorted(recorded()["anthropic"]))
    return {day.string[: day.start()]: day[1] for day in dated if day}


def _anthropic(name: str, slug: str) -> Native | None:
    """`claude-sonnet-4.5` and `claude-4.5-sonnet` are one model: the family is last up to 3.7, then first.

    Sure of the snapshots, whose number is closed, and from 4.6 on, where ids have no date, of old families.
    """
    parts = re.fullmatch(_CLAUDE, name)
    if not parts or bool(parts["family"]) == bool(parts["last"]):
        return Native(name) if re.fullmatch(_CLAUDE_OLD, name) else None
    family, version = parts["family"] or parts["last"], (int(parts["major"]), int(parts["minor"] or 0))
    number = parts["major"] + (f"-{parts['minor']}" if parts["minor"] else "")
    plain = f"{number}-{family}" if version < (4, 0) else f"{family}-{number}"
    if version >= (4, 6):
        return None if parts["date"] else Native(f"claude-{plain}", sure=family in _FAMILIES)
    snapshot = _snapshots().get(f"claude-{plain}")
    date = parts["date"] or snapshot
    if date:
        return Native(f"claude-{plain}-{date}", sure=date == snapshot)
    dated = re.search(_DAY, slug)
    return Native(f"claude-{plain}-{dated[1]}") if dated else None


# ---------------------------------------------------------------------------- google

_GOOGLE = (
    r"gemini-(embedding-)?\d.*|gemini-exp-\d{4}|gemini-pro(-vision)?"
    r"|gemma-(3n?|[4-9])-.+-it|(lyria|imagen)-\d.*"
)
_GEMINI = r"gemini-(2\.5|[3-9](\.\d)?)-(pro|flash|flash-lite)|gemini-[3-9](\.\d)?-(pro|flash)-preview"
_GEMINI_OLD = r"gemini-(flash|pro)-(1\.5)(-8b)?"
_VEO = r"veo-3\.1(-fast|-lite)?"
_PREVIEW_DATE = r"(?a)-\d{2}-\d{2}$"


def _google(name: str, slug: str) -> Native | None:
    """As upstream has it, a preview with the date (month and day) that only the slug states.

    Sure of the plain models: each of them since 2.5 has been named as upstream names it.
    """
    old = re.fullmatch(_GEMINI_OLD, name)
    if old:
        return Native(f"gemini-{old[2]}-{old[1]}{old[3] or ''}")
    if re.fullmatch(_VEO, name):
        return Native(f"{name}-generate-preview")
    dated = re.search(_PREVIEW_DATE, slug) if name == "gemini-2.5-pro-preview" else None
    if dated:
        return Native(name + dated[0])
    return Native(name, sure=bool(re.fullmatch(_GEMINI, name))) if re.fullmatch(_GOOGLE, name) else None


# ---------------------------------------------------------------------------- mistralai

_MONTH = r"(?a)-(2[3-9](?:0[1-9]|1[0-2]))$"
_VERSION_OR_WEIGHTS = r"(-\d([.-]\d)?)?(-\d+b-instruct)?$"
_MISTRAL_DATED = (
    r"(open-|labs-)?(mistral|mixtral|ministral|codestral|devstral|magistral|pixtral|voxtral)(-.+)?"
)
_MISTRAL_VERSION = r"mistral-(large|medium|small)-[3-9]([.-]\d)?"


def _mistral(name: str, slug: str) -> Native | None:
    """Family and month (`-2512`), from the id or else the slug. Never sure: families go into others."""
    month = re.search(_MONTH, name) or re.search(_MONTH, slug)
    if month and re.fullmatch(_MISTRAL_DATED, name):
        family = re.sub(_VERSION_OR_WEIGHTS, "", re.sub(_MONTH, "", name))
        return Native(family + month[0])
    return Native(name.replace(".", "-")) if re.fullmatch(_MISTRAL_VERSION, name) else None


# ---------------------------------------------------------------------------- cohere

_COHERE_DATED = r"(?a)(command|c4ai|aya)-.+-(0[1-9]|1[0-2])-20\d\d"
_COHERE_RERANK = r"rerank-(\d)-(fast|pro)"
_COHERE = r"(rerank|embed)-.*v\d\.\d.*|c4ai-aya-.+|tiny-aya-.+"


def _cohere(name: str, slug: str) -> Native | None:
    """Name, month and year, from the id or else the slug. Never sure: the month is not told beforehand."""
    rerank = re.fullmatch(_COHERE_RERANK, name)
    if rerank:
        return Native(f"rerank-v{rerank[1]}.0-{rerank[2]}")
    if re.fullmatch(_COHERE_DATED, name) or re.fullmatch(_COHERE, name):
        return Native(name)
    dated = slug.rpartition("/")[2]
    same = dated.startswith(f"{name}-") and re.fullmatch(_NAME, dated)
    return Native(dated) if same and re.fullmatch(_COHERE_DATED, dated) else None


# ---------------------------------------------------------------------------- all

_GROK_1_FAST = "grok-4.1-fast"  # the one with dashes

# Other vendors' models are open weights: whoever hosts them gives them names of his own.
RULES: Mapping[str, Rule] = {
    "ai21": _plain(r"jamba-(large|mini)-\d\.\d"),
    "amazon": _plain(r"nova-(\d-)?[a-z]+-v\d", spelled=lambda name: f"amazon.{name}:0"),
    "anthropic": _anthropic,
    "cohere": _cohere,
    # its API has the newest model only, by version since 4; the weights of others are not there
    "deepseek": _plain(r"deepseek-(chat|reasoner|coder|v([4-9]|\d\d)(\.\d+)?(-[a-z]+)*)"),
    "google": _google,
    "inception": _plain(r"mercury-\d.*"),
    "meta-llama": _plain(""),
    "minimax": _plain(r"minimax-m\d(\.\d)?", lambda name: name.replace("minimax-m", "MiniMax-M")),
    "mistralai": _mistral,
    "moonshotai": _plain(r"kimi-k\d.*"),
    # its lists are not of one mind on how a dot is written
    "nvidia": _plain(r"nemotron-[^.]+", lambda name: f"nvidia/{name}"),
    "openai": _openai,
    "perplexity": _plain(r"sonar(-pro|-reasoning|-reasoning-pro|-deep-research)?|r1-1776|pplx-embed-.+"),
    "qwen": _plain(
        r"qwen-?(2\.5|3)[-.].+|qwen-(vl-)?(max|plus|turbo).*|qwq-.+",
        lambda name: re.sub(r"^qwen-?2\.5-", "qwen2-5-", name),
    ),
    "stepfun": _plain(r"step-\d.*"),
    "x-ai": _plain(
        r"grok-(\d|code|build|imagine|beta|vision|voice-\d).*",
        spelled=lambda name: name.replace(".", "-") if name.startswith(_GROK_1_FAST) else name,
    ),
    "xiaomi": _plain(r"mimo-v\d.*"),
    "z-ai": _plain(r"glm-\d.*"),
}

# ---------------------------------------------------------------------------- what was seen


def is_recorded(vendor: str, model: str) -> bool:
    """Tell whether a record of the vendor's own API has the id. One that is not there may be newer."""
    return model in recorded().get(vendor, ())


@lru_cache(maxsize=1)
def recorded() -> Mapping[str, frozenset[str]]:
    """Give the ids of each vendor."""
    ids: dict[str, set[str]] = {}
    for vendor, model in _lines(FILE):
        ids.setdefault(vendor, set()).add(model)
    return {vendor: frozenset(models) for vendor, models in ids.items()}


@lru_cache(maxsize=1)
def by_no_rule() -> Mapping[tuple[str, str], str]:
    """Give, by vendor and what aggregators call a model, the vendor's own ids that no rule gives."""
    return {(vendor, name): model for vendor, name, model in _lines(NAMES)}


def _lines(file: Path) -> list[list[str]]:
    return [line.split() for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
