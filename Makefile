# make demo : install what is needed and run the main job
# make test : install what is needed and pass the tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check format bench clean

help:  ## what each command does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## the installation alone

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev,classic,data,geometry]"
	@touch $(STAMP)

demo: setup  ## record a world, learn it from pixels, plan in it, write the report (10 minutes)
	$(BIN)/pellucid demo

test: setup  ## the tests (under 8 minutes on two cores)
	$(BIN)/python -m pytest -m "not slow" --numprocesses 2

test-all: setup  ## the slow tests too
	$(BIN)/python -m pytest --numprocesses 2

check: setup  ## linters, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## mend what the linters can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup  ## speed, as ratios
	$(BIN)/pellucid bench mortal
	$(BIN)/pellucid bench networks
	$(BIN)/pellucid bench planning
	$(BIN)/pellucid bench sparse-coding

clean:  ## remove the installation and the caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis
