# The project's words: people, hooks and CI use the same ones.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
NODE_STAMP := node_modules/.installed

# One thread per process: work is spread over processes, and threads that fight for the cores cost tenfold.
export OMP_NUM_THREADS := 1
export PYTHONHASHSEED := 0

PROFILE ?= config/default.yml
DATA ?=
LAKE ?= build/lake
OJ ?=

.PHONY: help setup lock demo up run check format test conformance benchmark-oj clean

help: ## Show these words
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(STAMP): requirements.lock
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV) (a few minutes the first time) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	@touch $@

$(NODE_STAMP): package-lock.json
	@command -v npm > /dev/null || { echo "Azurite, the storage of the local twins, needs npm: install Node.js 20 or later."; exit 1; }
	@echo "Installing Azurite and the checkers into node_modules ..."
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

setup: $(STAMP) $(NODE_STAMP) ## Install everything into .venv and node_modules

COMPILE = $(VENV)/bin/pip-compile --quiet --strip-extras --no-emit-find-links --no-emit-index-url --no-emit-trusted-host
PIN = $(PY) -m delivery package pin
# requirements.lock has no hashes: pip asks for all of them or none, and an index may have a torch of its own.
lock: $(STAMP) ## Write all files of pinned versions anew
	@$(COMPILE) --all-extras --allow-unsafe --output-file=requirements.lock pyproject.toml
	@sed -i -e 's/+cpu$$//' requirements.lock
	@rm requirements.txt training/environment/requirements.txt  # pip-compile would hold the old hashes against new files
	@$(COMPILE) --constraint=requirements.lock --output-file=requirements.txt pyproject.toml
	@$(PIN) --python 3.13 requirements.txt
	@$(PIN) --python 3.13 tests/conformance/requirements.txt
	@$(COMPILE) --allow-unsafe --constraint=requirements.lock --output-file=training/environment/requirements.txt training/environment/requirements.in
	@$(PIN) --python 3.11 --without torch training/environment/requirements.txt

demo: $(STAMP) $(NODE_STAMP) ## Simulate a company and forecast its next week
	@$(PY) -m local demo

up: $(STAMP) $(NODE_STAMP) ## Serve the app with everything it needs on port 7071, over the demo's lake
	@$(PY) -m local up --lake-folder build/demo/lake

run: $(STAMP) ## Forecast for PROFILE=... from the raw files under DATA=...
	@$(PY) -m local run --profile $(PROFILE) --lake $(LAKE) $(if $(DATA),--data $(DATA))

check: $(STAMP) ## Format, lint, types and the dependency rule
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

format: $(STAMP) ## Rewrite the code in the house format
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

test: $(STAMP) $(NODE_STAMP) ## Run the tests on both cores, with coverage
	@$(PY) -m pytest -n 2 --dist worksteal --cov --cov-report=term

conformance: $(STAMP) ## Run the Function app under Azure's Python 3.13 and worker library
	@$(PY) -m tests.conformance

benchmark-oj: $(STAMP) ## Orange-juice benchmark: make benchmark-oj OJ=folder
	@$(PY) -m benchmarks.orange_juice --data $(or $(OJ),$(error Give the folder with yx.csv.gz and storedemo.csv: make benchmark-oj OJ=folder))

clean: ## Remove what runs have built
	@rm -rf build
