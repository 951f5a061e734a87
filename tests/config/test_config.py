"""What `sync.yaml` and the environment may say, and that a mistake is named with its line."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from modelsync import config
from modelsync.errors import EXIT_CATALOG, CatalogError, UsageError
from modelsync.records import Owner
from modelsync.sources import SourceSettings

SOURCE = "sources:\n  openrouter:\n    endpoints:\n      - {url: 'https://example.org/models'}\n"
DAY = date(2026, 11, 21)


def refused(text: str) -> CatalogError:
    with pytest.raises(CatalogError) as error:
        config.parse(text)
    assert error.value.exit_code == EXIT_CATALOG
    return error.value


def test_an_empty_file_is_a_configuration() -> None:
    assert config.parse("") == config.Config()
    assert config.parse("# nothing yet\nexclude:\nmapping:\n") == config.Config()


def test_everything_that_is_said_is_understood() -> None:
    read = config.parse(
        SOURCE + "create_providers: true\n"
        "mapping:\n"
        "  - {match: '^(meta-llama|mistralai)/', provider: ollama, variants: [free], add: ['llama*']}\n"
        "  - {match: '^([a-z]+)/', provider: '\\1', prices: false}\n"
        "exclude:\n  openai: [gpt-4*, {id: o1, until: 2027-01-31, reason: retired}]\n"
        "owners: {pricing: human, openai/pricing.input: upstream}\n"
        "guards: {price_ratio: 5, removed_share: '0.5'}\n"
        "prune: {after_days: 14}\n"
    )
    policy = read.plan_policy(DAY)
    assert policy.sources == ("openrouter",)
    assert [rule.id for rule in policy.exclude["openai"]] == ["gpt-4*", "o1"]
    assert policy.exclude["openai"][1].until == date(2027, 1, 31)
    assert policy.owners == {"pricing": Owner.HUMAN, "openai/pricing.input": Owner.UPSTREAM}
    assert (policy.guards.price_ratio, policy.guards.removed_share) == (Decimal(5), Decimal("0.5"))


def test_ids_carry_a_vendor_where_the_transformer_is_openrouters() -> None:
    endpoints = "endpoints: [{url: x}]"
    read = config.parse(
        f"sources:\n  mirror: {{transformer: openrouter, {endpoints}}}\n  groq: {{{endpoints}}}\n"
    )
    assert read.plan_policy(DAY).vendor_sources == {"mirror"}


# ---------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            "files: [a.yaml]\npricng_unit: per_token\n",
            2,
            "unknown key pricng_unit, did you mean pricing_unit?",
        ),
        (SOURCE.replace("endpoints:", "endpoint:"), 3, "unknown key endpoint, did you mean endpoints?"),
        (SOURCE.replace("{url:", "{adress: a, url:"), 4, "unknown key adress"),
        ("guards:\n  price_ratoi: 3\n", 2, "did you mean price_ratio?"),
        ("\nexclude:\n  openai:\n    - {id: x, untill: 2027-01-01}\n", 4, "did you mean until?"),
        ("mapping:\n  - {match: a, provider: b}\n  - {match: a}\n", 3, "provider is missing"),
        ("# it\nfiles: providers\n", 2, "files takes a list, and not text"),
        ("create_providers: yes\n", 1, "create_providers: yes is neither true nor false"),
        ("pricing_unit: per_1m_token\n", 1, "did you mean per_1m_tokens?"),
        ("owners:\n  pricing: human\n  name: upstreem\n", 3, "did you mean upstream?"),
        ("exclude:\n  a: [x]\n  b: [{id: x, until: soon}]\n", 3, "no date"),
        ("guards: {price_ratio: ten}\n", 1, "price_ratio: ten is no number"),
        ("pricing_unit: per_1k\n", 1, "did you mean per_1k_tokens?"),
        ("pricing_unit: per_1000\n", 1, "did you mean per_1k_tokens?"),
        ("pricing_unit: per_million\n", 1, "did you mean per_1m_tokens?"),
        ("pricing_unit: usd\n", 1, "usd is none of per_1k_tokens, per_1m_tokens, per_token"),
        ("mapping: [{match: a, provider: b, add: no}]\n", 1, "no is none of all, none, a list"),
        ("guards:\n  only:\n    a: {price_ratio: 2}\n    b: 3\n", 4, "b takes a mapping, and not a whole"),
        ("backups: {keep: many}\n", 1, "backups.keep takes a whole number, and not text"),
        ("aliases: [a]\n", 1, "aliases takes a mapping, and not a list"),
        ("guards:\n  only:\n    b: {price_ratio: x}\n", 3, "guards.only.b.price_ratio: "),
        ("sources:\n  a: {endpoints: []}\n", 2, "endpoints"),
        ("sources:\n  a: 3\n", 2, "sources.a"),
        ("mapping: [{match: a, provider: b, add: some}]\n", 1, "add"),
        ("- a\n", 1, "no mapping"),
        ("words\n", 1, "no mapping"),
        ("batch: {delays: 1}\n", 1, "did you mean delay?"),
        (SOURCE + "      - {url: a, url_evn: [A]}\n", 5, "did you mean url_env?"),
        ("notify: {webhook: {url: 'https://a'}}\n", 1, "notify.webhook: secret_env is missing"),
        ("notify:\n  events: [price_pu]\n", 2, "did you mean price_up?"),
        ("notify: {ends_within: -1}\n", 1, "notify.ends_within cannot be below 0"),
        ("notify: {aprise: [A]}\n", 1, "did you mean apprise?"),
        ("files: [a]\nkeys: {}\nfiles: [b]\n", 3, "twice"),
        ("files: [a\n", 2, "YAML"),
        ("\tfiles: [a]\n", 1, ""),
        ("files: [a]\n---\nfiles: [b]\n", 2, ""),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, line: int, said: str) -> None:
    error = refused(text)
    assert error.where.startswith(f"sync.yaml:{line}")
    assert said in error.what


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("mapping:\n  - {match: '^(a', provider: a}\n", 2, "unterminated"),
        ("mapping:\n  - {match: '^a', provider: '\\1'}\n", 2, "invalid group reference"),
        ("mapping:\n  - {match: '^a', provider: '\\g<vendor>'}\n", 2, "unknown group name"),
        ("fields:\n  - model\n  - prices\n", 3, "prices is not a field"),
        ("fields: [context_lenght]\n", 1, "did you mean context_length?"),
        ("owners:\n  openai/pricng: human\n", 2, "did you mean pricing?"),
        ("keys:\n  context: a\n", 2, "context is not a field"),
        ("keys:\n  model: name\n", 2, "where name is too"),
        ("keys:\n  pricing.input: pricing\n", 2, "where pricing.output is too"),
        ("keys:\n  name: upstream\n", 2, "upstream has a meaning of its own"),
        ("keys:\n  name: a..b\n", 2, "no key"),
        ("keys:\n  name: ''\n", 2, "no key"),
        ("files:\n  - /etc/models.yaml\n", 2, "relative"),
        ("files: ['']\n", 1, "relative"),
        ("guards: {removed_share: 20}\n", 1, "share"),
        ("guards: {removed_share: .nan}\n", 1, "share"),
        ("guards: {price_ratio: 1}\n", 1, "above 1"),
        ("guards: {zero_least: -1}\n", 1, "below 0"),
        ("guards:\n  only:\n    openai: {zero_leest: 1}\n", 3, "did you mean zero_least?"),
        ("guards:\n  only:\n    openai: {price_ratio: 1}\n", 3, "only.openai.price_ratio says"),
        ("prune: {after_days: -1}\n", 1, "below 0"),
        (SOURCE + "batch:\n  skip: [openruoter]\n", 6, "did you mean openrouter?"),
        ("batch: {delay: -0.5}\n", 1, "below 0"),
        ("batch: {delay: .inf}\n", 1, "batch.delay"),
        ("batch: {parallel: 0}\n", 1, "cannot be below 1"),
        ("cache:\n  health: -1\n", 2, "cache.health cannot be below 0"),
        ("sources:\n  a:\n    endpoints:\n      - {format: OPENAI}\n", 4, "needs a url, or url_env"),
        ("sources:\n  a: {endpoints: [{url_env: [http://a]}]}\n", 2, "never the address"),
        ("backups:\n  keep: -3\n", 2, "below 0"),
        ("accept:\n  - {model: openai/gpt-4o, field: pricing.input, value: cheap}\n", 2, "no value of"),
        ("accept:\n  - {model: openai/gpt-4o, field: pricing.inptu, value: 3}\n", 2, "pricing.input?"),
        ("accept:\n  - {model: gpt-4o, field: pricing.input, value: 3}\n", 2, "PROVIDER/MODEL"),
        ("review: {automerge: {price_change: 5, kinds: [price]}}\n", 1, "price_change takes text"),
        ("review: {automerge: {price_change: five, kinds: [price]}}\n", 1, "is no percentage, such as 5%"),
        ("review: {automerge: {kinds: [price]}}\n", 1, "price_change says by how much a price may move"),
        ("review: {automerge: {price_change: 5%}}\n", 1, "kinds is missing"),
        ("notify: {price_up: ten}\n", 1, "notify.price_up is no percentage, such as 10%"),
        ("notify:\n  apprise: [A_URL, 'mailto://a']\n", 2, "apprise takes the names of environment"),
        ("notify:\n  apprise: [GITHUB_TOKEN]\n", 2, "notify.apprise: GITHUB_TOKEN is the name of a key"),
        ("notify:\n  apprise: [HTTPS_PROXY]\n", 2, "is the name of a key or of a setting of others"),
        ("notify: {webhook: {url_env: NPM_AUTH, secret_env: A}}\n", 1, "webhook.url_env: NPM_AUTH is the"),
        ("notify: {webhook: {url: 'https://a', secret_env: 'whsec_x=='}}\n", 1, "never the secret"),
        ("notify: {webhook: {secret_env: A}}\n", 1, "needs a url, or url_env, and not both"),
        ("notify: {webhook: {url: 'https://a', url_env: U, secret_env: A}}\n", 1, "and not both"),
        ("notify: {webhook: {url: ops.example.com, secret_env: A}}\n", 1, "webhook.url is no address"),
        ("notify: {webhook: {url: 'https://u:p@a', secret_env: A}}\n", 1, "webhook.url is no address"),
    ],
)  # fmt: skip
def test_what_is_of_the_right_type_and_cannot_be_right_is_named_too(text: str, line: int, said: str) -> None:
    error = refused(text)
    assert error.where == f"sync.yaml:{line}"
    assert said in error.what


@pytest.mark.parametrize(
    "name", ["OpenRouter", "a b", "a/b", "-a", ".a", "a..b", "a.lock", "a.", "all", "prune", "a~b", "é"]
)
def test_a_source_is_named_so_that_a_branch_can_be(name: str) -> None:
    assert "branch" in refused(f"sources:\n  '{name}': {{endpoints: [{{url: x}}]}}\n").what


@pytest.mark.parametrize("name", ["openrouter", "together.ai", "x-ai", "my_mirror", "0g"])
def test_usual_names_of_sources_are_taken(name: str) -> None:
    assert name in config.parse(f"sources:\n  '{name}': {{endpoints: [{{url: x}}]}}\n").sources


@pytest.mark.parametrize("branch", ["", "a b", "-x", "x/{name}", "x..y", "x.lock", "x/", "/x", "a^", "x\\y"])
def test_a_branch_that_git_would_refuse_is_refused_at_once(branch: str) -> None:
    assert "branch" in refused(f"review: {{branch: '{branch}'}}\n").what


def test_a_key_in_place_of_its_variables_name_is_refused_and_not_repeated() -> None:
    secret = "sk-canary-0123456789"
    error = refused(f"sources:\n  a:\n    endpoints: [{{url: x}}]\n    api_key_env:\n      - {secret}\n")
    assert error.where == "sync.yaml:5"
    assert secret not in str(error)


def test_the_key_of_a_source_is_no_address_however_it_is_called() -> None:
    source = "sources: {a: {endpoints: [{url: x}], api_key_env: [PASSPHRASE]}}\n"
    assert "PASSPHRASE is the name of a key" in refused(f"{source}notify: {{apprise: [PASSPHRASE]}}\n").what


def test_an_address_in_place_of_its_variables_name_is_not_repeated() -> None:
    address = "mailtos://user:canary@mail.example.com"
    assert address not in str(refused(f"notify:\n  apprise: ['{address}']\n"))


def test_keys_that_share_a_section_are_no_mistake() -> None:
    keys = "keys: {pricing.input: cost.in, pricing.output: cost.out, context_length: limits.context}\n"
    assert config.parse(keys).shape.keys["pricing.input"] == "cost.in"


# ---------------------------------------------------------------------------- accepted values


@pytest.mark.parametrize(
    ("unit", "written", "price"),
    [("per_1m_tokens", "2.5", "2.5"), ("per_1k_tokens", "0.0025", "2.5"), ("per_token", "0.0000025", "2.5")],
)
def test_an_accepted_price_is_in_the_catalogs_unit(unit: str, written: str, price: str) -> None:
    rule = f"accept:\n  - {{model: openai/gpt-4o, field: pricing.input, value: {written}}}\n"
    (accepted,) = config.parse(f"pricing_unit: {unit}\n{rule}").plan_policy(DAY).accepted
    assert accepted.value == Decimal(price)


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        ("context_length", "128000", 128000),
        ("pricing.request", "0.01", Decimal("0.01")),
        ("features", "[chat]", ("chat",)),
        ("removed", "null", None),
        ("added", "openai/gpt-4o", "openai/gpt-4o"),
    ],
)
def test_any_field_can_be_accepted(field: str, written: str, value: object) -> None:
    rule = f"accept:\n  - {{model: openai/gpt-4o, field: {field}, value: {written}}}\n"
    assert config.parse(rule).plan_policy(DAY).accepted[0].value == value


# ---------------------------------------------------------------------------- where it is


def catalog_in(root: Path, text: str = "") -> Path:
    (root / "catalog").mkdir(parents=True)
    (root / "catalog" / "sync.yaml").write_text(text)
    return root / "catalog"


def test_the_catalog_is_found_upwards(tmp_path: Path) -> None:
    folder = catalog_in(tmp_path)
    below = tmp_path / "app" / "models"
    below.mkdir(parents=True)
    for start in (tmp_path, below, folder):
        assert config.find(None, start).catalog == folder


@pytest.mark.parametrize("given", ["elsewhere/catalog", "elsewhere/catalog/sync.yaml"])
def test_the_folder_that_is_named_wins(tmp_path: Path, given: str) -> None:
    catalog_in(tmp_path)
    named = catalog_in(tmp_path / "elsewhere")
    assert config.find(str(tmp_path / given), tmp_path).catalog == named


@pytest.mark.parametrize("given", [None, "catalog", "missing/sync.yaml"])
def test_no_catalog_is_a_usage_error_that_says_how_to_start_one(tmp_path: Path, given: str | None) -> None:
    with pytest.raises(UsageError) as error:
        config.find(given and str(tmp_path / given), tmp_path)
    assert "modelsync init" in error.value.advice


def test_state_and_backups_lie_beside_the_catalog(tmp_path: Path) -> None:
    place = config.find(str(catalog_in(tmp_path)), tmp_path)
    assert (place.root, place.state, place.backups) == (
        tmp_path,
        tmp_path / ".modelsync",
        tmp_path / "backups",
    )


def test_the_backups_of_catalogs_side_by_side_are_kept_apart(tmp_path: Path) -> None:
    assert config.Place(tmp_path / "team-b").backups == tmp_path / "backups/team-b"


def test_a_mistake_in_a_file_is_named_with_the_file(tmp_path: Path) -> None:
    place = config.find(str(catalog_in(tmp_path, "a: 1\n")), tmp_path)
    with pytest.raises(CatalogError, match=r"catalog/sync\.yaml:1: unknown key a"):
        config.load(place)


def test_a_file_that_is_not_utf8_is_an_error_with_its_line(tmp_path: Path) -> None:
    folder = catalog_in(tmp_path)
    (folder / "sync.yaml").write_bytes(b"files: [a]\nkeys: {name: \xff}\n")
    with pytest.raises(CatalogError, match=r"catalog/sync\.yaml:2: .*UTF-8"):
        config.load(config.find(str(folder), tmp_path))


# ---------------------------------------------------------------------------- the environment


def test_now_is_what_source_date_epoch_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795262400")
    assert config.now() == datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize("epoch", ["tomorrow", "1e9", "9" * 30])
def test_an_epoch_that_is_no_time_is_a_usage_error(monkeypatch: pytest.MonkeyPatch, epoch: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(UsageError):
        config.now()


def test_now_is_the_clocks_in_utc_where_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    assert abs(config.now() - datetime.now(UTC)).total_seconds() < 60


def source_of(name: str, said: str) -> SourceSettings:
    return config.parse(f"sources: {{{name}: {{{said}}}}}\n").sources[name]


@pytest.mark.parametrize(
    ("named", "environment", "key"),
    [
        ("", {"TOGETHER_AI_API_KEY": "one"}, "one"),
        ("[FIRST, SECOND]", {"SECOND": "two"}, "two"),
        ("[FIRST, SECOND]", {"FIRST": "one\n", "SECOND": "two"}, "one"),
        ("[FIRST, SECOND]", {"FIRST": " ", "SECOND": "two"}, "two"),
        ("[FIRST]", {"TOGETHER_AI_API_KEY": "one"}, None),
    ],
)
def test_the_first_key_that_is_set_is_used(named: str, environment: dict[str, str], key: str | None) -> None:
    names = f", api_key_env: {named}" if named else ""
    source = source_of("together.ai", f"endpoints: [{{url: x}}]{names}")
    assert config.key_of(source, "together.ai", environment) == key


LITELLMS = ("LITELLM_API_KEY", "LITELLM_MASTER_KEY")
GOOGLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_AI_API_KEY")


@pytest.mark.parametrize(
    ("name", "said", "names"),
    [
        ("groq", "endpoints: [{url: x}]", ("GROQ_API_KEY",)),
        ("gemini", "endpoints: [{url: x}]", ("GEMINI_API_KEY",)),
        ("google", "endpoints: [{url: x}]", ("GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_AI_API_KEY")),
        ("mine", "transformer: google, endpoints: [{url: x}]", ("MINE_API_KEY", *GOOGLES)),
        ("mine", "endpoints: [{url: x, format: GEMINI}]", ("MINE_API_KEY", *GOOGLES)),
        ("mine", "transformer: google, endpoints: [{url: x}], api_key_env: [A]", ("A",)),
        ("litellm", "endpoints: [{}]", LITELLMS),
        ("proxy", "transformer: litellm, endpoints: [{}]", ("PROXY_API_KEY", *LITELLMS)),
    ],
)
def test_a_key_is_looked_for_under_its_sources_name_and_its_formats(
    name: str, said: str, names: tuple[str, ...]
) -> None:
    assert config.key_names(source_of(name, said), name) == names


@pytest.mark.parametrize(
    ("name", "said", "needed"),
    [
        ("groq", "", False),
        ("groq", ", key: required", True),
        ("groq", ", api_key_env: [A]", True),
        ("groq", ", api_key_env: [A], key: optional", False),
        ("gemini", "", False),
        ("mine", ", transformer: google", True),
        ("anthropic", ", api_key_env: [A]", False),
        ("openrouter", ", api_key_env: [A]", False),
        ("openrouter", ", key: required", True),
    ],
)
def test_a_key_is_needed_where_that_is_said_or_usual(name: str, said: str, needed: bool) -> None:
    assert config.needs_key(source_of(name, f"endpoints: [{{url: x}}]{said}"), name) is needed


@pytest.mark.parametrize(
    ("endpoint", "environment", "url"),
    [
        ("{url: 'http://a'}", {"LITELLM_API_URL": "http://b"}, "http://a"),
        ("{}", {"LITELLM_API_URL": "http://b", "LITELLM_BASE_URL": "http://c"}, "http://b"),
        ("{}", {"LITELLM_API_URL": " ", "LITELLM_BASE_URL": "http://c"}, "http://c"),
        ("{url_env: [OWN]}", {"OWN": "http://d", "LITELLM_API_URL": "http://b"}, "http://d"),
        ("{}", {}, ""),
        ("{url_env: [OWN]}", {"LITELLM_API_URL": "http://b"}, ""),
    ],
)
def test_an_address_may_be_the_environments(endpoint: str, environment: dict[str, str], url: str) -> None:
    source = source_of("litellm", f"endpoints: [{endpoint}]")
    assert config.addressed(source, "litellm", environment).endpoints[0].url == url
    assert bool(config.missing_address(source, "litellm", environment)) is not bool(url)


# ---------------------------------------------------------------------------- what is shipped

ROOT = Path(__file__).parents[2]
NAMED = (
    "openrouter openai groq deepseek together mistral perplexity silicon anthropic gemini aihubmix litellm "
    "fireworks cerebras sambanova nvidia cohere xai moonshot zhipu minimax cherryin dashscope"
)


def shipped() -> config.Config:
    return config.parse((ROOT / "catalog/sync.yaml").read_text("utf-8"))


def test_the_usual_providers_are_there_and_ask_nobody_unasked() -> None:
    sources = shipped().sources
    assert sources.keys() >= set(NAMED.split())
    assert [name for name, source in sources.items() if source.enabled] == ["modelsdev", "openrouter"]
    public = ["modelsdev", "litellm-map", "genai-prices"]
    assert [name for name, source in sources.items() if not config.key_names(source, name)] == public
    assert shipped().opinions == ("litellm-map", "genai-prices")


def test_every_address_that_leaves_the_machine_is_https() -> None:
    urls = [endpoint.url for source in shipped().sources.values() for endpoint in source.endpoints]
    assert [url for url in urls if url and not url.startswith(("https://", "http://localhost:"))] == []
    assert len(set(urls)) == len(urls)


def test_the_example_of_the_environment_has_every_variable_and_no_value_of_a_key() -> None:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    example = dict(line.removeprefix("# ").split("=", 1) for line in lines if "=" in line)
    of_sources = {
        variable
        for name, source in shipped().sources.items()
        for variable in (*config.key_names(source, name), *config.address_names(source, name))
    }
    table = (ROOT / "docs/commands.md").read_text("utf-8").partition("| environment | does |")[2]
    cells = [row.split("|")[1] for row in table.partition("\n\n")[0].splitlines() if "|" in row]
    of_the_page = {variable for cell in cells for variable in re.findall(r"`([A-Z_]+)\b", cell)}
    assert example.keys() == of_sources | of_the_page | {"MODELSYNC_ENV"}
    assert not any(value for name, value in example.items() if name.endswith(("_KEY", "_TOKEN")))


def test_a_variable_of_another_programs_is_no_key_that_a_file_may_set() -> None:
    names = "[GIT_CONFIG_COUNT, LD_PRELOAD, HTTPS_PROXY, PATH, PYTHONPATH, GITHUB_API_URL, CI_A_URL, ONE_KEY]"
    text = (
        f"sources: {{one: {{endpoints: [{{url_env: [ONE_URL, CURL_CA_BUNDLE]}}], api_key_env: {names}}}}}\n"
        "notify: {apprise: [NOTIFY_URL], webhook: {url_env: HOOK_URL, secret_env: HOOK_SECRET}}\n"
    )
    assert config.variables(config.parse(text)) == {
        "ONE_KEY",
        "ONE_URL",
        "HOOK_URL",
        "HOOK_SECRET",
        "LOG_LEVEL",
        "MODELSYNC_ENV",
        "NO_COLOR",
    }


@pytest.mark.parametrize("name", ["remote", "base"])
@pytest.mark.parametrize(
    "value", ["--upload-pack=x", "ext::sh -c x", "-o", "a b", "../x", "https://x.example/y"]
)
def test_a_remote_and_a_base_are_names_and_nothing_that_git_would_do(name: str, value: str) -> None:
    assert f"git takes no {name} named" in refused(f"review: {{{name}: '{value}'}}\n").what


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("api", "http://git.acme.com/api/v3"),
        ("api", "https://user:password@git.acme.com"),
        ("api", "https://git.acme.com/api?token=1"),
        ("api", "https://git.acme.com/../v3"),
        ("api", "git.acme.com"),
        ("repository", "prices"),
        ("repository", "../user"),
        ("repository", "acme/.."),
        ("repository", "acme/prices?state=all"),
        ("forge", "githb"),
    ],
)
def test_where_pull_requests_go_is_an_address_and_a_path(key: str, value: str) -> None:
    refusal = refused(f"review: {{{key}: '{value}'}}\n")
    assert refusal.what.startswith(f"review.{key}: ")


@pytest.mark.parametrize(
    "text",
    ["forge: forgejo", "api: 'http://[::1]:3000/api/v1'", "repository: a/b.c/.github", "repository: '71'"],
)
def test_where_pull_requests_go_may_be_said(text: str) -> None:
    config.parse(f"review: {{{text}}}\n")


@pytest.mark.parametrize("branch", ["main", "develop", "release/1", "feature/models", "{source}"])
def test_a_branch_that_people_may_work_on_is_no_review_branch(branch: str) -> None:
    assert "people may work" in refused(f"review: {{branch: '{branch}'}}\n").what


@pytest.mark.parametrize("branch", ["modelsync/all", "modelsync/{source}", "bot/{source}"])
def test_a_branch_of_ours_is(branch: str) -> None:
    assert config.parse(f"review: {{branch: '{branch}'}}\n").review.branch == branch


@pytest.mark.parametrize("unit", ["per_100k_tokens", "per_10_tokens", "cents_per_token"])
def test_no_unit_of_another_size_is_named_for_a_unit_that_there_is_not(unit: str) -> None:
    assert "did you mean" not in str(refused(f"pricing_unit: {unit}\n"))
