"""That one list says which names are of secrets, for headers, for hooks and for what is printed."""

from __future__ import annotations

import pytest

from modelsync.records.secret import is_secret


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "X-Api-Key", "x-goog-signature", "sig_token", "OAUTH", "NPM_AUTH"),
        *(
            "OPENAI_API_KEY",
            "MY_KEYS",
            "DB_PASSWORD",
            "PASSWD",
            "SENTRY_DSN",
            "DATABASE_URL",
            "AWS_CREDENTIALS",
        ),
    ],
)
def test_what_is_named_like_a_secret_is_one(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["GIT_AUTHOR_NAME", "XAUTHORITY", "PATH", "LOG_LEVEL", "Accept", "limit"])
def test_the_name_of_an_author_and_other_plain_settings_are_not_hidden(name: str) -> None:
    assert not is_secret(name)
