"""One thing that a commit did and no run of sync may do."""

from __future__ import annotations

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """Where it is in the newer revision, and what it is; `name` (`openai/gpt-4o:removed`) lets it through."""

    file: str
    line: int  # 0: there is no such file any more, or it is about the whole of it
    text: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"
