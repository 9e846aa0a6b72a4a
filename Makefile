# 引据. `make help` lists what there is.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
FOLDER ?= seeds
LIBRARY ?= library
HOST ?= 127.0.0.1
PORT ?= 7860
PYTEST_ARGS ?= -m "not slow"

# What a user types reaches the commands through the environment, never through the shell's eyes.
override export Q := $(value Q)
override export FOLDER := $(value FOLDER)
override export LIBRARY := $(value LIBRARY)
override export HOST := $(value HOST)
override export PORT := $(value PORT)
override export VERSION := $(value VERSION)

BIN := $(VENV)/bin
VERSION ?= # whose notes; the newest's if none is named
YES ?= # let a sync remove most of LIBRARY: make chat FOLDER=~/another YES=1
BENCH ?= # what of it: BENCH="--news 0 12000 --runs 1"
SOURCES := embeddings qa ui tests docs .ci
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help chat sync ask setup test bench docs lint format notes clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' Makefile
	@echo "variables: FOLDER=$$FOLDER LIBRARY=$$LIBRARY HOST=$$HOST PORT=$$PORT PYTHON=$(PYTHON)"

chat: sync ## set up, read FOLDER into LIBRARY, and open the web chat on HOST:PORT
	@exec $(BIN)/yinju serve --library "$$LIBRARY" --host "$$HOST" --port "$$PORT"

sync: setup ## make LIBRARY match FOLDER
	@$(BIN)/yinju sync --library "$$LIBRARY" $(if $(YES),--yes) -- "$$FOLDER"

ask: setup ## answer one question from LIBRARY: make ask Q="鹤山引进了多少亿元以上项目"
	@if [ -z "$$Q" ]; then echo 'ask what? make ask Q="..."' >&2; exit 2; fi
	@[ -e "$$LIBRARY/library.db" ] || $(BIN)/yinju sync --library "$$LIBRARY" -- "$$FOLDER"
	@$(BIN)/yinju ask --library "$$LIBRARY" -- "$$Q" || [ $$? -eq 1 ] # 1: no evidence, said already

setup: $(VENV)/.installed ## install yinju into VENV (once; again when its requirements change)

test: $(VENV)/.installed-test ## run the tests, all but the slow ones; PYTEST_ARGS= runs all
	@$(BIN)/pytest $(PYTEST_ARGS)

bench: $(VENV)/.installed-bench ## measure beside other systems (hours; can be stopped)
	@$(BIN)/python -W ignore -m tests.benchmarks.systems.corpus build/bench
	@$(BIN)/python -W ignore -m tests.benchmarks.systems.compare $(BENCH)
	@$(BIN)/python -W ignore -m tests.benchmarks.systems.report
	@$(BIN)/python -W ignore -m tests.benchmarks.systems.growth

docs: $(VENV)/.installed-test ## write the commands' help into docs/command-line.md
	@$(BIN)/python -m tests.docs.help

lint: $(VENV)/.installed-dev ## check style, formatting and types
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy
	@$(BIN)/mypy docs/examples/*.py

format: $(VENV)/.installed-dev ## put style and formatting right
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

notes: ## print what CHANGELOG.md says of VERSION: make notes VERSION=0.1.0
	@awk -v version="$$VERSION" ' \
	  /^## / { here = !found && (version == "" || $$2 == version); found = found || here; next } \
	  here && (started || NF) { started = 1; print } \
	  END { if (!found) { print "CHANGELOG.md has no version " version > "/dev/stderr"; exit 2 } }' \
	  CHANGELOG.md

clean: ## remove the environment, caches and build products; LIBRARY stays
	@rm -rf $(VENV) build dist *.egg-info .coverage htmlcov
	@rm -rf .pytest_cache .hypothesis .mypy_cache .ruff_cache
	@find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

# One recipe for each set of extras, the first of which is empty.  torch comes first and pinned: what asks for it later finds it
# installed and fetches no other build.
$(VENV)/.installed: EXTRAS :=
$(VENV)/.installed-test: EXTRAS := [test]
$(VENV)/.installed-bench: EXTRAS := [bench]
$(VENV)/.installed-dev: EXTRAS := [dev]
$(VENV)/.installed $(VENV)/.installed-test $(VENV)/.installed-bench $(VENV)/.installed-dev: \
		pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing yinju$(EXTRAS) into $(VENV); the first time takes some minutes"
	@$(BIN)/python -m pip install --quiet -c constraints.txt torch
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.$(EXTRAS)'
	@touch $@

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "there is no $(PYTHON); install Python 3.10 to 3.13, or name it: make PYTHON=/path/to/python" >&2; \
	  exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "yinju needs Python 3.10 to 3.13, and $(PYTHON) is $$($(PYTHON) -V 2>&1);" \
	       "name another: make PYTHON=python3.12" >&2; \
	  exit 2; }
	@$(PYTHON) -m venv $(VENV)
