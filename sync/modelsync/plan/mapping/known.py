"""The ids that vendors' own APIs were seen to take, as recorded. Ids only; it knows no rule.

models.dev is https://github.com/anomalyco/models.dev, `providers/VENDOR/models/`, looked up on 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping


def is_recorded(vendor: str, model: str) -> bool:
    """Whether a record of the vendor's own API has the id. One that is not there may be newer."""
    return model in RECORDED.get(vendor, ())


RECORDED: Mapping[str, frozenset[str]] = {
    vendor: frozenset(ids.split())
    for vendor, ids in {
        # `GET /v1/models`, 2026-08-02, and models.dev, of those that are older.
        "anthropic": """
        claude-3-5-haiku-20241022 claude-3-5-haiku-latest claude-3-5-sonnet-20240620
        claude-3-5-sonnet-20241022 claude-3-7-sonnet-20250219 claude-3-7-sonnet-latest
        claude-3-haiku-20240307 claude-3-opus-20240229 claude-3-sonnet-20240229 claude-fable-5
        claude-haiku-4-5 claude-haiku-4-5-20251001 claude-opus-4-0 claude-opus-4-1
        claude-opus-4-1-20250805 claude-opus-4-20250514 claude-opus-4-5 claude-opus-4-5-20251101
        claude-opus-4-6 claude-opus-4-7 claude-opus-4-8 claude-opus-5 claude-sonnet-4-0
        claude-sonnet-4-20250514 claude-sonnet-4-5 claude-sonnet-4-5-20250929 claude-sonnet-4-6
        claude-sonnet-5
        """,
        # models.dev.
        "cohere": """
        c4ai-aya-expanse-32b c4ai-aya-expanse-8b c4ai-aya-vision-32b c4ai-aya-vision-8b
        cohere-transcribe-03-2026 command-a-03-2025 command-a-plus-05-2026 command-a-reasoning-08-2025
        command-a-translate-08-2025 command-a-vision-07-2025 command-r-08-2024 command-r-plus-08-2024
        command-r7b-12-2024 command-r7b-arabic-02-2025 north-mini-code-1-0 parse-v5.0 tiny-aya-earth
        tiny-aya-fire tiny-aya-global tiny-aya-water
        """,
        # models.dev; without the names (`deepseek-chat`) that go to whatever is newest.
        "deepseek": """
        deepseek-v4-flash deepseek-v4-flash-vision-exp deepseek-v4-pro
        """,
        # `GET /v1beta/models`, 2026-02-19 and 2026-07-31.
        "google": """
        antigravity-preview-05-2026 aqa deep-research-max-preview-04-2026 deep-research-preview-04-2026
        deep-research-pro-preview-12-2025 gemini-2.0-flash gemini-2.0-flash-001
        gemini-2.0-flash-exp-image-generation gemini-2.0-flash-lite gemini-2.0-flash-lite-001
        gemini-2.5-computer-use-preview-10-2025 gemini-2.5-flash gemini-2.5-flash-image
        gemini-2.5-flash-lite gemini-2.5-flash-lite-preview-09-2025 gemini-2.5-flash-native-audio-latest
        gemini-2.5-flash-native-audio-preview-09-2025 gemini-2.5-flash-native-audio-preview-12-2025
        gemini-2.5-flash-preview-09-2025 gemini-2.5-flash-preview-tts gemini-2.5-pro
        gemini-2.5-pro-preview-tts gemini-3-flash-preview gemini-3-pro-image gemini-3-pro-image-preview
        gemini-3-pro-preview gemini-3.1-flash-image gemini-3.1-flash-image-preview gemini-3.1-flash-lite
        gemini-3.1-flash-lite-image gemini-3.1-flash-lite-preview gemini-3.1-flash-live-preview
        gemini-3.1-flash-tts-preview gemini-3.1-pro-preview gemini-3.1-pro-preview-customtools
        gemini-3.5-flash gemini-3.5-flash-lite gemini-3.5-live-translate-preview gemini-3.6-flash
        gemini-embedding-001 gemini-embedding-2 gemini-embedding-2-preview gemini-exp-1206
        gemini-flash-latest gemini-flash-lite-latest gemini-omni-flash-preview gemini-pro-latest
        gemini-robotics-er-1.5-preview gemini-robotics-er-1.6-preview gemini-robotics-er-2-preview
        gemini-robotics-er-2-streaming-preview gemma-3-12b-it gemma-3-1b-it gemma-3-27b-it gemma-3-4b-it
        gemma-3n-e2b-it gemma-3n-e4b-it gemma-4-26b-a4b-it gemma-4-31b-it imagen-4.0-fast-generate-001
        imagen-4.0-generate-001 imagen-4.0-generate-preview-06-06 imagen-4.0-ultra-generate-001
        imagen-4.0-ultra-generate-preview-06-06 lyria-3-clip-preview lyria-3-pro-preview
        nano-banana-pro-preview veo-2.0-generate-001 veo-3.0-fast-generate-001 veo-3.0-generate-001
        veo-3.1-fast-generate-preview veo-3.1-generate-preview veo-3.1-lite-generate-preview
        """,
        # `GET /v1/models`, 2026-02-19.
        "mistralai": """
        codestral-2508 codestral-embed codestral-embed-2505 codestral-latest devstral-2512
        devstral-latest devstral-medium-2507 devstral-medium-latest devstral-small-2507
        devstral-small-latest labs-devstral-small-2512 labs-mistral-small-creative magistral-medium-2509
        magistral-medium-latest magistral-small-2509 magistral-small-latest ministral-14b-2512
        ministral-14b-latest ministral-3b-2512 ministral-3b-latest ministral-8b-2512 ministral-8b-latest
        mistral-embed mistral-embed-2312 mistral-large-2411 mistral-large-2512 mistral-large-latest
        mistral-large-pixtral-2411 mistral-medium mistral-medium-2505 mistral-medium-2508
        mistral-medium-latest mistral-moderation-2411 mistral-moderation-latest mistral-ocr-2503
        mistral-ocr-2505 mistral-ocr-2512 mistral-ocr-latest mistral-small-2501 mistral-small-2506
        mistral-small-latest mistral-tiny-2407 mistral-tiny-latest mistral-vibe-cli-latest
        mistral-vibe-cli-with-tools open-mistral-nemo open-mistral-nemo-2407 pixtral-large-2411
        pixtral-large-latest voxtral-mini-2507 voxtral-mini-2602 voxtral-mini-latest
        voxtral-mini-transcribe-2507 voxtral-small-2507 voxtral-small-latest
        """,
        # `GET /v1/models`, 2026-08-05.
        "openai": """
        babbage-002 chat-latest chatgpt-image-latest computer-use-preview
        computer-use-preview-2025-03-11 davinci-002 gpt-3.5-turbo gpt-3.5-turbo-0125 gpt-3.5-turbo-1106
        gpt-3.5-turbo-16k gpt-3.5-turbo-instruct gpt-3.5-turbo-instruct-0914 gpt-4 gpt-4-0613
        gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4.1 gpt-4.1-2025-04-14 gpt-4.1-mini
        gpt-4.1-mini-2025-04-14 gpt-4.1-nano gpt-4.1-nano-2025-04-14 gpt-4o gpt-4o-2024-05-13
        gpt-4o-2024-08-06 gpt-4o-2024-11-20 gpt-4o-mini gpt-4o-mini-2024-07-18
        gpt-4o-mini-search-preview gpt-4o-mini-search-preview-2025-03-11 gpt-4o-mini-transcribe
        gpt-4o-mini-transcribe-2025-03-20 gpt-4o-mini-transcribe-2025-12-15 gpt-4o-mini-tts
        gpt-4o-mini-tts-2025-03-20 gpt-4o-mini-tts-2025-12-15 gpt-4o-search-preview
        gpt-4o-search-preview-2025-03-11 gpt-4o-transcribe gpt-4o-transcribe-diarize gpt-5
        gpt-5-2025-08-07 gpt-5-chat-latest gpt-5-codex gpt-5-mini gpt-5-mini-2025-08-07 gpt-5-nano
        gpt-5-nano-2025-08-07 gpt-5-pro gpt-5-pro-2025-10-06 gpt-5-search-api
        gpt-5-search-api-2025-10-14 gpt-5.1 gpt-5.1-2025-11-13 gpt-5.1-chat-latest gpt-5.1-codex
        gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.2 gpt-5.2-2025-12-11 gpt-5.2-chat-latest
        gpt-5.2-codex gpt-5.2-pro gpt-5.2-pro-2025-12-11 gpt-5.3-chat-latest gpt-5.3-codex gpt-5.4
        gpt-5.4-2026-03-05 gpt-5.4-mini gpt-5.4-mini-2026-03-17 gpt-5.4-nano gpt-5.4-nano-2026-03-17
        gpt-5.4-pro gpt-5.4-pro-2026-03-05 gpt-5.5 gpt-5.5-2026-04-23 gpt-5.5-pro gpt-5.5-pro-2026-04-23
        gpt-5.6-luna gpt-5.6-sol gpt-5.6-terra gpt-audio gpt-audio-1.5 gpt-audio-2025-08-28
        gpt-audio-mini gpt-audio-mini-2025-10-06 gpt-audio-mini-2025-12-15 gpt-image-1 gpt-image-1-mini
        gpt-image-1.5 gpt-image-2 gpt-image-2-2026-04-21 gpt-live-transcribe gpt-realtime
        gpt-realtime-1.5 gpt-realtime-2 gpt-realtime-2.1 gpt-realtime-2.1-mini gpt-realtime-2025-08-28
        gpt-realtime-mini gpt-realtime-mini-2025-12-15 gpt-realtime-translate gpt-realtime-whisper
        gpt-transcribe o1 o1-2024-12-17 o1-pro o1-pro-2025-03-19 o3 o3-2025-04-16 o3-deep-research
        o3-deep-research-2025-06-26 o3-mini o3-mini-2025-01-31 o3-pro o3-pro-2025-06-10 o4-mini
        o4-mini-2025-04-16 o4-mini-deep-research o4-mini-deep-research-2025-06-26
        omni-moderation-2024-09-26 omni-moderation-latest sora-2 sora-2-pro text-embedding-3-large
        text-embedding-3-small text-embedding-ada-002 tts-1 tts-1-1106 tts-1-hd tts-1-hd-1106 whisper-1
        """,
        # models.dev.
        "perplexity": """
        sonar sonar-deep-research sonar-pro sonar-reasoning-pro
        """,
        # models.dev.
        "x-ai": """
        grok-2 grok-2-1212 grok-2-latest grok-2-vision grok-2-vision-1212 grok-2-vision-latest grok-3
        grok-3-fast grok-3-fast-latest grok-3-latest grok-3-mini grok-3-mini-fast
        grok-3-mini-fast-latest grok-3-mini-latest grok-4 grok-4-1-fast grok-4-1-fast-non-reasoning
        grok-4-fast grok-4-fast-non-reasoning grok-4.20-0309-non-reasoning grok-4.20-0309-reasoning
        grok-4.20-multi-agent-0309 grok-4.3 grok-4.5 grok-4.6 grok-4.7 grok-beta grok-build-0.1
        grok-code-fast-1 grok-imagine-image grok-imagine-image-2.0 grok-imagine-image-quality
        grok-imagine-video grok-imagine-video-1.5 grok-vision-beta
        """,
    }.items()
}
