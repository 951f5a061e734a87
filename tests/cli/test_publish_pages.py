"""The examples of the pages about publishing, command by command: they do and print what the pages say."""

from __future__ import annotations

import re
import shlex
import subprocess
from decimal import Decimal
from pathlib import Path

import databases
from played_llm_proxy import played
from workplace import Workplace

DOCS = Path(__file__).parents[2] / "docs"
GPT, LISTED = "openai/gpt-4o", Decimal("0.0000025")
HASH = re.compile(r"(?<=commit )[0-9a-f]{10}")


def do(workplace: Workplace, page: str, addresses: dict[str, str]) -> int:
    """Type what a page says under its first heading, of somebody else's addresses those that are given; how
    often modelsync was called."""
    example = (DOCS / page).read_text().partition("## From staging to production, and back\n")[2]
    blocks = re.findall(r"```console\n(.*?)```", example.partition("\n## ")[0], re.DOTALL)
    calls = 0
    for typed, expected in re.findall(r"^\$ (.+)\n((?:[^$\n].*\n)*)", "\n".join(blocks), re.MULTILINE):
        command = re.sub(r" {2,}#.*", "", typed)
        if command.startswith(("pip ", "psql ")):
            continue
        for theirs, ours in addresses.items():
            command = command.replace(theirs, ours)
        if command.startswith("modelsync "):
            calls += 1
            command, _, search = command.partition(" | grep ")
            ran = workplace.run(*shlex.split(command)[1:])
            assert ran.code == 0, ran.err
            lines = ran.out.splitlines(keepends=True)
            printed = "".join(line for line in lines if not search or shlex.split(search)[0] in line)
        else:
            printed = ""
            subprocess.run(command, shell=True, cwd=workplace.path, check=True, capture_output=True)
        assert HASH.sub("", printed) == HASH.sub("", expected), typed
    return calls


def test_an_llm_proxy_from_staging_to_production_and_back(workplace):
    with played("token-of-staging") as staging, played("token-of-production") as production:
        addresses = {
            "https://staging.example.com/config": staging.configuration,
            "https://production.example.com/config": production.configuration,
        }
        assert do(workplace, "publish-llm-proxy.md", addresses) == 10
        for proxy in (staging, production):
            assert proxy.bad == []
            assert len(proxy.rows) == 7
            assert proxy.rows[GPT]["cost_input"] == LISTED
            assert proxy.writes[GPT] == 3


def test_a_database_from_staging_to_production_and_back(workplace, server):
    with databases.postgresql(server) as staging, databases.postgresql(server) as production:
        addresses = {
            "postgresql://catalog@staging.example.com/app?sslmode=require": staging.url,
            "postgresql://catalog@db.example.com/app?sslmode=require": production.url,
        }
        assert do(workplace, "publish-sql.md", addresses) == 9
        for database in (staging, production):
            assert len(database.rows) == 7
            assert database.rows[GPT]["input_cost_per_token"] == LISTED
            assert len(database.ask("SELECT * FROM model_sync_history WHERE success")) == 3
