# Every target installs what it needs. Nothing is done twice: the stamps in .venv say what is there.
# `make test PYTHON=python3.13` uses that Python, in an environment of its own. Without it the first supported one is taken.

SHELL := /bin/bash
.SHELLFLAGS := -euc
.DELETE_ON_ERROR:
.ONESHELL:
.DEFAULT_GOAL := run
.PHONY: run simulator test test-quick coverage check docs mutants bench soak fresh

VENV := .venv$(if $(PYTHON),-$(notdir $(PYTHON)))
SOAKED := tests/web/site/test_fuzz.py tests/web/composer/test_sentences.py tests/simulator/api/test_fuzz.py $(addprefix tests/journeys/test_,agreement.py interleavings.py kills.py outcomes.py fixes.py accessibility.py)
VENV_PYTHON := $(VENV)/bin/python
PIP := $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check --no-input --root-user-action=ignore

# A Python that was upgraded away, or a tree that was moved: then nothing of the environment counts.
$(shell test -x $(VENV_PYTHON) || rm -f $(VENV)/.runtime $(VENV)/.dev $(VENV)/.databases $(VENV)/.system)

run: export PORT := $(or $(PORT),8000)
run: $(VENV)/.runtime ## the site and its worker, with the simulator when there is no key
	@$(VENV_PYTHON) -m flask --app app prepare
	exec tools/run $(VENV_PYTHON)

simulator: export PORT := $(or $(PORT),8001)
simulator: $(VENV)/.runtime ## the simulator alone
	@exec $(VENV_PYTHON) -m gunicorn -c gunicorn.conf.py 'app:simulator()'

test: $(VENV)/.dev $(VENV)/.system ## every test, in a browser and on PostgreSQL
	@exec $(VENV_PYTHON) -m pytest -n 3 --dist worksteal

test-quick: export CHROMIUM := /nonexistent/no-browser-in-these-tests
test-quick: $(VENV)/.dev $(VENV)/.databases ## the tests that need neither a browser nor Node.js
	@exec $(VENV_PYTHON) -m pytest -n 3 --dist worksteal -m "not browser and not node"

coverage: $(VENV)/.dev $(VENV)/.system ## the same, with the lines and branches that no test reaches; a third slower
	@exec $(VENV_PYTHON) -m pytest -n 2 --dist worksteal --cov=kite --cov-branch --cov-fail-under=95

check: $(VENV)/.dev ## format, lint, types, and the measures of plain code
	@$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m mypy
	$(VENV_PYTHON) -m tools.measures

docs: $(VENV)/.dev ## the pictures and the table of packages in docs/, from the imports and the calls of the code
	@$(VENV_PYTHON) -m tools.draw_packages
	@$(VENV_PYTHON) -m tools.draw_token

mutants: $(VENV)/.dev $(VENV)/.databases ## which of SAMPLE random changes of the code the tests notice, 200 unless said otherwise; SEED draws the same ones again
	@exec $(VENV_PYTHON) -m tools.mutants --sample $(or $(SAMPLE),200) $(if $(SEED),--seed $(SEED))

bench: $(VENV)/.dev ## what each page costs
	@exec $(VENV_PYTHON) -m bench

soak: export SOAK := $(or $(SOAK),20)
soak: $(VENV)/.dev $(VENV)/.system ## the tests with generated input, twenty times as long as in `make test` and never the same; then crowds, a million receipts and a million old events
	@nice $(VENV_PYTHON) -m bench.watchers
	nice $(VENV_PYTHON) -m bench.archive
	nice $(VENV_PYTHON) -m bench.conversion
	exec nice $(VENV_PYTHON) -m pytest -n 2 --dist worksteal --hypothesis-show-statistics --durations=0 --durations-min=1 $(SOAKED)

fresh: ## `make run` and `make test` in bare trees of the Debians and Ubuntus that the README names, or of SUITES; as root
	@exec tools/fresh $(SUITES)

$(VENV_PYTHON):
	@tools/make-venv $(VENV) $(PYTHON)

$(VENV)/.runtime: requirements.txt | $(VENV_PYTHON)
	@echo "Installing packages into $(VENV)"
	$(PIP) -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing developer packages into $(VENV)"
	$(PIP) -r requirements-dev.txt
	touch $@

$(VENV)/.databases: tools/install-for-tests | $(VENV)/.dev
	@tools/install-for-tests databases
	touch $@

$(VENV)/.system: tools/install-for-tests tests/clients/javascript/package-lock.json requirements-dev.txt | $(VENV)/.dev $(VENV)/.databases
	@tools/install-for-tests browser $(VENV_PYTHON)
	touch $@
