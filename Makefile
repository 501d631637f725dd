PYTHON ?= python3
PORT ?= 8501

VENV := .venv
BIN := $(VENV)/bin
APP_STAMP := $(VENV)/.installed-app
DEV_STAMP := $(VENV)/.installed-dev
WAREHOUSE := data/warehouse.duckdb
FRENCH := atlas/locale/fr/LC_MESSAGES/atlas.po
# Directories count too: one changes when a file in it is added or removed.
WAREHOUSE_INPUTS := $(shell find data/snapshot data/codes data/raw/.staged pipelines -name __pycache__ -prune -o -print 2>/dev/null)

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --custom-compile-command "make lock"

# Small matrices: threads of the linear algebra only get in each other's way.
export OPENBLAS_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help app test lint format warehouse fetch snapshot docs messages bench lock clean browser

help: ## List these targets
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

app: $(APP_STAMP) $(WAREHOUSE) ## Install, build and serve on http://localhost:8501 (PORT= to change)
	$(BIN)/python -m streamlit run app.py --server.port $(PORT)

test: lint browser $(WAREHOUSE) ## Lint, then run every test
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(DEV_STAMP) ## Check style, types and import direction
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(DEV_STAMP) ## Format the code and mend what ruff can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

warehouse: $(WAREHOUSE) ## Build data/warehouse.duckdb if its inputs changed

fetch: $(APP_STAMP) ## Fetch what the publishers changed, then build
	$(BIN)/python -m pipelines fetch

docs: $(APP_STAMP) ## Renew docs/sources.md and docs/measures.md
	$(BIN)/python -m pipelines docs

snapshot: $(APP_STAMP) ## Renew data/snapshot from a folder of publishers' files (RAW=)
	@test -d "$(RAW)" || { echo "Name the folder of publishers' files: make snapshot RAW=../shared/raw"; exit 1; }
	$(BIN)/python -m pipelines snapshot --raw "$(RAW)"

# What Babel writes about dates, people and its own version would make every run differ.
messages: $(APP_STAMP) ## Renew the French catalogue from the code
	$(BIN)/pybabel --quiet extract --omit-header --add-location=file -o $(VENV)/messages.pot app.py pages atlas
	$(BIN)/pybabel --quiet update --locale fr_CA --no-fuzzy-matching --ignore-obsolete --width 98 \
		-i $(VENV)/messages.pot -o $(FRENCH)
	grep -vE '^"(Project-Id-Version|Report-Msgid-Bugs-To|(POT-Creation|PO-Revision)-Date|Last-Translator|Language-Team|Generated-By): ' \
		$(FRENCH) > $(VENV)/messages.po
	mv $(VENV)/messages.po $(FRENCH)

bench: $(APP_STAMP) $(WAREHOUSE) ## Time a rerun of the overview page
	$(BIN)/python bench/overview_rerun.py

lock: $(BIN)/python ## Resolve both lock files again from pyproject.toml
	$(PIP_INSTALL) uv
	$(UV_COMPILE) -o requirements.lock
	$(UV_COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock

clean: ## Remove the environment, the warehouse and caches
	rm -rf $(VENV) $(WAREHOUSE)* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian and Ubuntu ship Python without ensurepip until pythonX.Y-venv is there.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found: install Python 3.11 or newer, or name one with PYTHON=."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V). Name a newer one with PYTHON=."; exit 1; }
	@rm -rf $(VENV)
	@if ! $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
		package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update && apt-get install -y $$package; \
		else \
			echo "Python's venv module is incomplete: install it (on Debian or Ubuntu: sudo apt-get install $$package), then run make again."; exit 1; \
		fi; \
	fi
	$(PYTHON) -m venv $(VENV)

$(APP_STAMP): requirements.lock | $(BIN)/python
	$(PIP_INSTALL) --require-hashes -r $<
	@touch $@

# The development lock holds everything that the application's does, at the same versions.
$(DEV_STAMP): requirements-dev.lock requirements.lock | $(BIN)/python
	$(PIP_INSTALL) --require-hashes -r $<
	@touch $(APP_STAMP) $@

$(WAREHOUSE): $(WAREHOUSE_INPUTS) | $(APP_STAMP)
	$(BIN)/python -m pipelines build

# Playwright's driver needs libatomic, which a minimal Debian does not have.
browser: $(DEV_STAMP)
	@{ command -v chromium && $(BIN)/playwright --version; } >/dev/null 2>&1 || { \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			apt-get update && apt-get install -y chromium libatomic1 || $(BIN)/playwright install --with-deps chromium; \
		else \
			$(BIN)/playwright install chromium; \
		fi; \
	} || { [ "$$CI" != true ] && echo "No Chromium could be installed: the browser tests will be skipped."; }
