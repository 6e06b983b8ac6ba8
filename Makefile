# Everything from a fresh clone: `make demo`, `make test`. Needs Python 3.11+ and make.
# `make docs` builds the site into docs/_build/html; `make docs-links` checks its links to elsewhere, over the network.
# `make test-lowest` and `make test-newest` run the tests with the oldest and the newest versions that pyproject.toml allows.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_OUT ?= demo_out
# How many processes share the tests, a file of them at a time (tests/conftest.py): make test WORKERS=8
WORKERS ?= 2
SPREAD = -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 10
# make test HASHES=1: no file is installed, but torch's, whose hash is not that of hashes.txt
HASHES ?=
# Each process has one thread: more, on as many cores, wait for each other.
test test-all test-lowest test-newest docs docs-links: export OMP_NUM_THREADS = 1
LOWEST := .venv-lowest
NEWEST := .venv-newest
DOCS := .venv-docs
# Old libraries warn of what the newer ones beside them will drop; a user sees none of it.
OLD := -W ignore::DeprecationWarning -W "ignore:numpy.ndarray size changed:RuntimeWarning"

.PHONY: demo test test-all test-lowest test-newest lint docs docs-links sentences licences hashes clean

demo: $(VENV)/ready
	$(BIN)/neurouniv demo --out $(DEMO_OUT) --overwrite

test: $(VENV)/ready
	$(BIN)/python -m pytest -q -m "not slow" $(SPREAD)

test-all: $(VENV)/ready lint
	$(BIN)/python -m pytest -q $(SPREAD)

test-lowest: $(LOWEST)/ready
	$(LOWEST)/bin/python -m pytest -q -m "not slow" $(SPREAD) $(OLD)

test-newest: $(NEWEST)/ready
	$(NEWEST)/bin/python -m pytest -q -m "not slow" $(SPREAD)

lint: $(VENV)/ready
	$(BIN)/ruff check .
	MYPY_NUM_WORKERS=$(WORKERS) $(BIN)/mypy

# A warning is an error, a broken link inside the site too.
docs: $(DOCS)/ready
	WORKERS=$(WORKERS) $(DOCS)/bin/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

docs-links: $(DOCS)/ready
	$(DOCS)/bin/python -m sphinx -q -b linkcheck -D plot_gallery=0 docs docs/_build/links

# Every sentence that a page, verdict, warning or error can say, to read through: docs/_build/sentences.md
sentences: $(VENV)/ready
	$(BIN)/python docs/sentences.py

# The versions and licences in docs/dependencies.md, of what is installed here.
licences: $(VENV)/ready
	$(BIN)/python docs/licences.py

# The hashes of constraints.txt. 3.11.7: some of its packages need more than 3.11.0.
hashes: $(VENV)/ready
	$(BIN)/python -m pip install --quiet uv
	sed -n '1,/^[^#]/{/^#/p}' hashes.txt > hashes.new
	grep -v '^#\|^torch==' constraints.txt | $(BIN)/uv pip compile --quiet --no-deps --generate-hashes --universal --python-version 3.11.7 --no-header --no-annotate - >> hashes.new
	mv hashes.new hashes.txt

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'neurouniv needs Python 3.11 or later: make PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)
	$(if $(HASHES),$(BIN)/python -m pip install --quiet --no-deps --only-binary :all: --require-hashes -r hashes.txt)
	$(BIN)/python -m pip install --quiet -c constraints.txt torch
	$(BIN)/python -m pip install --quiet $(if $(HASHES),--no-build-isolation) -c constraints.txt -e ".[recordings,fmri,neo,cluster,notebook,test]"
	touch $@

# torch is that of constraints.txt here too: others for Linux bring gigabytes of CUDA.
$(LOWEST)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet -c constraints.txt torch
	$(LOWEST)/bin/python -m pip install --quiet uv
	$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python --resolution lowest-direct -e ".[recordings,fmri,neo,cluster,notebook,test]"
	touch $@

$(NEWEST)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear $(NEWEST)
	$(NEWEST)/bin/python -m pip install --quiet -c constraints.txt torch
	$(NEWEST)/bin/python -m pip install --quiet -e ".[recordings,fmri,neo,cluster,notebook,test]"
	touch $@

$(DOCS)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet -c constraints.txt torch
	$(DOCS)/bin/python -m pip install --quiet -c constraints.txt -e ".[recordings,fmri,neo,cluster,docs]"
	touch $@

clean:
	rm -rf $(VENV) $(LOWEST) $(NEWEST) $(DOCS) $(DEMO_OUT) docs/_build docs/tutorials docs/gallery docs/reference/generated docs/reference/backreferences
