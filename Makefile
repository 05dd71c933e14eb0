# Short names for the commands of CONTRIBUTING.md. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup check test test-long test-browser one lint format snapshots book freeze freeze-all docs bench

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(BIN)/pytest ## make .venv with everything for development

$(BIN)/pytest: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

check: lint test ## what every change should pass before it is proposed: lint and the tests

test: setup ## the tests
	$(BIN)/pytest

test-long: setup ## the long oracle, attack and property runs; LONG_SHARE=0.1 takes a tenth of their examples
	$(BIN)/pytest -m long

test-browser: setup ## the memo in a real browser; needs Debian's chromium
	$(BIN)/pytest -m browser

one: setup ## one test: make one TEST=tests/finance/test_irr.py
	$(BIN)/pytest -n 0 $(TEST)

lint: setup ## ruff, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## put all code into one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

snapshots: setup ## write the screens' snapshots again; read the diff
	$(BIN)/pytest tests/screens/test_snapshots.py --snapshot-update

book: setup ## write the parsed tables of the price book again, after a change of its TOML
	$(BIN)/python -m tests.market.parsed_tables

freeze: setup ## add new figures of the price book to the frozen one of the snapshots
	$(BIN)/python -m tests.support.frozen_book

freeze-all: setup ## copy today's price book over the frozen one; `make snapshots` comes after it
	$(BIN)/python -m tests.support.frozen_book --all

docs: setup ## write the manual page, the generated parts of docs/ and the pictures again
	$(BIN)/gpu-advisor man > man/gpu-advisor.1
	$(BIN)/python -m tests.support.json_docs
	$(BIN)/python -m tests.support.generated_docs
	$(BIN)/python -m tests.support.readme_picture

bench: setup ## start, keys and bytes of the app; then the engine
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.engine
