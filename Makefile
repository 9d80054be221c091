# What DESIGN.md calls the contract: run, test, check, bench. `make lock` refreshes the locked set.

VENV   := .venv
PYTHON := $(VENV)/bin/python
PORT   ?= 8000
# Lock with the oldest Python that is promised: it needs what newer ones don't, and not the other way.
LOCK_PYTHON ?= /usr/bin/python3
export PORT

.PHONY: run test check format bench lock

run: $(VENV)/installed
	@$(PYTHON) manage.py run

test: $(VENV)/installed-dev
	@bin/install-browser
	$(PYTHON) -m pytest -n 2 --dist loadfile $(ARGS)

check: $(VENV)/installed-dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py check --fail-level WARNING

format: $(VENV)/installed-dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(VENV)/installed-dev
	$(PYTHON) -m benchmarks

lock:
	$(LOCK_PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/pip install --quiet pip-tools
	CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/lock/bin/pip-compile --quiet --generate-hashes --strip-extras \
	    --allow-unsafe --no-emit-index-url --no-emit-find-links --output-file requirements.txt pyproject.toml
	CUSTOM_COMPILE_COMMAND="make lock" $(VENV)/lock/bin/pip-compile --quiet --generate-hashes --strip-extras \
	    --allow-unsafe --no-emit-index-url --no-emit-find-links --extra dev --output-file requirements-dev.txt \
	    pyproject.toml

$(VENV)/installed: requirements.txt
	python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt
	python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/installed
