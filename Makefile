# Havre: the verbs of this house. `make help` lists them.
PYTHON ?= python3
DATA ?= ./data
HOST ?= 127.0.0.1
PORT ?= 8080

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
# Suites that are hard on the machine, one of each side at a time: engines | kill -9, failing disks.
QUIET := clients conformance crash
CODE := src tests $(wildcard benchmarks) $(wildcard tools/*.py)

.DEFAULT_GOAL := help
.PHONY: help serve test test-full check types format lint imports unit bench docs tools clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: .venv/.havre ## start the registry (DATA, HOST and PORT may be set)
	$(BIN)/havre serve --data $(DATA) --host $(HOST) --port $(PORT)

test: check tools ## check, then every suite with real clients at a reduced size
	$(BIN)/pytest tests $(QUIET:%=--ignore=tests/%) --ignore=tests/unit -m "not full" -n 2 --dist loadfile
	$(BIN)/pytest $(QUIET:%=tests/%) -m "not full" -n 2 --dist loadgroup

test-full: check tools ## the same at the sizes that the issues state
	HAVRE_TEST_FULL=1 $(BIN)/pytest tests $(QUIET:%=--ignore=tests/%) --ignore=tests/unit -n 2 --dist loadfile
	HAVRE_TEST_FULL=1 $(BIN)/pytest $(QUIET:%=tests/%)

check: .venv/.dev ## formatting, lint, types, imports and unit tests, under 90 s
	$(BIN)/ruff format --check -q $(CODE)
	$(MAKE) -s lint types imports unit

lint: .venv/.dev ## ruff
	$(BIN)/ruff check -q $(CODE)

types: .venv/.dev ## mypy --strict
	$(BIN)/mypy

imports: .venv/.dev
	$(BIN)/lint-imports

unit: .venv/.dev
	$(BIN)/pytest tests/unit -n 4 -m "not full"

format: .venv/.dev ## put the code into shape
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix-only -q $(CODE)

bench: .venv/.dev tools ## measure against the peers (benchmarks/README.md)
	$(BIN)/python -m benchmarks.registry

docs: .venv/.dev ## check that every link in the documents leads somewhere
	$(BIN)/python tools/check_links.py README.md $(wildcard docs)

tools: .venv/.dev ## install the clients that the tests drive (packages as root, Go programmes into .tools)
	tools/install

clean: ## remove what the verbs made, except ./data
	rm -rf .venv .tools build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Havre needs Python 3.11 or newer, and $(PYTHON) is not: name one with make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }

.venv/.havre: requirements/havre.lock pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes -r requirements/havre.lock
	$(PIP) install --no-deps -e .
	@touch $@

.venv/.dev: requirements/dev.lock .venv/.havre
	$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@
