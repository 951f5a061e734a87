# Every command a person needs. `make` alone prints them.

.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TOOLS := $(VENV)/.tools
PYTHON ?= python3

# `make sync ONLY=openai`, `DRY_RUN=1 make prune`, `make list PROVIDER=openai ARGS=--json`
export DRY_RUN PRUNE
export PYTHONUTF8 := 1

.PHONY: help setup sync sync-all plan prune list list-remote status show cost serve probe check-catalog demo test check format lint types audit faults replay truth bench fuzz interop spark pictures docs coverage mutants record-ids lock clean

help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Install what runs the program into .venv (make test adds the tools)

# $(1): the environment, $(2): the file that pins what goes into it; uv is quicker, where there is one.
define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "modelsync needs Python 3.11 or newer; name one with PYTHON=python3.12" >&2; exit 1; }
@if command -v uv >/dev/null; then \
	uv venv --quiet --allow-existing --python $(PYTHON) $(1) && \
	uv pip install --quiet --python $(1)/bin/python --require-hashes --requirement $(2); \
else \
	$(PYTHON) -m venv $(1) && \
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(2); \
fi
endef

$(STAMP): pyproject.toml requirements.lock
	$(call install,$(VENV),requirements.lock)
	@if command -v uv >/dev/null; then \
		uv pip install --quiet --python $(BIN)/python --no-deps --editable .; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .; \
	fi
	@touch $@

$(TOOLS): $(STAMP) requirements-dev.lock
	$(call install,$(VENV),requirements-dev.lock)
	@touch $@

$(VENV)/.cost: $(STAMP) requirements-cost.lock
	$(call install,$(VENV),requirements-cost.lock)
	@touch $@

$(VENV)/.web: $(STAMP) requirements-web.lock
	$(call install,$(VENV),requirements-web.lock)
	@touch $@

sync: $(STAMP) ## Fetch the upstream list and commit what changed (DRY_RUN=1, PRUNE=1, ONLY=openai)
	@$(BIN)/modelsync sync $(if $(ONLY),--only '$(ONLY)') $(ARGS)

sync-all: $(STAMP) ## The same with every enabled source (ARGS=--due)
	@$(BIN)/modelsync sync --all $(if $(ONLY),--only '$(ONLY)') $(ARGS)

plan: $(STAMP) ## Print what sync would do
	@$(BIN)/modelsync plan $(if $(ONLY),--only '$(ONLY)') $(ARGS)

prune: $(STAMP) ## Remove the models that upstream no longer lists (DRY_RUN=1)
	@$(BIN)/modelsync prune $(if $(ONLY),--only '$(ONLY)') $(ARGS)

list: $(STAMP) ## What the catalog holds (PROVIDER=openai)
	@$(BIN)/modelsync list $(if $(PROVIDER),'$(PROVIDER)') $(ARGS)

list-remote: $(STAMP) ## What each provider whose list can be asked has now (PROVIDER=groq)
	@$(BIN)/modelsync list $(if $(PROVIDER),'$(PROVIDER)') --remote $(ARGS)

probe: $(STAMP) ## Ask a provider whether it knows a model (MODEL=openai/gpt-4o): the one command that may cost money
	@$(BIN)/modelsync probe '$(MODEL)' $(ARGS)

show: $(STAMP) ## One model (MODEL=openai/gpt-4o)
	@$(BIN)/modelsync show '$(MODEL)' $(ARGS)

cost: $(VENV)/.cost ## What logs of usage cost, each row at the prices of its day (USAGE=log.csv)
	@$(BIN)/modelsync cost $(USAGE) $(ARGS)

serve: $(VENV)/.web ## The catalog in a browser: look, decide, apply (ARGS='--port 0')
	@$(BIN)/modelsync serve $(ARGS)

status: $(STAMP) ## Sources, keys, what is due, and what the catalog holds
	@$(BIN)/modelsync status $(ARGS)

check-catalog: $(STAMP) ## Validate the whole catalog
	@$(BIN)/modelsync check $(ARGS)

demo: $(if $(findstring --serve,$(ARGS)),$(VENV)/.web,$(STAMP)) ## The whole job on a recorded list, in a throw-away repository (ARGS=--serve: in a browser)
	@$(BIN)/modelsync demo $(ARGS)

test: $(TOOLS) ## Pass the tests
	$(BIN)/python -m pytest $(ARGS)

check: format lint types audit test ## Format, lint, types, known vulnerabilities, tests

format: $(TOOLS)
	$(BIN)/ruff format --check .

lint: $(TOOLS)
	$(BIN)/ruff check .

types: $(TOOLS)
	$(BIN)/mypy

audit: $(TOOLS) ## Whether any dependency has a known vulnerability
	$(BIN)/pip-audit --requirement requirements-dev.lock --require-hashes --disable-pip --progress-spinner off

faults: $(TOOLS) ## Make every fault for real, and print how often it was survived (minutes)
	FAULTS=full PYTHONPATH=tests $(BIN)/python -m pytest -p faults $(ARGS)

replay: $(TOOLS) ## 126 daily lists, day by day (LISTS=FOLDER of recorded ones); what second opinions do
	@$(BIN)/python -m bench.replay $(LISTS)
	@echo
	@$(BIN)/python -m bench.opinions

truth: $(TOOLS) ## The shipped prices beside lists that others keep (docs/truth.md)
	@$(BIN)/python -m bench.truth

bench: $(TOOLS) ## Measure against the obvious implementation
	$(BIN)/python -m bench $(ARGS)

interop: $(TOOLS) ## What reads and writes LiteLLM and genai-prices against the real ones (installs them: minutes; needs Node 18)
	$(call install,.venv-litellm,requirements-interop.lock)
	mkdir -p .venv-litellm/engine && cp tests/prisma_engine/* .venv-litellm/engine
	npm ci --prefix .venv-litellm/engine --ignore-scripts --no-audit --no-fund --silent
	LITELLM=$(CURDIR)/.venv-litellm/bin/litellm PRICES=$(CURDIR)/.venv-litellm/bin/python \
		ENGINE=$(CURDIR)/.venv-litellm/engine \
		$(BIN)/python -m pytest -n0 tests/interop_litellm.py tests/interop_publish.py tests/interop_prices.py

spark: $(TOOLS) ## What `cost --engine spark` says, by a real Spark of two executors (installs it: 500 MB; needs Java 17)
	$(call install,.venv-spark,requirements-spark.lock)
	SPARK_SUBMIT=$(CURDIR)/.venv-spark/bin/spark-submit $(BIN)/python -m pytest -n0 tests/interop_spark.py

pictures: $(TOOLS) ## Each page of `serve` on the recorded list, light and dark, desktop and phone, to build/pictures/, those of the documentation to docs/pictures/ (needs Chromium)
	@$(BIN)/python -m bench.pictures

docs: ## Build the pages of docs/ to site/
	$(call install,.venv-docs,requirements-docs.lock)
	.venv-docs/bin/sphinx-build --fail-on-warning --quiet docs site
	@echo "open site/index.html"

coverage: $(TOOLS) ## Which lines of the program no test runs (minutes)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n0 $(ARGS)
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report

mutants: $(TOOLS) ## Break the core code line by line, and see its tests fail (minutes)
	@$(BIN)/python -m bench.mutants $(ARGS)

fuzz: $(TOOLS) ## The editor's properties, twenty thousand examples each (minutes)
	YAMLEDIT_EXAMPLES=20000 $(BIN)/python -m pytest tests/yamledit/test_yamledit_properties.py $(ARGS)

record-ids: $(STAMP) ## Add a vendor's own list to the recorded native ids (VENDOR=openai LIST=models.json)
	@$(BIN)/python -m bench.record_ids '$(VENDOR)' '$(LIST)'

LOCK = uv pip compile --quiet --universal --generate-hashes --no-header --upgrade pyproject.toml

lock: ## Renew the files that pin all dependencies (needs uv)
	$(LOCK) --output-file requirements.lock
	$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(LOCK) --extra cost --constraint requirements.lock --output-file requirements-cost.lock
	$(LOCK) --extra notify --constraint requirements.lock --output-file requirements-notify.lock
	$(LOCK) --extra watch --constraint requirements.lock --output-file requirements-watch.lock
	$(LOCK) --extra sql --constraint requirements.lock --output-file requirements-sql.lock
	$(LOCK) --extra web --constraint requirements.lock --output-file requirements-web.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --upgrade --group docs --output-file requirements-docs.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --upgrade --group interop --output-file requirements-interop.lock
	uv pip compile --quiet --universal --generate-hashes --no-header --upgrade --group spark --output-file requirements-spark.lock

clean: ## Remove what was installed and built
	rm -rf $(VENV) .venv-docs .venv-litellm .venv-spark build dist site sync/*.egg-info .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
