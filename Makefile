# Every target sets up what it needs, once: system libraries, .venv, pinned packages, the model.
#
#   make video                                             the film of the default sentence
#   make video SENTENCE="the old bank of the quiet river"  the film of yours
#
# The stamps of the set-up are in .venv: to start afresh, remove that folder.

VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
PIP_INSTALL := $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check -c constraints.txt

# What a user passes is text. $(value) keeps make from expanding it, and the environment, not the
# command's text, carries it to the program, so the shell never parses it.
# Without a chapter, it is the whole story.
CHAPTER ?=
override CHAPTER := $(value CHAPTER)
export CHAPTER
ifneq ($(origin SENTENCE),undefined)
override SENTENCE := $(value SENTENCE)
export SENTENCE
SENTENCE_ARGUMENT := -- "$$SENTENCE"
endif

.DEFAULT_GOAL := help
.PHONY: help setup video test test-bench test-cluster test-faults test-long test-layout test-post oracle bench bench-others lint audit model clean

help:
	@echo 'make video         render the story of the default sentence; SENTENCE="..." for yours,'
	@echo '                   CHAPTER=NAME for a clip of one chapter (see: render.py list)'
	@echo 'make test          run the tests'
	@echo 'make test-layout   check every layout of every chapter (about a minute)'
	@echo 'make test-post     build the post and open it in a browser (installs Chromium, Jekyll, Hugo)'
	@echo 'make test-faults   do what goes wrong, and fuzz what strangers send (minutes)'
	@echo 'make test-bench    see that what was made fast stays so: ratios, with slack (two minutes)'
	@echo 'make test-long     500 stills in one process, and ten figure sets (eight minutes)'
	@echo 'make test-cluster  share films out to a Dask cluster on this machine (installs Dask; minutes)'
	@echo 'make oracle        compare the model with transformers (installs torch)'
	@echo 'make bench         measure what frames, films and first pictures cost (PAIRS=1: in short)'
	@echo 'make bench-others  the same grid in other engines (installs ManimGL, LaTeX, Xvfb)'
	@echo 'make lint          ruff, mypy and the import rules'
	@echo 'make audit         look the pinned versions up among known holes (needs a network)'
	@echo 'make clean         remove rendered files and caches'
	@echo 'Each one sets up first what it needs.'

video: $(VENV)/.stamp-run model
	@if [ -n "$$CHAPTER" ]; then $(VENV_PYTHON) render.py clip "$$CHAPTER" $(SENTENCE_ARGUMENT); \
	else $(VENV_PYTHON) render.py story $(SENTENCE_ARGUMENT); fi

test: $(VENV)/.stamp-dev model
	$(VENV_PYTHON) -m pytest -n auto --dist loadfile

test-layout: $(VENV)/.stamp-dev model
	$(VENV_PYTHON) -m pytest -n auto -m layout

test-post: $(VENV)/.stamp-post
	$(VENV_PYTHON) -m pytest -m post tests/post

# What is killed at random moments, or is to be as quick as promised, has the machine alone. All else
# is shared out to all cores.
ALONE := $(patsubst %,tests/faults/test_%.py,fetching interruptions places)

test-faults: $(VENV)/.stamp-dev model
	$(VENV_PYTHON) -m pytest -m faults -n auto --dist loadfile tests/faults $(ALONE:%=--ignore=%)
	$(VENV_PYTHON) -m pytest -m faults $(ALONE)

test-bench: $(VENV)/.stamp-dev model
	$(VENV_PYTHON) -m pytest -m bench tests/test_regressions.py

test-long: $(VENV)/.stamp-dev model
	$(VENV_PYTHON) -m pytest -m long tests/long

test-cluster: $(VENV)/.stamp-cluster
	$(VENV_PYTHON) -m pytest -m cluster

oracle: $(VENV)/.stamp-oracle model
	$(VENV_PYTHON) -m pytest -m oracle

# PAIRS=1 is quick and noisy.
PAIRS ?= 7

bench: $(VENV)/.stamp-dev model
	$(VENV_PYTHON) -m benchmarks --pairs $(PAIRS)
	$(VENV_PYTHON) -m benchmarks.table

# Other engines, in an environment of their own; no other target needs it, and neither does CI.
bench-others: $(VENV)/.stamp-dev $(VENV)/.stamp-others model
	$(VENV_PYTHON) -m benchmarks.others --pairs $(PAIRS)
	$(VENV_PYTHON) -m benchmarks.table

lint: $(VENV)/.stamp-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo

# In a folder of its own: what it needs is no business of the project's pins. Where it cannot be
# installed, tools.audit says that nothing was looked up.
audit: $(VENV)/.stamp-run
	@test -x $(VENV)/audit/bin/pip-audit || { $(VENV_PYTHON) -m venv $(VENV)/audit && \
	$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1; } || true
	@$(VENV_PYTHON) -m tools.audit $(VENV)/audit/bin/pip-audit

clean:
	rm -rf out media build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

setup: $(VENV)/.stamp-run model

# A .venv that works is kept; one that does not (its Python has gone, say) is made anew.
$(VENV)/.stamp-python:
	@python=$$(tools/find-python "$$PYTHON") && \
	tools/system-libraries "$$python" && \
	if ! { tools/find-python $(VENV_PYTHON) && $(VENV_PYTHON) -m pip --version; } >/dev/null 2>&1; then \
		echo "Making $(VENV) with $$python" >&2 && \
		"$$python" -m venv --clear $(VENV); \
	fi
	@touch $@

$(VENV)/.stamp-run: $(VENV)/.stamp-python pyproject.toml constraints.txt
	@echo "Installing the Python packages (a minute or two)" >&2
	@$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.stamp-dev: $(VENV)/.stamp-run
	@echo "Installing the packages for development" >&2
	@$(PIP_INSTALL) -e '.[dev]'
	@touch $@

# The browser's helpers: axe-core looks for barriers, MathJax sets the formulas, MDX and React
# show a snippet.
$(VENV)/.stamp-post: $(VENV)/.stamp-dev tools/post-packages
	@tools/post-packages
	@$(PIP_INSTALL) -e '.[post]'
	@npm install --prefix $(VENV)/post --no-audit --no-fund --silent axe-core@4.14.1 mathjax@3.2.2 \
		@mdx-js/mdx@3.1.1 react@18.3.1 react-dom@18.3.1
	@touch $@

$(VENV)/.stamp-cluster: $(VENV)/.stamp-dev
	@echo "Installing Dask" >&2
	@$(PIP_INSTALL) -e '.[cluster]'
	@touch $@

$(VENV)/.stamp-others: $(VENV)/.stamp-dev benchmarks/others/requirements.txt tools/others-packages
	@tools/others-packages
	@$(VENV_PYTHON) -m venv --clear $(VENV)/others
	@echo "Installing the engines to compare with" >&2
	@$(VENV)/others/bin/python -m pip install --quiet --disable-pip-version-check \
		-r benchmarks/others/requirements.txt
	@touch $@

$(VENV)/.stamp-oracle: $(VENV)/.stamp-dev
	@echo "Installing torch and transformers" >&2
	@$(PIP_INSTALL) -e '.[oracle]'
	@touch $@

# Quick and silent when the model is here. Without it the default sentence can still be rendered,
# from the traces in assets/traces, and any other one is an error of its own.
model: $(VENV)/.stamp-run
	@$(VENV_PYTHON) render.py models fetch smollm2 >/dev/null || \
	echo 'warning: the model could not be fetched; without it only the default sentence works' >&2
