"""What a model can do, from the words of upstream lists: its features, and what goes in and comes out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Set

from modelsync.records import FEATURES
from modelsync.sources.facts import Facts

Words = Mapping[str, tuple[str, ...]]  # the features that each word of a list means

WORDS: Words = {  # that mean the same wherever a list has them
    "audio": ("audio", "multimodal"),
    "audio_input": ("audio", "multimodal"),
    "audio_speech": ("speech",),
    "audio_transcription": ("transcription",),
    "chat": ("chat",),
    "chat_completion": ("chat",),
    "chatCompletion": ("chat",),
    "completion_chat": ("chat",),
    "embed": ("embeddings",),
    "embedding": ("embeddings",),
    "embeddings": ("embeddings",),
    "function_calling": ("function_calling",),
    "image_generation": ("image_generation",),
    "image_in": ("vision", "multimodal"),
    "image_input": ("vision", "multimodal"),
    "imageGenerations": ("image_generation",),
    "json_schema": ("structured_outputs",),
    "jsonSchemaResponse": ("structured_outputs",),
    "llm": ("chat",),
    "moderation": ("moderation",),
    "parallel_function_calling": ("parallel_function_calling",),
    "parallel_tool_calls": ("parallel_function_calling",),
    "reasoning": ("reasoning",),
    "reasoning_effort": ("reasoning",),
    "rerank": ("rerank",),
    "reranker": ("rerank",),
    "response_schema": ("structured_outputs",),
    "speech_to_text": ("transcription",),
    "streaming": ("streaming",),
    "structured_output": ("structured_outputs",),
    "structured_outputs": ("structured_outputs",),
    "stt": ("transcription",),
    "text_to_speech": ("speech",),
    "thinking": ("reasoning",),
    "tool_call": ("function_calling",),
    "tool_choice": ("tool_choice",),
    "tool_choices": ("tool_choice",),
    "tools": ("function_calling",),
    "transcription": ("transcription",),
    "transcriptions": ("transcription",),
    "tts": ("speech",),
    "video_generation": ("video_generation",),
    "vision": ("vision", "multimodal"),
    "web_search": ("web_search",),
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
