"""What programs that never sign in may begin, each by a secret of its own: a schedule, and a webhook."""

from __future__ import annotations

import hmac
import os
import threading
import time
from collections.abc import Mapping

from litestar.exceptions import NotAuthorizedException, NotFoundException

from modelsync.notify import webhook

CRON, HOOK = "CRON_SECRET", "MODELSYNC_HOOK_SECRET"
_SHORTEST = 16  # characters of the secret of a schedule


class Triggers:
    """The secrets of the environment that allow it. Without its secret a trigger is not there."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._cron, self._hook = environment.get(CRON, ""), environment.get(HOOK, "")
        self._alone, self._seen = threading.Lock(), dict[str, float]()

    def expect_cron(self, authorization: str) -> None:
        """Raises NotFoundException where there is no secret, NotAuthorizedException for another one."""
        if len(self._cron) < _SHORTEST:
            raise NotFoundException(f"{CRON} is not set, or has under {_SHORTEST} characters: this is off")
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._cron.encode()):
            raise NotAuthorizedException(f"not the {CRON} of this server")

    def expect_signed(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises NotFoundException where there is no secret, NotAuthorizedException for a message that was
        not signed with it just now, or came before."""
        if not webhook.is_secret(self._hook):
            raise NotFoundException(f"{HOOK} is not set, or is no {webhook.FORM}: this is off")
        moment = time.time()
        if not webhook.is_signed(headers, body, self._hook, moment):
            raise NotAuthorizedException("the message is not signed as it should be, or not just now")
        message = headers["webhook-id"]
        with self._alone:
            self._seen = {known: at for known, at in self._seen.items() if moment - at < 2 * webhook.FRESH}
            if message in self._seen:
                raise NotAuthorizedException("the message came before")
            self._seen[message] = moment
