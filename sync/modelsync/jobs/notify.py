"""Tells the news of a run by the channels of `notify:`, each piece once; what is not told is tried again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import msgspec

from modelsync.config import Place
from modelsync.errors import UsageError
from modelsync.jobs import evidence
from modelsync.notify import events, message, services, webhook
from modelsync.notify.message import Message
from modelsync.notify.outbox import TOLD, Outbox, from_state
from modelsync.records import Catalog, Report, WebhookPolicy
from modelsync.run.notes import Note
from modelsync.run.request import Run

State = Mapping[str, str]  # what a dashboard remembers, others' included
Send = Callable[[Message], str]  # gives why the message was not taken
_NOTE = Note("outbox.json", Outbox)


def tell(run: Run, catalog: Catalog, done: Report, elsewhere: Callable[[], State] = dict) -> Report:
    """Tell what is news of a run. The report names the channels that did not take it.

    A machine that has noted nothing knows from `elsewhere` what was told.
    """
    policy, channels = run.config.notify, dict(_channels(run))
    if not channels:
        return done
    successes = evidence.last_successes(run) if done.plan.failures else {}
    seen = events.observed(done, catalog, policy, successes)
    before = _NOTE.read(run.place) or from_state(elsewhere())
    outbox = before.with_news(seen, channels, run.now.date())
    _NOTE.write(run.place, outbox)
    untold = []
    for name, owed in outbox.owed.items():
        reason = channels[name](message.news(owed, _name(run.place), done))
        if reason:
            untold.append(f"{name}: {reason}")
        else:
            outbox = outbox.taken(name)
            _NOTE.write(run.place, outbox)
    return msgspec.structs.replace(done, untold=tuple(untold))


def in_state(place: Place, state: State) -> State:
    """What a dashboard remembers, with what this machine knows to be told in place of what stands there."""
    outbox = _NOTE.read(place)
    if outbox is None:
        return state
    return {name: text for name, text in state.items() if not name.startswith(TOLD)} | outbox.as_state()


def trial(run: Run) -> Iterator[tuple[str, str]]:
    """Send a message of no news by each channel: its name, and why it did not take it. Raises UsageError."""
    channels = dict(_channels(run))
    if not channels:
        raise UsageError("sync.yaml names no channel", advice="Name one under `notify:`; docs/notify.md.")
    test = message.trial(_name(run.place), run.now.isoformat())
    yield from ((name, send(test)) for name, send in channels.items())


def _name(place: Place) -> str:
    """What people call the catalog: its repository's folder, and which of it where there may be several."""
    return f"{place.at_home.top.name}/{place.name}".rstrip("/")


def _channels(run: Run) -> Iterator[tuple[str, Send]]:
    """By the name under which it is shown, how each channel is sent to. No name is that of an address."""
    policy = run.config.notify
    if policy.webhook:
        yield "webhook", partial(_by_webhook, run, policy.webhook)
    for variable in policy.apprise:
        yield variable, partial(_by_apprise, variable)


def _by_webhook(run: Run, hook: WebhookPolicy, sent: Message) -> str:
    for variable in filter(None, (hook.url_env, hook.secret_env)):
        if not os.environ.get(variable, "").strip():
            return f"{variable} is not set"
    url = hook.url or os.environ[hook.url_env].strip()
    return webhook.send(sent, run.now, url, os.environ[hook.secret_env].strip())


def _by_apprise(variable: str, sent: Message) -> str:
    address = os.environ.get(variable, "").strip()
    return services.send(sent, address) if address else "it is not set, and of .env it is not taken"
