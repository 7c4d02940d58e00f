# Thin targets: each is one command that can also be typed by hand. `make` alone lists them.

NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
# The first Python that is new enough; PYTHON=/path/to/python chooses another.
PYTHON ?= $(shell for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$candidate $(NEW_ENOUGH) 2>/dev/null && echo $$candidate && break; done)
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made
STUBS := provider/v1alpha1
# As many at a time as tests/conftest.py says; ARGS='-n 0' runs them one after the other, as --pdb does.
PARALLEL := -n auto --dist worksteal
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet install --constraint requirements.lock
# $(1): the folder to generate into. The stubs are checked in; `make check` compares.
PROTOC = $(BIN)/python -m grpc_tools.protoc --proto_path=proto --python_out=$(1) --pyi_out=$(1) \
	--grpc_python_out=$(1) $(STUBS)/service.proto

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all coverage test-real servers up faults node check fmt proto docs lock changelog release bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv, with everything for running, testing and checking

demo: setup ## show the whole thing on embedded servers; ARGS=--keep leaves them running
	@$(BIN)/python -m provider.dev $(ARGS)

test: setup ## run the tests that need Python only; ARGS goes to pytest
	@$(BIN)/python -m pytest -m "not real" $(PARALLEL) $(ARGS)

test-all: setup ## run the same tests on every supported Python that is here, pyenv's included; a line per version
	@$(BIN)/python -m tools.pythons $(ARGS)

coverage: setup ## run the same tests with branch coverage; it fails below the floors of tests/coverage_floors.py
	@$(BIN)/python -m pytest -m "not real" $(PARALLEL) --cov --cov-report= -p tests.coverage_floors $(ARGS)

servers: setup ## find or build with Go, once, the real servers that test-real runs on: Vault, kube-apiserver, etcd
	@$(BIN)/python -m tests.real build

up: setup ## start the real servers and the provider on them, print how to reach them, keep them running
	@$(BIN)/python -m tests.real up $(ARGS)

test-real: setup ## run the tests against real servers; without Go they are skipped by name
	@if command -v go >/dev/null; then $(BIN)/python -m tests.real build; fi
	@$(BIN)/python -m pytest -m real $(ARGS)

faults: setup ## play every fault on the real servers, print what mounts felt; ARGS='--only NAME' for one
	@$(BIN)/python -m tests.real.faults $(ARGS)

node: setup ## run tests/real/node on a whole node: kubelet, containerd, the driver, our image (Linux, root, Go, Debian)
	@$(BIN)/python -m tests.real.node test $(ARGS)

check: setup ## lint, format, types, layers, generated code, manifests
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "error: not formatted: run make fmt" >&2; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@rm -rf $(VENV)/proto && mkdir $(VENV)/proto && $(call PROTOC,$(VENV)/proto)
	@diff -ru -x __init__.py -x __pycache__ $(STUBS) $(VENV)/proto/$(STUBS) || \
		{ echo "error: $(STUBS) is not what proto/ says: run make proto" >&2; exit 1; }
	@$(BIN)/python -m pytest -q tests/unit/test_deploy.py

fmt: setup ## format, and mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

proto: setup ## generate provider/v1alpha1 from proto/
	@$(call PROTOC,.)

docs: setup ## write docs/parameters.md and docs/functions.md from the tables that parse and render
	@$(BIN)/python -c 'from provider.spec import reference; print(reference.page(), end="")' >docs/parameters.md
	@$(BIN)/python -c 'from provider.gotemplate import reference; \
		from provider.shapes.templating import function_table; print(reference.page(function_table.FUNCTIONS), end="")' >docs/functions.md

lock: setup ## write requirements.lock anew, with the newest versions that pyproject.toml allows
	@rm -rf $(VENV)/lock && $(BIN)/python -m venv $(VENV)/lock
	@$(VENV)/lock/bin/python -m pip --quiet install --upgrade pip
	@$(VENV)/lock/bin/python -m pip --quiet install . --group dev-servers --group test --group check --group release
	@{ grep '^#' requirements.lock; $(VENV)/lock/bin/python -m pip freeze --all \
		--exclude vault-csi-provider | LC_ALL=C sort -f; } >$(VENV)/requirements.lock
	@mv $(VENV)/requirements.lock requirements.lock && rm -rf $(VENV)/lock

changelog: setup ## print the section of CHANGELOG.md that the fragments in changes/ will make
	@$(BIN)/towncrier build --draft --version next

release: setup ## version, CHANGELOG.md, checked wheel and sdist, the commands to tag: VERSION=1.2.3; DRAFT=1 in a copy
	@test -n "$(VERSION)" || { echo "error: which version? make release VERSION=1.2.3 [DRAFT=1]" >&2; exit 1; }
	@$(BIN)/python -m tools.release $(VERSION) $(if $(DRAFT),--draft)

bench: setup ## measure mounts a second, latency, memory
	@$(BIN)/python -m tests.bench $(ARGS)

clean: ## remove .venv and everything that tools have left behind
	@rm -rf $(VENV) .venv-3.* .cache build dist *.egg-info .coverage .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Scripts of an environment carry its path: one that was copied or moved here with the tree is made anew.
HERE := grep -qsF '$(CURDIR)/$(VENV)/' $(BIN)/pip
ifneq ($(shell $(HERE) || echo elsewhere),)
.PHONY: $(STAMP)
endif

$(STAMP): pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "error: Python 3.11 or newer is needed, and python3 is" \
		"$$(python3 -V 2>/dev/null || echo not there); install one, or name it: make PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) $(NEW_ENOUGH) 2>/dev/null || { echo "error: Python 3.11 or newer is needed, and $(PYTHON) is" \
		"$$($(PYTHON) -V 2>/dev/null || echo not there)" >&2; exit 1; }
	@if ! $(HERE) || ! $(BIN)/python $(NEW_ENOUGH) 2>/dev/null; then rm -rf $(VENV) && \
		echo "making $(VENV) with $$($(PYTHON) -V)" && $(PYTHON) -m venv $(VENV) || { echo "error:" \
		"$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }; fi
	@echo "installing the provider and its tools into $(VENV) (a minute or two the first time)"
	@$(PIP) --upgrade pip
	@PYTHONWARNINGS=ignore $(PIP) --editable . --group dev-servers --group test --group check --group release
	@touch $@
