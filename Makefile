# Every target installs what it needs. Nothing is done twice: the stamps in .venv say what is there.

SHELL := /bin/bash
.SHELLFLAGS := -euc
.DELETE_ON_ERROR:
.ONESHELL:
.DEFAULT_GOAL := run
.PHONY: run simulator test coverage check bench soak

VENV := .venv
SOAKED := tests/web/test_fuzz.py tests/web/test_sentences.py tests/simulator/test_fuzz.py $(addprefix tests/journeys/test_,agreement.py interleavings.py kills.py outcomes.py fixes.py accessibility.py)
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-input --root-user-action=ignore

# A Python that was upgraded away, or a tree that was moved: then nothing of the environment counts.
$(shell test -x $(PYTHON) || rm -f $(VENV)/.runtime $(VENV)/.dev $(VENV)/.system)

run: export PORT := $(or $(PORT),8000)
run: $(VENV)/.runtime ## the site and its worker, with the simulator when there is no key
	@$(PYTHON) -m flask --app app prepare
	exec tools/run $(PYTHON)

simulator: export PORT := $(or $(PORT),8001)
simulator: $(VENV)/.runtime ## the simulator alone
	@exec $(PYTHON) -m gunicorn -c gunicorn.conf.py 'app:simulator()'

test: $(VENV)/.dev $(VENV)/.system ## every test, in a browser and on PostgreSQL
	@exec $(PYTHON) -m pytest -n 3 --dist worksteal

coverage: $(VENV)/.dev $(VENV)/.system ## the same, with the lines and branches that no test reaches; a third slower
	@exec $(PYTHON) -m pytest -n 2 --dist worksteal --cov=kite --cov-branch --cov-fail-under=95

check: $(VENV)/.dev ## format, lint, types
	@$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

bench: $(VENV)/.dev ## what each page costs
	@exec $(PYTHON) -m bench

soak: export SOAK := $(or $(SOAK),20)
soak: $(VENV)/.dev $(VENV)/.system ## the tests with generated input, twenty times as long as in `make test` and never the same; then crowds and a million receipts
	@nice $(PYTHON) -m bench.watchers
	nice $(PYTHON) -m bench.archive
	exec nice $(PYTHON) -m pytest -n 2 --dist worksteal --hypothesis-show-statistics --durations=0 --durations-min=1 $(SOAKED)

$(PYTHON):
	@tools/make-venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(PYTHON)
	@echo "Installing packages into $(VENV)"
	$(PIP) -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing developer packages into $(VENV)"
	$(PIP) -r requirements-dev.txt
	touch $@

$(VENV)/.system: tools/install-for-tests tests/clients/javascript/package-lock.json $(VENV)/.dev
	@tools/install-for-tests $(PYTHON)
	touch $@
