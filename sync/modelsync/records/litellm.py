"""What LiteLLM calls the prices of a model: USD per token, and of a search USD per query.

Names of the keys: https://docs.litellm.ai/docs/proxy/custom_pricing
"""

from __future__ import annotations

PRICES = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "input_cost_per_token_cache_hit": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "output_cost_per_reasoning_token": "reasoning",
    "input_cost_per_image_token": "image_input",
    "output_cost_per_image_token": "image_output",
    "input_cost_per_audio_token": "audio_input",
    "output_cost_per_audio_token": "audio_output",
    "cache_read_input_audio_token_cost": "audio_cache_read",
}
RANGES = "tiered_pricing"
SEARCH = "search_context_cost_per_query"
SERVICE_TIERS = {"_batches": "batch", "_flex": "flex", "_priority": "priority"}  # by how their keys end
