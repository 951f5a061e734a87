"""Each page shows what the command of its kind prints, and so does its twin in JSON."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import msgspec
import pytest
from web_client import application_of, signed_in

from modelsync import config
from modelsync.config import Place
from modelsync.jobs.decisions import standing
from modelsync.run.request import Run
from workplace import row, rows

PAGES = {
    "/": "/api/models",
    "/models/openai/gpt-4o": "/api/models/openai/gpt-4o",
    "/providers": "/api/providers",
    "/history": "/api/history",
    "/decisions": "/api/decisions",
}
LOG = "timestamp,model,input_tokens,output_tokens\n{day}T10:00:00Z,{model},1000000,100000\n"


def log_of(model: str, day: str = ""):
    text = LOG.format(model=model, day=day or f"{datetime.now(UTC):%Y-%m-%d}")
    return {"log": ("usage.csv", text.encode(), "text/csv")}


@pytest.mark.parametrize("path", [*PAGES, "/plan", "/cost"])
def test_each_page_is_one_whole_document_that_names_its_twin(client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert page.text.startswith("<!doctype html>")
    assert page.text.rstrip().endswith("</html>")
    assert path not in PAGES or f'href="{PAGES[path]}"' in page.text
    assert len(page.content) < 60_000


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("/api/providers", ("status", "--json")),
        ("/api/models/openai/gpt-4o", ("show", "openai/gpt-4o", "--json")),
        ("/api/history?model=openai/gpt-4o", ("history", "openai/gpt-4o", "--json")),
        (
            "/api/price?model=openai/gpt-4o&input=7&output=5&on=2999-01-01",
            ("price", "openai/gpt-4o", "--input", "7", "--output", "5", "--on", "2999-01-01", "--json"),
        ),
    ],
    ids=lambda of: of if isinstance(of, str) else "",
)
def test_the_api_says_what_the_command_prints(client, reviewed, path: str, command) -> None:
    assert client.get(path).json() == reviewed.run(*command).json


def test_the_history_is_that_of_the_command_some_at_a_time(client, reviewed) -> None:
    printed = reviewed.run("history", "--json").json
    assert client.get("/api/history").json() == printed | {"next": None}
    (run,) = printed["runs"]
    page = client.get("/history").text
    assert run["subject"] in page
    one = client.get("/history", params={"commit": run["commit"]}).text
    assert all(change["model"].partition("/")[2] in one for change in run["changes"])
    assert client.get("/history?commit=abc").status_code == 404


def test_the_page_of_a_model_tells_where_its_values_are_from(client, reviewed) -> None:
    page, known = (client.get(f"{below}/models/openai/o4-mini").text for below in ("", "/origins"))
    for text in ("1.1", "4.4", "USD per 1M tokens", "<svg", "openai/o4-mini"):
        assert text in page
    assert known.count("a person&#39;s, ") >= 4
    assert "kept until 2099-12-31" in known
    assert "modelsync: keep until 2099-12-31, negotiated" in known


def test_prices_that_are_no_dollars_have_no_unit_of_dollars(workplace) -> None:
    workplace.says("name: OpenAI\n", "name: OpenAI\n    currency: CNY\n")
    with application_of(workplace) as application, signed_in(application) as client:
        document = client.get("/api/models/openai/o3").json()
        assert (document["values"]["pricing.input"], document["not_in_dollars"][-3:]) == ("2", "CNY")
        assert "pricing.input" not in document["units"]
        page, known = (client.get(f"{below}/models/openai/o3").text for below in ("", "/origins"))
        assert "its prices are in CNY" in known
        assert "not known: no pricing.input, pricing.output in USD" in page


def test_the_yaml_of_a_model_has_its_comments(client) -> None:
    assert "# Only the night jobs use it (ticket 812)." in client.get("/origins/models/openai/o1").text


def test_what_tokens_cost_is_reckoned_as_by_price(client, reviewed) -> None:
    page = client.get("/models/openai/gpt-4o?input=1000&output=3m").text
    assert "<strong>30.0025</strong>" in page
    assert client.get("/models/openai/gpt-4o?input=many").status_code == 400


def test_a_model_on_a_day_is_what_the_catalog_said_then(client) -> None:
    now = client.get("/api/models/openai/gpt-4o?on=2999-01-01").json()
    assert (now["values"]["pricing.input"], now["unknown"]) == ("2.5", "")
    then = client.get("/api/models/openai/gpt-4o?on=2001-01-01").json()
    assert (then["values"], then["unknown"][:16]) == ({}, "not known before")


@pytest.mark.parametrize(
    "path", ["/models/openai/gpt-9", "/api/models/openai/gpt-9", "/api/price?model=no/no"]
)
def test_a_model_that_is_not_there_is_named(client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]


def test_the_page_of_a_model_reads_its_own_file_alone(editing, workplace) -> None:
    tree = workplace.path / ".modelsync/serve/tree/catalog/providers"
    other = next(path for path in tree.iterdir() if path.name != "openai.yaml")
    other.write_text("no: [YAML\n")
    assert "# Only the night jobs use it (ticket 812)." in editing.get("/origins/models/openai/o1").text
    assert editing.get("/api/models/openai/o1").json()["model"]


def test_an_index_of_a_former_commit_is_never_shown_as_of_the_newest(editing, workplace) -> None:
    former = workplace.team.git("rev-parse", "HEAD")
    (workplace.path / ".modelsync/index.new").mkdir()  # so that none can be written any more
    file = workplace.path / "catalog/providers/openai.yaml"
    file.write_text(file.read_text().replace("input: 2.5", "input: 3.75", 1))
    newest = workplace.team.commit_all("dearer")
    while not (notices := editing.get("/api/history").json()["notices"]):
        time.sleep(0.05)  # a server looks every other second whether the base moved on
    assert all(commit[:10] in notices[0] for commit in (newest, former))
    assert notices[0] in editing.get("/history").text
    assert editing.get("/api/models").json()["commit"] == former
    for path in ("/api/history?model=openai/gpt-4o", "/api/models/openai/gpt-4o?on=2999-01-01"):
        assert "3.75" in editing.get(path).text
    assert "3.75" in editing.get("/api/price?model=openai/gpt-4o&input=1000000").text


def test_every_decision_has_its_reason_and_its_place(client) -> None:
    found = client.get("/api/decisions").json()["decisions"]
    assert [(one["kind"], one["name"], one["until"]) for one in found] == [
        ("pin", "openai/o4-mini:pricing.input", "2099-12-31"),
        ("override", "openai/house-style", None),
    ]
    page = client.get("/decisions").text
    for one in found:
        alone = client.get("/decisions", params={"id": one["id"]}).text
        assert one["reason"] in page
        assert all(text in alone for text in (one["reason"], f"{one['file']}:{one['line']}"))
        assert all(line in alone for line in one["text"].split("\n"))


def test_rules_of_sync_yaml_are_decisions(editing, workplace) -> None:
    accept = "accept: [{model: openai/o1, field: context_length, value: 5, reason: so it is}]\n"
    workplace.configure(f"exclude: {{openai: [{{id: gpt-3*, reason: old, until: 2001-01-01}}]}}\n{accept}")
    workplace.team.commit_all("rules")
    while len(found := editing.get("/api/decisions").json()["decisions"]) < 4:
        time.sleep(0.05)  # a server looks every other second whether the base moved on
    by_kind = {one["kind"]: one for one in found}
    said = ("kind", "name", "file", "line", "reason", "until", "value", "is_over")
    assert {name: by_kind["exclusion"][name] for name in said} == {
        "kind": "exclusion",
        "name": "openai/gpt-3*",
        "file": "sync.yaml",
        "line": 10,
        "reason": "old",
        "until": "2001-01-01",
        "value": "",
        "is_over": True,
    }
    assert (by_kind["accept"]["name"], by_kind["accept"]["value"]) == ("openai/o1:context_length", "5")


def test_decisions_are_answered_from_the_index_as_the_files_have_them(editing, workplace) -> None:
    kept = "    anthropic:  # modelsync: keep, audit\n"
    workplace.says("    anthropic:\n", kept, "catalog/providers/anthropic.yaml")
    commit = workplace.team.git("rev-parse", "HEAD")
    while editing.get("/api/models").json()["commit"] != commit:
        time.sleep(0.05)
    known = editing.get("/api/decisions").json()
    place = Place(workplace.path / "catalog")
    run = Run(place, config.load(place), config.now())
    expected = standing.authored(run, standing.decisions(run))
    assert known["decisions"] == msgspec.json.decode(msgspec.json.encode(expected))
    (workplace.path / ".modelsync/serve/tree/catalog/providers/anthropic.yaml").unlink()
    assert editing.get("/api/decisions").json() == known
    assert "hx-get" not in editing.get("/decisions").text.partition("<tbody")[2]


def test_many_decisions_are_shown_page_by_page(editing, workplace) -> None:
    workplace.configure(f"exclude: {{openai: [{', '.join(f'old-{number}' for number in range(60))}]}}\n")
    workplace.team.commit_all("rules")
    while "of 62" not in (first := editing.get("/decisions?authors=true").text):
        time.sleep(0.05)
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = editing.get(following[1]).text
    names = [re.findall(r"<a data-row[^>]*>([^<]+)</a>", page) for page in (first, second)]
    assert [len(some) for some in names] == [50, 12]
    assert len({*names[0], *names[1]}) == 62
    assert 'rel="prev" href="/decisions"' in second


# ---------------------------------------------------------------------------- plan


def planned(client) -> None:
    assert client.post("/api/plan").status_code == 202
    while client.get("/api/plan").status_code == 404:
        time.sleep(0.05)


def test_a_plan_says_what_the_command_prints_and_parts_of_it(editing, workplace) -> None:
    workplace.lists(*rows(o3="3", gpt_4o="1", o1="300"), row("openai/gpt-9", "1", "2"))
    state = workplace.state()
    assert editing.get("/api/plan").status_code == 404
    assert "No plan yet" in editing.get("/plan").text
    planned(editing)
    printed, shown = workplace.run("plan", "--json").json, editing.get("/api/plan").json()
    assert [shown[name] for name in ("changes", "holds", "digest")] == [
        printed[name] for name in ("changes", "holds", "digest")
    ]
    parts = {
        show: [one["model"] for one in editing.get(f"/api/plan?show={show}").json()["changes"]]
        for show in ("new", "up", "down", "removed")
    }
    assert parts == {"new": ["openai/gpt-9"], "up": ["openai/o3"], "down": ["openai/gpt-4o"], "removed": []}
    held = editing.get("/api/plan?show=held").json()
    assert (held["changes"], {one["key"] for one in held["holds"]}) == ([], {"o1"})
    page = editing.get("/plan").text
    assert all(text in page for text in ("openai/gpt-9"[7:], "−60.0 %", "+50.0 %", "Held back"))
    assert workplace.state() == state


def test_the_button_makes_a_plan_and_shows_it(editing) -> None:
    pressed = editing.post("/plan")
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/plan")
    while "Nothing to do" not in (page := editing.get("/plan").text):
        assert "at work" in page or "just now" in page
        time.sleep(0.05)


def test_what_every_page_needs_weighs_little_and_is_the_same_packed(client) -> None:
    names = set(re.findall(r'"(/static/[^"]+)"', client.get("/").text))
    assert len(names) == 5
    weight = 0
    for name in names:
        whole, packed = (client.get(name, headers={"Accept-Encoding": one}) for one in ("identity", "gzip"))
        assert (whole.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
        assert whole.content == packed.content
        weight += int(packed.headers["content-length"])
    assert weight < 30_000


# ---------------------------------------------------------------------------- cost


def test_a_log_is_priced_as_by_the_command(client, reviewed, tmp_path) -> None:
    (tmp_path / "usage.csv").write_bytes(log_of("gpt-4o")["log"][1])
    printed = reviewed.run("cost", str(tmp_path / "usage.csv"), "--by", "day", "--json").json
    assert client.post("/api/cost?by=day", files=log_of("gpt-4o")).json() == printed
    page = client.post("/cost", files=log_of("gpt-4o")).text
    assert "3.5 USD" in page
    assert "openai/gpt-4o" in page


def test_what_has_no_price_is_named_with_the_reason(client) -> None:
    page = client.post("/cost", files=log_of("gpt-4o", day="2001-01-01")).text
    assert "not known" in page
    assert "What has no price, and why" in page


def test_what_is_no_log_is_said_and_named_as_its_owner_does(client) -> None:
    nonsense = {"log": ("../../etc/my <b>log.parquet", b"nonsense", "text/csv")}
    page = client.post("/cost", files=nonsense)
    assert (page.status_code, "could not be read" in page.text) == (200, True)
    assert "<b>" not in page.text
    assert "modelsync-log-" not in page.text
    assert client.post("/api/cost", files=nonsense).status_code == 400
    assert client.post("/api/cost").status_code in (400, 415)


@pytest.mark.parametrize(
    "form",
    [
        {"files": {"log": ("", b"")}},
        {"files": {"log": (None, "text")}},
        {"files": {"one": ("a.csv", b"model\n"), "other": ("b.csv", b"model\n")}},
        {"files": [("log", ("a.csv", b"model\n")), ("log", ("b.csv", b"model\n"))]},
    ],
    ids=("none was chosen", "text", "two", "two of a name"),
)
def test_a_form_that_has_not_one_file_is_told_so(client, form) -> None:
    for path in ("/cost", "/api/cost"):
        answer = client.post(path, **form)
        assert (answer.status_code, "a form with one file" in answer.text) == (400, True)


@pytest.mark.fault("W", "W3")
def test_a_form_of_text_is_no_log(client) -> None:
    answer = client.post("/api/cost", content=b'{"log": 1}', headers={"Content-Type": "text/plain"})
    assert answer.status_code in (400, 415)
    assert client.get("/api/cost").status_code == 405


@pytest.mark.fault("W", "W10")
def test_a_body_that_is_too_large_is_refused(client) -> None:
    digest = {"digest": "x" * (2 << 20)}
    assert client.post("/api/apply", json=digest).status_code == 413
    assert client.post("/api/cost", files={"log": ("big.csv", b"x" * (65 << 20))}).status_code == 413


def test_the_api_describes_itself(client) -> None:
    paths = client.get("/api/docs/openapi.json").json()["paths"]
    assert {"/api/models", "/api/price", "/api/history", "/api/cost", "/health"} <= paths.keys()
    assert all(path.startswith("/api/") or path == "/health" for path in paths)
    page = client.get("/api/docs").text
    assert all(f"<code>{path}</code>" in page for path in paths)
