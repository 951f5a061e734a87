"""What other programs call the same provider."""

from __future__ import annotations

# Words by which logs call the same provider: LiteLLM's `custom_llm_provider`, OpenTelemetry's
# `gen_ai.provider.name` and its older `gen_ai.system`, OpenRouter's vendors.
_SAME = (
    {"google", "gemini", "google_ai_studio", "gcp.gemini", "gcp.gen_ai"},
    {"vertex", "vertex_ai", "google-vertex", "gcp.vertex_ai"},
    {"azure", "azure_openai", "azure.ai.openai", "az.ai.openai"},
    {"azure_ai", "azure.ai.inference", "az.ai.inference"},
    {"bedrock", "amazon-bedrock", "aws.bedrock", "bedrock_converse"},
    {"openai", "text-completion-openai"},
    {"mistral", "mistralai", "mistral_ai"},
    {"xai", "x-ai", "x_ai"},
    {"together", "togetherai", "together_ai"},
    {"fireworks", "fireworks-ai", "fireworks_ai"},
    {"moonshot", "moonshotai", "moonshot_ai"},
    {"zai", "z-ai", "zhipu", "zhipuai"},
    {"cohere", "cohere_chat"},
    {"qwen", "alibaba", "dashscope"},
    {"nvidia", "nvidia_nim"},
    {"vercel", "vercel_ai_gateway"},
    {"nlpcloud", "nlp_cloud"},
)


def words_of(provider: str) -> set[str]:
    """The words by which other programs call a provider, its own among them."""
    word = provider.lower()
    return next((same for same in _SAME if word in same), {word})
