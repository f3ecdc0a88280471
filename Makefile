# `make run` and `make test` create their environment. PYTHON=python3.12 selects the interpreter, VENV=folder the environment.
VENV ?= .venv
BIN := $(VENV)/bin
CHOSEN := $(VENV)/.python-$(subst /,_,$(PYTHON))
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
# The tests start Python hundreds of times: an environment without bytecode would compile what they import each time.
KEEP_BYTECODE := PYTHONDONTWRITEBYTECODE=
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
SITE := .cache/site
NODE_TOOLS := node_modules/.package-lock.json
BIOME := node_modules/.bin/biome
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL_LOCKED := $(PIP) install --require-hashes --requirement
TYPED := ev2gym_dashboard app.py gunicorn.conf.py bench docs tools tests
CHECKED := $(TYPED) .ci
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
HAS_CHROMIUM := [ -n "$$(for name in chromium chromium-browser google-chrome; do command -v $$name; done)" ]
CHROMIUM_PACKAGES := chromium-headless-shell fonts-liberation fonts-noto-color-emoji
SERVICE_PACKAGES := nginx-light openssl redis-server systemd
SERVICES := nginx openssl redis-server systemd-analyze

.DEFAULT_GOAL := help
.PHONY: help install run test test-fast browser services node lint format docs site messages lock bench bound load soak fuzz attack chaos pythons reference wheel sbom clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 18

$(CHOSEN):
	@for python in "$(PYTHON)" $(if $(PYTHON),,python3 python3.13 python3.12 python3.11); do \
		if [ -n "$$python" ] && "$$python" -c '$(FITS)' 2>/dev/null; then chosen=$$python; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
		echo "Python 3.11, 3.12 or 3.13 is required$(if $(PYTHON),; $(PYTHON) is another version,: install one and run make PYTHON=/path/to/python)." >&2; \
		exit 1; \
	fi; \
	echo "Creating $(VENV) with $$($$chosen --version)"; \
	"$$chosen" -m venv --clear $(VENV)
	@touch $(VENV)/.python- $@

# pip would compile the bytecode on one core, before; beside the time loop it costs no time.
$(RUNTIME): requirements.lock pyproject.toml $(CHOSEN)
	@echo "Installing the dependencies (requirements.lock)"
	@$(INSTALL_LOCKED) requirements.lock --no-compile
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@echo "Compiling the time loop and the bytecode, and compressing the page"
	@$(BIN)/python -m compileall -q $(VENV)/lib ev2gym_dashboard >/dev/null & \
	$(BIN)/python -m ev2gym_dashboard.web.warm_up; status=$$?; wait; exit $$status
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	@echo "Installing the development dependencies (requirements-dev.lock)"
	@$(INSTALL_LOCKED) requirements-dev.lock
	@touch $@

$(NODE_TOOLS): package-lock.json | node
	@echo "Installing the JavaScript linter (package-lock.json)"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

node:
	@command -v npm >/dev/null || { echo "npm is required to lint the JavaScript: install Node.js 20 or newer with npm (Debian: apt-get install nodejs npm)." >&2; exit 1; }

install: $(RUNTIME) ## create the environment in .venv (run and test do so too)

run: $(RUNTIME) ## serve on http://localhost:8888
	@$(BIN)/ev2gym-dashboard serve

test: $(DEV) browser services ## run all tests, in parallel; ARGS=-n0 runs them in one process
	@$(KEEP_BYTECODE) $(BIN)/python -m pytest $(PARALLEL) --junitxml=.cache/tests.xml $(ARGS)

test-fast: $(DEV) ## run the tests without browser, services and slow ones, in under 2 minutes
	@$(KEEP_BYTECODE) $(BIN)/python -m pytest $(PARALLEL) -m "not (browser or live or services or slow)" $(ARGS)

browser:
	@if command -v chromium-headless-shell >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's Chromium without a window for the browser tests"; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(CHROMIUM_PACKAGES) >/dev/null; } || $(HAS_CHROMIUM); \
	elif $(HAS_CHROMIUM); then :; \
	else \
		echo "Chromium is missing: install it for the browser tests (Debian: apt-get install chromium-headless-shell)." >&2; \
	fi

services: ## install nginx, OpenSSL, Redis and systemd for the deployment tests, from Debian
	@if missing=$$(for program in $(SERVICES); do command -v $$program >/dev/null || echo $$program; done); [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's nginx, OpenSSL, Redis and systemd for the deployment tests; none of them is started"; \
		apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(SERVICE_PACKAGES) >/dev/null; \
	else \
		echo "Missing: $$(echo $$missing). Tests that need them are skipped (Debian: apt-get install $(SERVICE_PACKAGES))." >&2; \
	fi

lint: $(DEV) $(NODE_TOOLS) ## check with ruff, mypy (strict) and import-linter, the JavaScript with Biome
	@status=0; \
	$(BIN)/ruff check $(CHECKED) || status=1; \
	$(BIN)/ruff format --check $(CHECKED) || status=1; \
	$(BIN)/mypy $(TYPED) || status=1; \
	$(BIN)/lint-imports --no-cache || status=1; \
	$(BIOME) check --error-on-warnings || status=1; \
	exit $$status

format: $(DEV) $(NODE_TOOLS) ## format and fix the code with ruff and Biome
	@$(BIN)/ruff check --fix $(CHECKED)
	@$(BIN)/ruff format $(CHECKED)
	@$(BIOME) check --write

docs: $(DEV) browser ## update the generated tables and figures of docs/
	@$(BIN)/python -m tools.reference_tables
	@$(BIN)/python -m tools.compare_example
	@$(BIN)/python -m tools.tool_tables
	@$(BIN)/python -m tools.dependencies_page
	@$(BIN)/python -m tools.learning_page
	@$(BIN)/python -m tools.figures_page
	@$(BIN)/python -m tools.architecture_figure
	@$(BIN)/python -m tools.physics_numbers --write >/dev/null
	@$(BIN)/python -m tools.study_page
	@$(BIN)/python -m tools.validation
	@$(BIN)/python -m tools.reality
	@$(BIN)/python -m tools.bench_page

# From nothing: over a former one, Sphinx keeps removed pages and drops entries of the index, and no two wheels would be the same.
site: $(DEV) ## build the documentation site in .cache/site/html; a dead link or anchor fails
	@rm -rf $(SITE)
	@$(BIN)/python -m sphinx -b html -W --keep-going -q -d $(SITE)/doctrees $(ARGS) docs $(SITE)/html
	@echo "Open $(SITE)/html/index.html, or the help menu of a server that starts from now on (make run)"

messages: $(DEV) ## update the catalogs of the page's texts from the code
	@$(BIN)/python -m tools.messages

# npm records the funding page of each package; the lock files contain no addresses.
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

lock: $(DEV) node ## resolve the dependencies again; ARGS=--upgrade selects the newest versions
	@$(COMPILE) --extra web --extra redis --extra mqtt --group build --output-file requirements.lock $(ARGS)
	@$(COMPILE) --group build --constraint requirements.lock --output-file requirements-headless.lock $(ARGS)
	@$(COMPILE) --extra web --group dev --constraint requirements.lock --output-file requirements-dev.lock $(ARGS)
	@npm install --package-lock-only --no-audit --no-fund --loglevel=error
	@$(BIN)/python -c "$$WITHOUT_ADDRESSES"

bench: $(DEV) ## measure all parts and print the table of goals; JSON in .cache/; ARGS=--quick for a short check
	@$(BIN)/python -m bench $(ARGS)

bound: $(DEV) ## try the bound of the optimum on 1,000 random scenarios, in half an hour; ARGS=-x stops at the first failure
	@BOUND_EXAMPLES=1000 $(BIN)/python -m pytest -n0 tests/service/optimum/test_bound.py $(ARGS)

load: $(DEV) ## measure a server under 200 sessions, and under large fleets; ARGS=--quick for a short check
	@$(BIN)/python -m bench.load --json .cache/bench-load.json $(ARGS)

soak: $(DEV) ## measure the memory of a server over many sessions; ARGS=--quick for a short check
	@$(BIN)/python -m bench.soak --json .cache/bench-soak.json $(ARGS)

fuzz: $(DEV) ## send 100,000 mutated requests; ARGS="--requests 1000000 --seed 7" for more, or others
	@$(BIN)/python -m bench.fuzz --json .cache/bench-fuzz.json $(ARGS)

attack: $(DEV) ## measure a visitor beside attacks on a server, for 14 minutes; ARGS=--quick for a short check
	@$(BIN)/python -m bench.attack --json .cache/bench-attack.json $(ARGS)

chaos: $(DEV) ## compare the answers of a server under random faults with undisturbed runs, for an hour; ARGS="--seed 7 --minutes 10", or --quick
	@$(BIN)/python -m bench.chaos --json .cache/bench-chaos.json $(ARGS)

pythons: ## install the package and run commands under each of Python 3.11, 3.12 and 3.13 that is here
	@bash .ci/pythons

reference: $(DEV) ## install EV2Gym 2.0.0 without its solver and power flow, as a reference for bench and tests
	@$(PIP) install --no-build-isolation --editable '.[bench]'
	@$(PIP) install --no-deps ev2gym==2.0.0

wheel: $(DEV) site ## build the wheel, with the documentation site, and the source archive in dist/
	@$(BIN)/python -m build --no-isolation --sdist --outdir dist
	@rm -rf ev2gym_dashboard/site && cp -R $(SITE)/html ev2gym_dashboard/site
	@$(BIN)/python -m build --no-isolation --wheel --outdir dist; built=$$?; rm -rf ev2gym_dashboard/site; exit $$built

sbom: $(DEV) ## write the software bill of materials of requirements.lock in dist/ (CycloneDX)
	@mkdir -p dist
	@$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application --output-reproducible --output-file dist/sbom.json requirements.lock

clean: ## remove the environment, caches and builds
	rm -rf $(VENV) node_modules .cache .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
