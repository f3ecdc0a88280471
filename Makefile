# make run and make test need nothing before them. PYTHON=python3.12 chooses the interpreter, VENV=folder where it goes.
VENV ?= .venv
BIN := $(VENV)/bin
CHOSEN := $(VENV)/.python-$(subst /,_,$(PYTHON))
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
NODE_TOOLS := node_modules/.package-lock.json
BIOME := node_modules/.bin/biome
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
TYPED := ev2gym_dashboard app.py gunicorn.conf.py bench tools
CHECKED := $(TYPED) tests .ci
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
CHROMIUM_PACKAGES := chromium fonts-liberation fonts-noto-color-emoji
SERVICE_PACKAGES := nginx-light openssl redis-server systemd
SERVICES := nginx openssl redis-server systemd-analyze

.DEFAULT_GOAL := help
.PHONY: help install run test browser services node lint format docs lock bench load soak reference wheel clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 18

$(CHOSEN):
	@for python in "$(PYTHON)" $(if $(PYTHON),,python3 python3.13 python3.12 python3.11); do \
		if [ -n "$$python" ] && "$$python" -c '$(FITS)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "Python 3.11, 3.12 or 3.13 is needed$(if $(PYTHON),; $(PYTHON) is none of them,: install one and say make PYTHON=/path/to/python)." >&2; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$found --version)"; \
	"$$found" -m venv --clear $(VENV)
	@touch $(VENV)/.python- $@

$(RUNTIME): requirements.lock pyproject.toml $(CHOSEN)
	@echo "Installing what the dashboard needs (requirements.lock)"
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	@echo "Installing what the tests need (requirements-dev.lock)"
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

$(NODE_TOOLS): package-lock.json | node
	@echo "Installing what lints the JavaScript (package-lock.json)"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

node:
	@command -v npm >/dev/null || { echo "npm is needed for the JavaScript of the page: install Node.js 20 or newer with npm (Debian: apt-get install nodejs npm)." >&2; exit 1; }

install: $(RUNTIME) ## make the environment in .venv (run and test do it by themselves)

run: $(RUNTIME) ## serve on http://localhost:8888
	@$(BIN)/ev2gym-dashboard serve

test: $(DEV) browser services ## run everything: unit, property, web and browser tests
	@$(BIN)/python -m pytest --junitxml=.cache/tests.xml $(ARGS)

browser:
	@if command -v chromium chromium-browser google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's Chromium for the browser tests"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(CHROMIUM_PACKAGES) >/dev/null; \
	else \
		echo "No Chromium here: install it (Debian: apt-get install chromium), or the browser tests cannot run." >&2; \
	fi

services: ## what the tests of deployment run beside the server: nginx, Redis, systemd's check, from Debian
	@if missing=$$(for program in $(SERVICES); do command -v $$program >/dev/null || echo $$program; done); [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's nginx, openssl, Redis and systemd for the tests of deployment; none of them is started"; \
		apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(SERVICE_PACKAGES) >/dev/null; \
	else \
		echo "Not here: $$(echo $$missing). Install them (Debian: apt-get install $(SERVICE_PACKAGES)), or the tests with them are skipped." >&2; \
	fi

lint: $(DEV) $(NODE_TOOLS) ## ruff, mypy strict, import-linter; Biome for the JavaScript
	@status=0; \
	$(BIN)/ruff check $(CHECKED) || status=1; \
	$(BIN)/ruff format --check $(CHECKED) || status=1; \
	$(BIN)/mypy $(TYPED) || status=1; \
	$(BIN)/lint-imports --no-cache || status=1; \
	$(BIOME) check --error-on-warnings || status=1; \
	exit $$status

format: $(DEV) $(NODE_TOOLS) ## let ruff and Biome format and mend what they can
	@$(BIN)/ruff check --fix $(CHECKED)
	@$(BIN)/ruff format $(CHECKED)
	@$(BIOME) check --write

docs: $(DEV) ## write the tables of README and docs anew from the code
	@$(BIN)/python -m tools.readme_tables
	@$(BIN)/python -m tools.tool_tables

# npm writes down where each package asks for money; a lock names no address here.
define WITHOUT_ADDRESSES
import json, pathlib
path = pathlib.Path("package-lock.json")
lock = json.loads(path.read_text())
[package.pop("funding", None) for package in lock["packages"].values()]
path.write_text(json.dumps(lock, indent=2) + chr(10))
endef
export WITHOUT_ADDRESSES

COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: $(DEV) node ## resolve the dependencies anew; ARGS=--upgrade takes the newest
	@$(COMPILE) --group build --output-file requirements.lock $(ARGS)
	@$(COMPILE) --group dev --constraint requirements.lock --output-file requirements-dev.lock $(ARGS)
	@npm install --package-lock-only --no-audit --no-fund --loglevel=error
	@$(BIN)/python -c "$$WITHOUT_ADDRESSES"

bench: $(DEV) ## measure a tick of the page, the engine, its Gymnasium form and sweeps; tables, and JSON in .cache/; ARGS=--quick only sees that it runs
	@$(BIN)/python -m bench.tick --json .cache/bench-tick.json $(ARGS)
	@$(BIN)/python -m bench.engine --json .cache/bench-engine.json $(ARGS)
	@$(BIN)/python -m bench.gym --json .cache/bench-gym.json $(ARGS)
	@$(BIN)/python -m bench.sweep --json .cache/bench-sweep.json $(ARGS)

load: $(DEV) ## measure a server of two processes under 200 sessions, and one of a large fleet; ARGS=--quick only sees that it runs
	@$(BIN)/python -m bench.load --json .cache/bench-load.json $(ARGS)

soak: $(DEV) ## measure the memory of a server over sessions that come and go; ARGS=--quick only sees that it runs
	@$(BIN)/python -m bench.soak --json .cache/bench-soak.json $(ARGS)

reference: $(DEV) ## install EV2Gym 2.0.0, without its solver and power flow, for make bench to measure beside ours
	@$(PIP) install --no-build-isolation --editable '.[bench]'
	@$(PIP) install --no-deps ev2gym==2.0.0

wheel: $(DEV) ## build the wheel in dist/
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist

clean: ## remove what was made here
	rm -rf $(VENV) node_modules .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
