"""Shows what publishing would do, or did, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from modelsync.records import Publication, TargetHealth
from modelsync.report.json import dumped
from modelsync.report.terminal import Screen, folded
from modelsync.report.text import brief, listed, plain

_SHOWN = 5  # names, where not all are asked for
_ACTIONS = {"create": "CREATE", "update": "UPDATE", "withdraw": "UNAVAILABLE", "remove": "REMOVE"}


def publication(done: Publication, screen: Screen) -> None:
    """Print each row that changes with its name, then the counts; verbosely also the rows that are equal."""
    screen.write(folded(line, screen.stream) for line in _lines(done, verbose=screen.verbose))


def publication_json(done: Publication) -> str:
    """The same as one JSON object, in the order of the rows."""
    changes = [
        {
            "action": change.action,
            "id": change.id,
            "model": change.model,
            "fields": change.fields,
            "values": change.row.values,
        }
        for change in done.changes
    ]
    return dumped(msgspec.structs.asdict(done) | {"changes": changes})


def target_health(targets: Iterable[TargetHealth], screen: Screen) -> None:
    """Print which target could be published to, why another could not, and what each would not be told."""
    screen.write(
        folded(line, screen.stream) for one in targets for line in _of_one(one, verbose=screen.verbose)
    )


def _of_one(health: TargetHealth, *, verbose: bool) -> Iterator[str]:
    kind = f" ({health.kind})" if health.kind else ""
    yield f"{health.target} {health.environment}: {health.state}: {plain(health.answer)}{kind}"
    yield from (f"  {plain(line)}" for line in health.advice.splitlines())
    yield from _unsaid(health.unsaid, verbose=verbose)


def _lines(done: Publication, *, verbose: bool) -> Iterator[str]:
    if done.is_dry:
        for change in done.changes:
            name = change.name or change.model
            fields = f" ({', '.join(change.fields)})" if change.action == "update" and change.fields else ""
            yield f"{_ACTIONS[change.action]}: {brief(change.id)} - {brief(str(name))}{brief(fields)}"
    else:
        for result in ("created", "updated", "withdrawn", "removed", "unconfirmed"):
            names = [one.id for one in done.deliveries if one.result == result]
            if names:
                yield f"{_WORDS.get(result, result)}: {', '.join(map(brief, names))}"
        for one in done.failed:
            yield f"failed: {brief(one.id)}: {brief(one.reason)} ({one.kind})"
    if verbose and done.unchanged:
        yield f"unchanged: {', '.join(map(brief, done.unchanged))}"
    for id_ in done.adoptable:
        yield f"would adopt: {brief(id_)}: a person made this row; --adopt lets the catalog have it"
    for id_ in done.conflicts:
        yield f"changed there since it was published: {brief(id_)}"
    yield from _unsaid(done.unsaid, verbose=verbose)
    yield _counts(done)


def _unsaid(unsaid: Mapping[str, Iterable[str]], *, verbose: bool) -> Iterator[str]:
    for what, models in unsaid.items():
        yield f"not told: {what}: {listed([*map(brief, models)], _SHOWN, verbose)}"


_WORDS = {"withdrawn": "made unavailable"}


def _counts(done: Publication) -> str:
    where = f"{done.target} {done.environment}, commit {done.commit[:10]}"
    if done.is_dry:
        actions = Counter(change.action for change in done.changes)
        what = [f"{count} to {word}" for word, count in actions.items()]
    else:
        results = Counter(one.result for one in done.deliveries)
        what = [f"{count} {_WORDS.get(word, word)}" for word, count in results.items()]
    return f"{where}: {', '.join([*what, f'{len(done.unchanged)} unchanged'])}"
