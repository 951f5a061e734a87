"""The real LiteLLM proxy, its deployments in a real PostgreSQL, and what `publish litellm` makes of them.

`make interop` installs it apart, with the engine of its database client (tests/prisma_engine).
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

import databases
from modelsync.http import Client
from modelsync.records import Listing
from modelsync.sources import Endpoint, SourceSettings, listing_of
from real_litellm import KEY, started
from workplace import Ran, Workplace

CONFIG = """
model_list:
  - {model_name: o3, litellm_params: {model: openai/o3, api_key: none}}
general_settings: {master_key: sk-interop}
"""
GPT, O3 = "openai/gpt-4o", "openai/o3"
BATCH, LONG = "input_cost_per_token_batches", "input_cost_per_token_above_200k_tokens"
MORE = (
    "          tiers: [{above: 200000, input: 5, output: 20}]\n"
    "          variants: [{when: {service_tier: batch}, factor: 0.5}]\n"
)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a proxy with STORE_MODEL_IN_DB; one deployment stands in its own file."""
    engine = Path(os.environ["ENGINE"])
    folder = tmp_path_factory.mktemp("proxy")
    with databases.server() as server, databases.postgresql(server) as database:
        _migrate(database.url)
        _generate(engine, folder)
        no_migration = folder / "bin/prisma"  # whose own engine is downloaded
        no_migration.parent.mkdir()
        no_migration.write_text("#!/bin/sh\n")
        no_migration.chmod(0o755)
        environment = {
            "PATH": f"{no_migration.parent}:{os.environ['PATH']}",
            "PRISMA_QUERY_ENGINE_BINARY": f"{engine / 'engine.js'}",
            "DATABASE_URL": database.url.replace("@/", "@localhost/"),
            "DISABLE_SCHEMA_UPDATE": "True",
            "STORE_MODEL_IN_DB": "True",
            "LITELLM_SALT_KEY": "sk-salt",
        }
        with started(folder, CONFIG, environment) as url:
            yield url


def _packages() -> Path:
    """Where the packages of the proxy are installed."""
    asked = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    ran = subprocess.run([_bin() / "python", "-c", asked], capture_output=True, text=True, check=True)
    return Path(ran.stdout.strip())


def _bin() -> Path:
    return Path(os.environ["LITELLM"]).parent


def _migrate(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for script in sorted(_packages().glob("litellm_proxy_extras/migrations/*/migration.sql")):
            connection.execute(script.read_bytes())


def _generate(engine: Path, folder: Path) -> None:
    """Make the client of the proxy's schema; each engine that it would download is named as ours."""
    text = (_packages() / "litellm/proxy/schema.prisma").read_text()
    lines = (line for line in text.splitlines() if "binaryTargets" not in line)
    (folder / "schema.prisma").write_text("\n".join(lines))
    names = ("PRISMA_QUERY_ENGINE_BINARY", "PRISMA_QUERY_ENGINE_LIBRARY", "PRISMA_SCHEMA_ENGINE_BINARY")
    environment = os.environ | dict.fromkeys(names, f"{engine / 'engine.js'}")
    environment |= {"PATH": f"{_bin()}:{os.environ['PATH']}", "PYTHONPATH": ""}
    command = ["node", engine / "node_modules/prisma/build/index.js", "generate", "--schema", "schema.prisma"]
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.fixture
def publisher(workplace: Workplace, proxy: str) -> Workplace:
    """A team whose proxy has no deployments but that of its file."""
    for id_, deployment in deployments(proxy).items():
        if deployment["model_info"]["db_model"]:
            send(proxy, "POST", "/model/delete", {"id": id_})
    workplace.environment |= {"LITELLM_API_KEY": KEY, "LITELLM_BASE_URL": proxy}
    return workplace


def send(proxy: str, method: str, path: str, content: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {KEY}"}
    reply = Client(delay=0).send(method, proxy + path, content, headers=headers)
    assert reply.status == 200, reply.body
    return json.loads(reply.body, parse_float=Decimal)


def deployments(proxy: str) -> dict[str, dict[str, Any]]:
    return {one["model_info"]["id"]: one for one in send(proxy, "GET", "/model/info")["data"]}


def priced(proxy: str, id_: str, key: str = "input_cost_per_token") -> Decimal | None:
    value = deployments(proxy)[id_]["litellm_params"].get(key)
    return None if value is None else Decimal(value)


def wire(id_: str) -> str:
    return quote(id_, safe="=")


def publish(workplace: Workplace, *options: str, code: int = 0, **environment: str) -> Ran:
    ran = workplace.run("publish", "litellm", *options, **environment)
    assert ran.code == code, ran.err + ran.out
    return ran


def test_it_ends_with_exactly_the_values_of_the_catalog_and_a_second_time_changes_nothing(publisher, proxy):
    publisher.says("          output: 10      # the same\n", f"          output: 10\n{MORE}")
    assert "6 created" in publish(publisher).out
    gpt = deployments(proxy)[wire(GPT)]
    assert (gpt["model_name"], gpt["litellm_params"]["model"]) == ("gpt-4o", GPT)
    assert (gpt["model_info"]["db_model"], gpt["model_info"]["max_input_tokens"]) == (True, 128000)
    keys = ("input_cost_per_token", "output_cost_per_token", BATCH, LONG)
    assert [priced(proxy, wire(GPT), key) for key in keys] == [
        Decimal(price) for price in ("0.0000025", "0.00001", "0.00000125", "0.000005")
    ]
    assert "6 unchanged" in publish(publisher).out


def test_our_source_reads_back_the_prices_that_were_published(publisher, proxy):
    publisher.says("          output: 10      # the same\n", f"          output: 10\n{MORE}")
    publish(publisher)
    listing = listing_of("litellm", SourceSettings((Endpoint(proxy),)), Client(), key=KEY)
    assert isinstance(listing, Listing)
    values = {model.id: model.values for model in listing.models}
    assert (values[GPT]["pricing.input"], values[GPT]["pricing.output"]) == (Decimal("2.5"), Decimal(10))
    assert values["openai/o1"]["pricing.input"] == Decimal(15)
    assert [tier.above for tier in values[GPT]["pricing.tiers"]][:1] == [200_000]


def test_a_price_changes_and_a_rollback_brings_it_back(publisher, proxy):
    publish(publisher)
    publisher.says("input: 2.50 ", "input: 3.50 ")
    assert f"updated: {GPT}" in publish(publisher).out
    assert priced(proxy, wire(GPT)) == Decimal("0.0000035")
    assert f"updated: {GPT}" in publish(publisher, "--rev", "HEAD~1").out
    assert priced(proxy, wire(GPT)) == Decimal("0.0000025")


def test_prices_that_end_are_taken_away_or_become_the_usual_price(publisher, proxy):
    publisher.says("          output: 10      # the same\n", f"          output: 10\n{MORE}")
    publish(publisher)
    publisher.says(MORE, "")
    publish(publisher)
    assert priced(proxy, wire(GPT), BATCH) == priced(proxy, wire(GPT), LONG) == Decimal("0.0000025")
    publisher.says("          output: 4.4\n", "")
    publish(publisher)
    assert priced(proxy, wire("openai/o4-mini"), "output_cost_per_token") is None
    assert "6 unchanged" in publish(publisher).out


def test_an_ability_that_the_catalog_says_no_more_is_denied(publisher, proxy):
    publisher.says("        team: search", "        features: [chat, web_search]\n        team: search")
    publish(publisher)
    publisher.says("[chat, web_search]", "[chat]")
    publish(publisher)
    assert deployments(proxy)[wire(GPT)]["model_info"]["supports_web_search"] is False
    assert "6 unchanged" in publish(publisher).out


def test_aliases_are_what_applications_call_and_one_that_is_gone_is_not_deleted(publisher, proxy):
    publisher.says("        name: GPT-4o\n", "        name: GPT-4o\n        aliases: [fast, 'a/b']\n")
    publish(publisher)
    names = {id_: one["model_name"] for id_, one in deployments(proxy).items() if one["model_name"] != "o3"}
    assert {name for id_, name in names.items() if id_.startswith(wire(f"{GPT}="))} == {"fast", "a/b"}
    publisher.says("aliases: [fast, 'a/b']", "aliases: [fast]")
    publish(publisher)
    assert deployments(proxy)[wire(f"{GPT}=a/b")]["model_info"]["availability"] == "unavailable"


def test_what_people_made_is_untouched_until_it_is_adopted_and_two_of_one_name_stay_two(publisher, proxy):
    for id_ in ("east", "west"):
        parameters = {"model": GPT, "api_key": "sk-theirs", "rpm": 5, "input_cost_per_token": 0.5}
        content = {
            "model_name": "gpt-4o",
            "litellm_params": parameters,
            "model_info": {"id": id_, "team": "x"},
        }
        send(proxy, "POST", "/model/new", content)
    before = {id_: deployments(proxy)[id_] for id_ in ("east", "west")}
    assert f"would adopt: {GPT}" in publish(publisher).out
    assert {id_: deployments(proxy)[id_] for id_ in ("east", "west")} == before
    assert wire(GPT) not in deployments(proxy)

    ran = publish(publisher, "--adopt", code=7)
    assert f"failed: {O3}: it stands in the proxy's own file" in ran.out
    for id_ in ("east", "west"):
        known = deployments(proxy)[id_]
        assert (known["litellm_params"]["rpm"], known["model_info"]["team"]) == (5, "x")
        assert priced(proxy, id_) == Decimal("0.0000025")
    assert wire(GPT) not in deployments(proxy)
    assert (
        deployments(proxy)[deployed_by_the_file(proxy)]["litellm_params"].get("input_cost_per_token") is None
    )


def deployed_by_the_file(proxy: str) -> str:
    (id_,) = (id_ for id_, one in deployments(proxy).items() if not one["model_info"]["db_model"])
    return id_


def test_a_key_that_is_refused_stops_at_once(publisher, proxy):
    ran = publish(publisher, code=7, LITELLM_API_KEY="sk-wrong")
    assert "the key is wrong or has expired (HTTP 401" in ran.err
    assert "sk-wrong" not in ran.err + ran.out


def test_a_proxy_without_a_database_takes_nothing_and_says_why(publisher, tmp_path):
    with started(tmp_path, CONFIG.replace("o3", "none")) as url:
        ran = publish(publisher, "--only", "anthropic", code=7, LITELLM_BASE_URL=url)
        assert "failed: anthropic/claude-opus-5: it failed (HTTP 500" in ran.out
        assert "No DB Connected" in ran.out


def test_a_file_that_was_edited_gives_its_proxy_the_prices_of_the_catalog(publisher, tmp_path):
    text = """
model_list:
  - model_name: gpt-4o
    litellm_params: {model: openai/gpt-4o, api_key: none, input_cost_per_token: 0.5}   # theirs
  - model_name: o1
    litellm_params: {model: openai/o1, api_key: none}
    model_info: {input_cost_per_token: 0.5}
general_settings: {master_key: sk-interop}
"""
    file = publisher.path / "config.yaml"
    file.write_text(text)
    publish(publisher, "--config", "config.yaml")
    with started(tmp_path, file.read_text()) as url:
        shown = {one["model_name"]: one["model_info"] for one in send(url, "GET", "/model/info")["data"]}
    prices = {
        name: (info["input_cost_per_token"], info["output_cost_per_token"]) for name, info in shown.items()
    }
    assert prices == {
        "gpt-4o": (Decimal("0.0000025"), Decimal("0.00001")),
        "o1": (Decimal("0.000015"), Decimal("0.00006")),
    }
