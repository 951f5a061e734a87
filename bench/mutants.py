"""`python -m bench.mutants [WORD]`: writes one line of the code wrongly at a time, and sees its tests fail.

`mutants.toml` lists the lines, and the tests that have to notice. WORD picks those whose name or file has it.
It exits 1 where one survives, where its old text is not there exactly once, or where the tests fail anyway.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import monotonic

import msgspec

ROOT = Path(__file__).parents[1]
TABLE = Path(__file__).with_suffix(".toml")
IMPORTED_FROM = "sync"  # the folder that holds the package
NOT_COPIED = (".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "*.egg-info", "build", "dist")
PASSED, FAILED = 0, 1  # of pytest's exit codes


class Mutant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the code written wrongly, and the tests that have to notice."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def read(table: Path) -> list[Mutant]:
    """The mutants in their order."""
    return msgspec.convert(tomllib.loads(table.read_text("utf-8"))["mutant"], list[Mutant])


def main(words: Sequence[str]) -> int:
    mutants = [each for each in read(TABLE) if all(word in f"{each.name} {each.file}" for word in words)]
    if not mutants:
        print(f"no mutant has {' '.join(words)} in its name or file")
        return 1
    begun = monotonic()
    with tempfile.TemporaryDirectory(prefix="modelsync-mutants-") as folder:
        Path(folder).chmod(0o755)  # some tests run the program as nobody
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED), symlinks=True)
        run = tested(copy, dict.fromkeys(test for each in mutants for test in each.tests))
        if run.returncode != PASSED:
            print(f"{run.stdout}\nThe tests fail without any mutant, so nothing can be said.")
            return 1
        outcomes = [tried(copy, mutant) for mutant in mutants]
    killed = outcomes.count("killed")
    print(f"{killed} of {len(mutants)} killed in {monotonic() - begun:.0f} s")
    return 0 if killed == len(mutants) else 1


def tried(copy: Path, mutant: Mutant) -> str:
    """What became of one mutant, printed as soon as it is known."""
    path = copy / mutant.file
    text = path.read_text("utf-8") if path.is_file() else ""
    count = text.count(mutant.old)
    if count == 1:
        path.write_text(text.replace(mutant.old, mutant.new), "utf-8")
        code = tested(copy, mutant.tests).returncode
        path.write_text(text, "utf-8")
        outcome = {PASSED: "SURVIVED", FAILED: "killed"}.get(code, f"UNCLEAR: pytest ended with {code}")
    else:
        outcome = f"OUTDATED: its old text is there {count} times"
    print(f"{outcome:9} {mutant.name} ({mutant.file})", flush=True)
    return outcome


def tested(copy: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    """Pytest up to its first failure; bytecode would be taken for a mutant's of the same size and second."""
    command = [sys.executable, "-m", "pytest", "-n0", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(copy / IMPORTED_FROM), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
