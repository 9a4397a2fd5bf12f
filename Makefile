# Needs Python 3.11 or newer, git and make (3.81 or newer); everything else comes into .venv.
# Recipes are bash as of 3.2, which is what Debian, Fedora and macOS all have.

SHELL := /bin/bash
.NOTPARALLEL:
.DEFAULT_GOAL := help

# The interpreter that .venv is made with: make clean setup PYTHON=python3.13
PYTHON ?= python3
# More words for the command of a target: make test ARGS="-k split"
ARGS ?=

# Found before .venv comes first on PATH, where stages, which run `python`, find the right one.
INTERPRETER := $(shell command -v "$(PYTHON)")
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# Scripts in .venv carry its path and its interpreter: when either is gone, it is made anew.
STAMP := .venv/.stamp
STALE := $(shell [ ! -e .venv ] || { .venv/bin/python -c "" && \
  { [ ! -e $(STAMP) ] || [ "$$(cat $(STAMP))" = "$(CURDIR)" ]; }; } 2>/dev/null || echo yes)

# uv reads none of pip's settings: the index and the certificates that pip is told to use are
# passed on. Slow and broken connections are given time and more tries.
UV_ENV = index=$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$(.venv/bin/python -m pip config get \
	  global.index-url 2>/dev/null || true)}}; \
	certificates=$${SSL_CERT_FILE:-$${PIP_CERT:-}}; \
	[ -z "$$index" ] || export UV_DEFAULT_INDEX="$$index"; \
	[ -z "$$certificates" ] || export SSL_CERT_FILE="$$certificates"; \
	export UV_HTTP_TIMEOUT="$${UV_HTTP_TIMEOUT:-180}" UV_HTTP_RETRIES="$${UV_HTTP_RETRIES:-5}"; \
	export UV_PYTHON_DOWNLOADS=never

.PHONY: help setup repro test test-all format lint dashboard bench screenshots lock wheel keys licences \
  audit clean FORCE

help:  ## Show this list
	@echo "Usage: make TARGET [PYTHON=python3.12] [ARGS=\"more words for its command\"]"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s%s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "Start with: make repro"

setup: $(STAMP)  ## Make .venv with all that requirements.lock pins

repro: $(STAMP)  ## Build the dataset that params.yaml asks for, and sum it up
	@dvc repro $(ARGS)
	@tagledger summary

# test takes 7 to 9 minutes on two cores, test-all several times that. A test that buys little per
# change is marked long, and a smaller one beside it is not. A worker that has none left takes half of
# those that another one still has.
test: $(STAMP)  ## Run the tests; ARGS="-k split", ARGS="-n 0 --pdb"
	@python -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

test-all: $(STAMP)  ## Run all tests, those marked long as well
	@python -m pytest -n auto --maxprocesses 4 --dist worksteal --long $(ARGS)

format: $(STAMP)  ## Format the code
	@ruff format .

lint: $(STAMP)  ## Check style, format and types, all of them
	@failed=0; ruff check . || failed=1; ruff format --check . || failed=1; mypy || failed=1; exit $$failed

dashboard: $(STAMP)  ## Build the dataset and its versions, and open the dashboard
	@dvc repro
	@tagledger rebuild --yes || echo "The dashboard shows what there is, and what to do about the rest."
	@tagledger dashboard $(ARGS)

bench: $(STAMP)  ## Measure speed and memory beside the peers
	@set -e; \
	if [ -f benchmarks/requirements.lock ]; then \
	  $(UV_ENV); \
	  [ -x .venv-bench/bin/python ] || uv venv --quiet --python .venv/bin/python .venv-bench; \
	  uv pip install --quiet --python .venv-bench/bin/python --require-hashes \
	    -r benchmarks/requirements.lock; \
	  export TAGLEDGER_BENCH_PYTHON="$(CURDIR)/.venv-bench/bin/python"; \
	fi; \
	python -m benchmarks $(ARGS)

screenshots: $(STAMP)  ## Make the README's pictures again; needs Chromium
	@python -m docs.screenshots $(ARGS)

lock: $(STAMP)  ## Pin anew what pyproject.toml asks for; ARGS=--upgrade
	@$(UV_ENV); UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --quiet --universal \
	  --generate-hashes --no-emit-index-url --fork-strategy fewest --python-version 3.11 \
	  --group dev pyproject.toml -o requirements.lock $(ARGS)
	@$(UV_ENV); UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --quiet --universal \
	  --generate-hashes --no-emit-index-url --python-version 3.11 --group audit \
	  -o .ci/audit.lock $(ARGS)
	@echo "requirements.lock is up to date; \`make setup\` brings it into .venv"
	@echo "Then run \`make licences\`: what is new may have a licence that the list lacks"

wheel: $(STAMP)  ## Make dist/tagledger-*.whl, to be installed elsewhere
	@python -m hatchling build -t wheel

keys: $(STAMP)  ## Write what docs/ says of keys and causes from the code
	@python -m docs.keys

licences: $(STAMP)  ## List the licences of all that the lock pins
	@python -m docs.licences $(ARGS)

# In an environment of its own, so that what it needs is not what the others need.
audit: $(STAMP)  ## Look for known vulnerabilities in the lock; needs a network
	@$(UV_ENV); \
	[ -x .venv-audit/bin/python ] || uv venv --quiet --python .venv/bin/python .venv-audit; \
	uv pip install --quiet --python .venv-audit/bin/python --require-hashes -r .ci/audit.lock
	@for lock in requirements.lock .ci/audit.lock; do \
	  .venv-audit/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
	    -r "$$lock" $(ARGS) || exit; \
	done

clean:  ## Remove .venv and the tools' caches; data and DVC's cache stay
	@rm -rf .venv .venv-audit .venv-bench .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	@find src schemas dashboard tests benchmarks data docs -name __pycache__ -type d -prune \
	  -exec rm -rf {} +

ifeq ($(STALE),yes)
.venv/bin/uv $(STAMP): FORCE
endif

.venv/bin/uv:
	@[ -n "$(INTERPRETER)" ] || { \
	  echo "error: there is no $(PYTHON) on PATH" >&2; \
	  echo " next: install Python 3.11 or newer, or name one: make setup PYTHON=python3.12" >&2; \
	  exit 2; }
	@"$(INTERPRETER)" -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
	  echo "error: this is $$("$(INTERPRETER)" --version 2>&1); Tagledger needs 3.11 or newer" >&2; \
	  echo "where: $(INTERPRETER)" >&2; \
	  echo " next: name a newer one, e.g. make setup PYTHON=python3.12" >&2; \
	  exit 2; }
	@"$(INTERPRETER)" -c "import ensurepip, venv" 2>/dev/null || { \
	  echo "error: this Python cannot make an environment: it lacks venv or ensurepip" >&2; \
	  echo "where: $(INTERPRETER)" >&2; \
	  echo " next: on Debian and Ubuntu run \`apt-get install python3-venv\` as root" >&2; \
	  exit 2; }
	@echo "Making .venv with $$("$(INTERPRETER)" --version)"
	@"$(INTERPRETER)" -m venv --clear .venv
	@awk '/^[^ ]/ { found = /^uv==/ } found' requirements.lock > .venv/uv.txt
	@PIP_DEFAULT_TIMEOUT="$${PIP_DEFAULT_TIMEOUT:-60}" .venv/bin/python -m pip install --quiet \
	  --disable-pip-version-check --retries 5 --no-deps --require-hashes -r .venv/uv.txt

# Bytecode is compiled at once, unless the environment forbids it (PYTHONDONTWRITEBYTECODE): 28 s of
# CPU time and 220 MB, which else the first start of each command would pay, bit by bit, and in an
# environment that is not its user's to write to every start. It may fail: Python does without.
# The stamp is written last: a set-up that was cut short runs again, and keeps what it has.
$(STAMP): requirements.lock pyproject.toml | .venv/bin/uv
	@echo "Installing what requirements.lock pins; the first time takes a minute or more"
	@set -e; $(UV_ENV); \
	uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock; \
	uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
	@[ -n "$$PYTHONDONTWRITEBYTECODE" ] || .venv/bin/python -m compileall -q -j 0 \
	  "$$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
	  src schemas dashboard >/dev/null || true
	@printf '%s\n' "$(CURDIR)" > $@
