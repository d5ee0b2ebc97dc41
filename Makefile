# `make help` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench torture mutants sim lock clean
.DELETE_ON_ERROR:

BIN := .venv/bin
PYTEST := $(BIN)/pytest --no-header
IN_PARALLEL := --numprocesses 2
# The folders of these tiers that hold tests.
tiers = $(foreach tier,$(1),$(if $(shell find tests/$(tier) -name 'test_*.py' 2>/dev/null),tests/$(tier)))
FAST_TIERS = $(call tiers,unit golden laws tidy)
WHOLE_TIERS = $(call tiers,proofs twins simulation smoke)
BROWSER_TIERS = $(call tiers,browser)

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

setup: .venv/.dev  ## make .venv with everything, checkers and test tools included

demo: .venv/.run  ## the story on sample data: embedded database, leads, clocks, a live board
	$(BIN)/handrail demo

check: setup  ## format, lint, types, floors and the fast tests; under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(PYTEST) $(IN_PARALLEL) -m "not long" $(FAST_TIERS)

test: check  ## check, then planted faults, both stores, simulation, real PostgreSQL and HTTP, and a browser
	$(PYTEST) $(IN_PARALLEL) -m long $(FAST_TIERS)
	$(if $(WHOLE_TIERS),$(PYTEST) $(IN_PARALLEL) $(WHOLE_TIERS))
	$(if $(BROWSER_TIERS),CHROMIUM="$$($(BIN)/python tools/find_chromium.py)" && \
		export CHROMIUM && $(PYTEST) $(BROWSER_TIERS))

bench: setup  ## every figure beside its yardstick of the same run
	$(BIN)/handrail bench

torture: setup  ## kill workers and the database under load; count lost, doubled, early
	$(BIN)/python -m handrail.trials.torture

mutants: setup  ## plant each fault; every law and every rehearsal must catch its own
	$(BIN)/python -m handrail.trials.mutants

sim: setup  ## 1,000 seeds of the whole engine in virtual time
	$(BIN)/python -m handrail.trials.sim --seeds 1000

lock: setup  ## write the locks anew, newest versions
	tools/lock

clean:  ## remove what was made here: .venv, caches, builds
	rm -rf .venv dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: the packages are put in place again only when a lock or pyproject.toml changes.
.venv/.run: requirements.lock requirements-setup.lock pyproject.toml tools/setup
	tools/setup
	@touch $@

.venv/.dev: requirements-dev.lock requirements-setup.lock pyproject.toml tools/setup tools/editor/package-lock.json
	tools/setup dev
	@touch $@ .venv/.run
