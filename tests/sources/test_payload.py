"""What reading a text leaves of it."""

from __future__ import annotations

import pytest

from modelsync.sources import payload


@pytest.mark.parametrize("text", ["A model for long…", "A model that can...", " cut off ... \n"])
def test_a_text_that_was_sent_cut_off_is_no_description(text: str) -> None:
    assert payload.prose(text) is None


@pytest.mark.parametrize("text", ["It thinks... then answers.", "A model.", "…and more."])
def test_an_ellipsis_inside_a_text_cuts_nothing_off(text: str) -> None:
    assert payload.prose(text) == text
