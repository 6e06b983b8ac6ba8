# Everything from a fresh clone: `make demo`, `make test`. Needs Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_OUT ?= demo_out

.PHONY: demo test test-all lint clean

demo: $(VENV)/ready
	$(BIN)/neurouniv demo --out $(DEMO_OUT)

test: $(VENV)/ready lint
	$(BIN)/python -m pytest -q -m "not slow"

test-all: $(VENV)/ready lint
	$(BIN)/python -m pytest -q

lint: $(VENV)/ready
	$(BIN)/ruff check .

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'neurouniv needs Python 3.11 or later: make PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt torch
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[recordings,test]"
	touch $@

clean:
	rm -rf $(VENV) $(DEMO_OUT)
