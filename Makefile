# make demo   from a fresh clone to three answered questions
# make chat   the chat, on the same set-up
# make test   every test, those with real models and a real vLLM server included
# make lint   ruff and mypy
# make lock   resolve the pinned requirements anew
#
# REQUIREMENTS=core with any of them: without torch, for a laptop that talks to a model elsewhere; =gpu: to serve on a CUDA card

SHELL := /bin/bash
PYTHON ?= python3
REQUIREMENTS ?= all
UV := .uv/bin/uv
WAAM := .venv/bin/waam
# uv does not read pip's configuration: hand on where this machine keeps extra wheels, if it keeps any.
FIND_LINKS = $(or $(PIP_FIND_LINKS),$(shell .uv/bin/pip config get global.find-links 2>/dev/null))
INSTALL = $(UV) pip install --quiet --python .venv/bin/python --no-deps --require-hashes $(addprefix --find-links ,$(FIND_LINKS))

.PHONY: demo chat test lint lock venv clean

demo: venv
	$(WAAM) demo

chat: venv
	$(WAAM) models build
	$(WAAM) up
	$(WAAM) chat

test: venv
	.venv/bin/python -m pytest

lint: venv
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

venv: .venv/.complete

# Where the first line finds no CPU build of torch, the second lets uv use the PyTorch project's own index.
.venv/.complete: requirements/$(REQUIREMENTS).txt pyproject.toml | $(UV)
	@echo "Installing the pinned requirements/$(REQUIREMENTS).txt (all: about 3 GB) …"
	$(UV) venv --quiet --clear --python 3.11 .venv
	$(INSTALL) -r requirements/$(REQUIREMENTS).txt || $(INSTALL) --torch-backend cpu -r requirements/$(REQUIREMENTS).txt
	$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

$(UV): requirements/uv.txt
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet --require-hashes -r requirements/uv.txt

# all.txt: everything for this repository on a processor; core.txt: the ways in, for a model elsewhere; gpu.txt: vLLM for CUDA.
COMPILE = $(UV) pip compile --quiet --python 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate \
	pyproject.toml --extra build --extra http --extra slack
lock: $(UV)
	$(COMPILE) $(addprefix --find-links ,$(FIND_LINKS)) --override requirements/overrides.txt --extra serve-cpu --extra finetune --extra ray --extra dev -o requirements/all.txt
	$(COMPILE) -o requirements/core.txt
	$(COMPILE) --extra serve-gpu -o requirements/gpu.txt

clean:
	rm -rf .venv .uv build *.egg-info
