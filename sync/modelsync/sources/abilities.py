"""What a model can do, from the words of upstream lists: its features, and what goes in and comes out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Set

from modelsync.records import FEATURES
from modelsync.sources.facts import Facts

Words = Mapping[str, tuple[str, ...]]  # the features that each word of a list means

_WORDS = {  # by feature, the words that mean it wherever a list has them
    "audio": "audio audio_input",
    "chat": "chat chat_completion chatCompletion completion_chat llm",
    "embeddings": "embed embedding embeddings",
    "function_calling": "function_calling tool_call tools",
    "image_generation": "image_generation imageGenerations",
    "moderation": "moderation",
    "multimodal": "audio audio_input image_in image_input vision",
    "parallel_function_calling": "parallel_function_calling parallel_tool_calls",
    "reasoning": "reasoning reasoning_effort thinking",
    "rerank": "rerank reranker",
    "speech": "audio_speech text_to_speech tts",
    "streaming": "streaming",
    "structured_outputs": "json_schema jsonSchemaResponse response_schema structured_output"
    " structured_outputs",
    "tool_choice": "tool_choice tool_choices",
    "transcription": "audio_transcription speech_to_text stt transcription transcriptions",
    "video_generation": "video_generation",
    "vision": "image_in image_input vision",
    "web_search": "web_search",
}
WORDS: Words = {
    word: tuple(feature for feature, others in _WORDS.items() if word in others.split())
    for words in _WORDS.values()
    for word in words.split()
}
MODALITIES = (
    *("text", "image", "file", "audio", "video"),
    *("embeddings", "rerank", "speech", "transcription", "pdf"),
)
INPUTS: Words = {"image": ("vision", "multimodal"), "audio": ("audio", "multimodal")}
OUTPUTS: Words = {
    "audio": ("audio",),
    "embeddings": ("embeddings",),
    "image": ("image_generation",),
    "rerank": ("rerank",),
    "speech": ("speech",),
    "transcription": ("transcription",),
    "video": ("video_generation",),
}


def meant(words: Iterable[str], table: Words) -> set[str]:
    """Give the features that these words mean; one that is not in the table means none."""
    return {feature for word in words for feature in table.get(word, ())}


def of_modalities(inputs: Container[str], outputs: Container[str]) -> set[str]:
    """Give the features of a model that takes and gives this; what takes and gives text is for chat."""
    chat = {"chat"} if "text" in inputs and "text" in outputs else set[str]()
    taken = meant((word for word in INPUTS if word in inputs), INPUTS)
    return chat | taken | meant((word for word in OUTPUTS if word in outputs), OUTPUTS)


def ordered(field: str, words: Iterable[str]) -> tuple[str, ...]:
    """Order features as the vocabulary does, and no other words; modalities with the usual ones first."""
    if field == "features":
        able = set(words)
        return tuple(word for word in FEATURES if word in able)
    return tuple(sorted(set(words), key=lambda word: (_RANK.get(word, len(_RANK)), word)))


def state(facts: Facts, able: Set[str], inputs: Iterable[str] = (), outputs: Iterable[str] = ()) -> None:
    """State what a row can do, takes and gives, by words that are known, and the features that follow."""
    taken, given = (frozenset(words) & _RANK.keys() for words in (inputs, outputs))
    if not (able or taken or given):
        return
    values = {
        "modalities.input": taken,
        "modalities.output": given,
        "features": able | of_modalities(taken, given),
    }
    facts.values.update({field: ordered(field, words) for field, words in values.items() if words})


_RANK = {word: rank for rank, word in enumerate(MODALITIES)}
