"""What a model's input cost on each of some days, as most people would write it: git log, git show, PyYAML.

python obvious_price.py PROVIDER/KEY DAY...
"""

from __future__ import annotations

import subprocess
import sys

import yaml


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, check=True, text=True).stdout.strip()


def price(provider: str, key: str, day: str) -> object:
    """USD per 1M tokens of the last commit up to the end of the day."""
    file = f"catalog/providers/{provider}.yaml"
    commit = git("log", "-1", "--format=%H", f"--until={day}T23:59:59Z", "--", file)
    document = yaml.safe_load(git("show", f"{commit}:{file}"))
    return document["providers"][provider]["models"][key]["pricing"]["input"]


if __name__ == "__main__":
    provider, _, key = sys.argv[1].partition("/")
    for day in sys.argv[2:]:
        print(day, price(provider, key, day))
