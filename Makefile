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
ENV ?= dev
BASE ?= origin/main
STAGE ?= all
TRIGGER ?= all
# What the words of delivery are given beside their own arguments, such as ARGS=--yes.
ARGS ?=

.PHONY: help setup lock demo up run check format test conformance benchmark-oj clean \
	check-infra validate-l0 validate-l1 package test-package sbom licences audit impact branch-policy play \
	turn bicep validate-models register promote rollback publish-scoring score \
	what-if deploy deploy-app deploy-models deploy-events grant-sql function-key grant-deployer triggers rollback-app teardown

help: ## Show these words
	@grep -hE '^(# --|[a-z0-9 -]+:.*##)' $(MAKEFILE_LIST) | sed -E 's/^# -- (.*)/\n\1/; s/:.*## /\t/' | expand -t 20

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

check: $(STAMP) ## Format, lint, types, the dependency rule
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

# -- A change on its way to production (docs/delivery.md)

check-infra: $(STAMP) $(NODE_STAMP) ## Bicep, Data Factory, pipelines and workflows, as far as it goes without a subscription
	@$(PY) -m infra.check $(if $(CI),--require-definitions) $(ARGS)

validate-l0: $(STAMP) ## Basic model validation on the sample, few epochs
	@$(PY) -m delivery validate --level L0 $(ARGS)

validate-l1: $(STAMP) ## The same with more epochs
	@$(PY) -m delivery validate --level L1 $(ARGS)

package: $(STAMP) ## The Function app, the steps' code, bill of materials, licences: build/package
	@$(PY) -m delivery package build $(ARGS)

test-package: $(STAMP) ## The package as it was built: its digests, and every function once under Python 3.13
	@$(PY) -m delivery package verify
	@$(PY) -m tests.conformance --package build/package/functions.zip

sbom licences audit: $(STAMP) ## Bill of materials, licences, known vulnerabilities of what is shipped
	@$(PY) -m delivery package $@ $(ARGS)

impact: $(STAMP) ## Which contracts a change breaks, and who has to follow: make impact BASE=origin/main
	@$(PY) -m delivery impact --base $(BASE) $(ARGS)

bicep: ## What Bicep's own compiler and linter say; needs az
	@mkdir -p build/bicep
	@az bicep lint --file infra/bicep/main.bicep
	@az bicep build --file infra/bicep/main.bicep --outfile build/bicep/main.json
	@for environment in dev prod; do \
		az bicep build-params --file infra/bicep/$$environment.bicepparam --outfile build/bicep/$$environment.json; \
	done

branch-policy: $(STAMP) ## Names of branches, notebooks, owners; with ENV=..., whether this branch may go there
	@$(PY) -m delivery branch $(if $(filter file,$(origin ENV)),,--environment $(ENV)) $(ARGS)

turn: $(STAMP) ## Whether this branch is the one that an environment follows: make turn ENV=prod
	@$(PY) -m delivery branch --turn --environment $(ENV)

play: $(STAMP) $(NODE_STAMP) ## Play the pipelines here: make play TRIGGER=pr|main|release|data|timer|stale|infra|rollback|all
	@$(PY) -m delivery play --trigger $(TRIGGER) $(ARGS)

# -- Models of an environment: ENV=dev, prod, or local

validate-models: $(STAMP) ## In an environment: make validate-models ENV=dev STAGE=data|training|scoring|all
	@$(PY) -m delivery validate --environment $(ENV) --stage $(STAGE) $(ARGS)

register promote rollback publish-scoring score: $(STAMP) ## What becomes of models
	@$(PY) -m delivery models $@ --environment $(ENV) $(ARGS)

# -- An environment in Azure: ENV=dev or prod; needs az, signed in (docs/deploy.md)

what-if deploy deploy-app deploy-models deploy-events grant-sql function-key grant-deployer triggers rollback-app teardown: ## Each is infra/deploy/WORD.sh; ARGS=--help
	@infra/deploy/$@.sh $(ENV) $(ARGS)
