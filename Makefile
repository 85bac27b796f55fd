# One way in: `make demo` to see it, `make test` to trust it. Both work from an empty clone with Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
UV := $(shell command -v uv 2>/dev/null)
export PATH := $(abspath $(VENV)/bin):$(PATH)

.PHONY: help install demo test lint scan screenshots bench trino lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

install: $(VENV)/.installed ## a virtual environment with everything that runs and tests Menulens

$(VENV)/.installed: requirements.txt tests/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Menulens needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
ifdef UV
	@test -x $(VENV)/bin/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)
	@VIRTUAL_ENV=$(abspath $(VENV)) $(UV) pip install -r tests/requirements.txt
	@VIRTUAL_ENV=$(abspath $(VENV)) $(UV) pip install --quiet --no-deps -e .
else
	@test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing: install it (Debian: python3-venv), or install uv."; exit 1; }
	@$(VENV)/bin/python -m pip install --disable-pip-version-check --progress-bar on -r tests/requirements.txt
	@$(VENV)/bin/python -m pip install --disable-pip-version-check --quiet --no-deps -e .
endif
	@touch $@

demo: install ## invented restaurants and guests; prints the addresses and who to sign in as
	@exec menulens demo $(ARGS)

test: install ## all tests, the browser's too where Chromium is found
	@pytest -n auto --dist loadfile $(ARGS)

lint: install ## ruff and mypy, both strict
	ruff format --check .
	ruff check .
	mypy

$(VENV)/checkov/.installed: tests/aws/checkov.txt | install
ifdef UV
	@test -x $(VENV)/checkov/bin/python || $(UV) venv --quiet --python $(PYTHON) $(VENV)/checkov
	@VIRTUAL_ENV=$(abspath $(VENV)/checkov) $(UV) pip install --quiet -r tests/aws/checkov.txt
else
	@test -x $(VENV)/checkov/bin/python || $(PYTHON) -m venv $(VENV)/checkov
	@$(VENV)/checkov/bin/python -m pip install --disable-pip-version-check --quiet -r tests/aws/checkov.txt
endif
	@touch $@

scan: install $(VENV)/checkov/.installed ## checkov over the AWS templates, from an environment of its own: its pins are not ours
	@python -m ingest_stack.aws.templates $(VENV)/checkov/templates
	@$(VENV)/checkov/bin/checkov -d $(VENV)/checkov/templates --framework cloudformation --skip-download --compact --quiet

screenshots: install ## pictures of every page into shots/, and those that the README shows
	@MENULENS_SCREENSHOTS=shots pytest -q tests/e2e/test_dashboard.py -k sound_at_every_size
	@mkdir -p docs/images && cp shots/menu-desktop-light.png shots/overview-desktop-light.png docs/images/

bench: install ## speed and memory, each against a floor measured in the same run
	@python -m tests.benchmarks $(ARGS)

trino: install ## a real Trino over the home's lake, until Ctrl-C: says what to set to ask it
	@exec python -m tests.trino

lock: ## compile the pinned requirements anew from pyproject.toml (needs uv)
	uv pip compile --quiet --upgrade pyproject.toml -o requirements.txt --python-version 3.11 --no-header --no-annotate
	uv pip compile --quiet --upgrade pyproject.toml --group dev -c requirements.txt -o tests/requirements.txt --python-version 3.11 --no-header --no-annotate
	printf 'airspeed\nboto3\nduckdb\nministack>=1.5.33\n' | uv pip compile --quiet --upgrade - -o tests/aws/ministack.txt --python-version 3.11 --no-header --no-annotate
	echo checkov | uv pip compile --quiet --upgrade - -o tests/aws/checkov.txt --python-version 3.11 --no-header --no-annotate

clean: ## remove the virtual environment and the demo's home
	rm -rf $(VENV) .menulens
