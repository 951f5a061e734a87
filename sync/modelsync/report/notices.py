"""Groups notices by what they are about, and by what is said."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from modelsync.records import Notice, Topic
from modelsync.report.text import brief, first, listed, more

NAMES_SHOWN = 5  # members of one group, of notices as of holds
TOLD = 4000  # characters of a notice, where everything is asked for
STANDING = frozenset(  # what is so every day, and asks nothing of a person
    (
        Topic.DEPRECATED,
        Topic.DRIFT,
        Topic.NO_KEY,
        Topic.NO_SUCH_PROVIDER,
        Topic.NOT_ADDED,
        Topic.NOT_COMPARED,
        Topic.SKIPPED,
        Topic.UNMAPPED,
        Topic.UNUSABLE,
        Topic.VARIANTS,
    )
)


class Group(msgspec.Struct, frozen=True):
    """What is said, and of what."""

    text: str
    subjects: tuple[str, ...]

    def line(self, *, verbose: bool) -> tuple[str, str]:
        """Of what and what is said; what is said of several comes before them."""
        text = self.text if verbose else brief(self.text)
        subjects = listed(self.subjects, NAMES_SHOWN, verbose)
        return (text, subjects) if text and len(self.subjects) > 1 else (subjects, text)


class Chapter(msgspec.Struct, frozen=True):
    """The notices of one topic, those that say the same together."""

    name: str
    groups: tuple[Group, ...]

    @property
    def count(self) -> int:
        return sum(len(group.subjects) for group in self.groups)

    def lines(self, *, verbose: bool) -> list[tuple[str, str]]:
        """Of what, and what is said: cut where it is long, unless `verbose`."""
        groups, left = first(self.groups, NAMES_SHOWN, verbose)
        lines = [line for group in groups if any(line := group.line(verbose=verbose))]
        return lines + ([(more(left), "")] if left else [])

    @property
    def is_cut(self) -> bool:
        return self.lines(verbose=False) != self.lines(verbose=True)


def topics(notices: Iterable[Notice]) -> tuple[Chapter, ...]:
    """The notices by topic, those that say the same together and of each name once, in their order."""
    by_topic: dict[str, dict[str, list[str]]] = {}
    for notice in notices:
        by_topic.setdefault(notice.topic, {}).setdefault(notice.text, []).append(brief(notice.subject))
    return tuple(
        Chapter(
            brief(name),
            tuple(
                Group(brief(text, TOLD), tuple(filter(None, dict.fromkeys(subjects))))
                for text, subjects in by_text.items()
            ),
        )
        for name, by_text in by_topic.items()
    )


def counted(chapters: Iterable[Chapter]) -> str:
    """Topics as their counts, in one line: `29 unmapped, 60 variants`."""
    return ", ".join(f"{topic.count:,} {topic.name}" for topic in chapters)
