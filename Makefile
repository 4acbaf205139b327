# `make test` and `make demo` do all the set-up on a bare Debian or Ubuntu machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO ?= demo
YEAR ?= 2024
SEED ?= 1

.PHONY: help setup system test lint demo bench pictures clean
help:
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: $(READY) ## Python environment with everything
$(READY): pyproject.toml tools/setup_python.sh
	PYTHON=$(PYTHON) VENV=$(VENV) sh tools/setup_python.sh
	touch $@

system: ## LibreOffice, fonts and PostgreSQL, which the tests use for real
	sh tools/setup_system.sh

lint: $(READY) ## Style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(READY) system lint ## Everything that must hold
	$(BIN)/python -m pytest -n 2 --dist loadgroup

demo: $(READY) ## The main job: twelve wards, a master, a merge
	rm -rf $(DEMO)
	$(BIN)/xl-ctd demo $(DEMO) --year $(YEAR) --seed $(SEED)

bench: $(READY) ## Speed, as ratios side by side in one run
	$(BIN)/python -m bench
	for area in functions service officejs desktop ribbon google; do $(BIN)/python -m bench.$$area || exit 1; done

pictures: $(READY) system ## The guide's pictures, from the real workbooks
	$(BIN)/python -m tools.pictures

clean:
	rm -rf $(VENV) $(DEMO) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist
