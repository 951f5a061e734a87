"""Adds the ids of a vendor's recorded answer to those that its API was seen to take: `VENDOR LIST`.

LIST is an answer of `GET /v1/models` (`data`, each with its `id`) or of Google's `GET /v1beta/models`
(`models`, each with its `name`). Ids that a later answer lacks stay: what an entry names may be older.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from modelsync.plan.mapping.native import FILE

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*(:0)?", re.ASCII)


def record(vendor: str, answer: Path, file: Path = FILE) -> list[str]:
    """Write the ids that are new into the file, below the vendor's others, and give them."""
    lists = json.loads(answer.read_bytes())
    names = [
        row.get("id") or row["name"].removeprefix("models/") for row in lists.get("data") or lists["models"]
    ]
    lines = file.read_text("utf-8").splitlines()
    known = {line for line in lines if line.startswith(f"{vendor} ")}
    if not known:
        raise SystemExit(
            f"{vendor} has no ids in {file.name} yet: begin it with a comment that says where from"
        )
    new = {f"{vendor} {name}" for name in names if _ID.fullmatch(name)} - known
    first = lines.index(min(known))
    lines[first : first + len(known)] = sorted(known | new)
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return sorted(new)


if __name__ == "__main__":
    print("\n".join(record(sys.argv[1], Path(sys.argv[2]))))
