# Needs Python 3.11 or 3.12 and make; everything else goes into .venv.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for name in python3.11 python3.12 python3 python; do \
	$$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' \
	>/dev/null 2>&1 && { echo $$name; break; }; done)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
DEVELOPMENT = $(shell $(BIN)/python -c 'import tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"])')
WORKERS ?= $(shell expr $$(nproc) + 1)
DAY ?= 2026-09-08-caiso-scarcity
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help up test lint types tests together alone replay bench clean

help: ## say what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

up: $(VENV)/.product ## start everything on the shipped evening; Ctrl-C stops it (ARGS="--speed 10")
	@exec $(BIN)/tieline up $(ARGS)

test: lint types tests ## check style and types, then run every test

lint: $(VENV)/.development ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.development ## check types strictly
	$(BIN)/mypy

unexport PYTHONDONTWRITEBYTECODE # tests start hundreds of processes: none compiles the product again

ifeq ($(ARGS),)
tests: together alone ## run every test (ARGS="-k name" for some of them)
else
tests: $(VENV)/.development $(VENV)/.product
	$(BIN)/python -m pytest -q $(ARGS)
endif

# With --jobs both run at once, and those side by side give way to those that hold a clock to account.
# One worker more than processors: many tests wait for a process of their own.
together: $(VENV)/.collected $(VENV)/.product $(VENV)/.checked
	nice -n 10 $(BIN)/python -m pytest -q --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 25 -m "not alone"

alone: $(VENV)/.collected $(VENV)/.product $(VENV)/.checked
	$(BIN)/python -m pytest -q -m alone $$(grep -rl 'mark\.alone' tests --include='test_*.py')

replay: $(VENV)/.product ## play DAY through the real flow and prove its digest
	$(BIN)/tieline replay $(DAY) --prove $(ARGS)

bench: $(VENV)/.development $(VENV)/.product ## measure throughput and latency
	$(BIN)/python benchmarks/run.py $(ARGS)

clean: ## remove what was installed, built and cached; runs in var/ stay
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { \
		echo "tieline needs Python 3.11 or 3.12; install one, or name it: make PYTHON=/path/to/python3.11" >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; \
		rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing Tieline into $(VENV) (once)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.product: $(VENV)/.installed
	@echo "compiling Tieline's loops (once)"
	@$(BIN)/python -m state.warm
	@touch $@

$(VENV)/.checked: $(VENV)/.installed
	@echo "compiling them once more for tests, with every index checked (once)"
	@NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=.pytest_cache/loops $(BIN)/python -m state.warm
	@touch $@

$(VENV)/.development: $(VENV)/.installed
	@echo "installing the tools for tests into $(VENV) (once)"
	@$(PIP) $(foreach tool,$(DEVELOPMENT),'$(tool)')
	@touch $@

# Each process that runs tests would compile every module by itself.
$(VENV)/.collected: $(VENV)/.development
	@echo "reading all tests (once)"
	@$(BIN)/python -m pytest -q --collect-only > $@.log || { cat $@.log; exit 1; }
	@mv $@.log $@
