# make demo   from a fresh clone to three answered questions
# make chat   the chat, on the same set-up
# make test   every test, those with real models and a real vLLM server included
# make lint   ruff and mypy
# make lock   resolve the pinned requirements anew

SHELL := /bin/bash
PYTHON ?= python3
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
.venv/.complete: requirements/all.txt pyproject.toml | $(UV)
	@echo "Installing the pinned requirements (about 3 GB) …"
	$(UV) venv --quiet --clear --python 3.11 .venv
	$(INSTALL) -r requirements/all.txt || $(INSTALL) --torch-backend cpu -r requirements/all.txt
	$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

$(UV): requirements/uv.txt
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet --require-hashes -r requirements/uv.txt

# all.txt: everything for this repository on a CPU; core.txt: a laptop that talks to a model elsewhere.
COMPILE = $(UV) pip compile --quiet --python 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate \
	--override requirements/overrides.txt $(addprefix --find-links ,$(FIND_LINKS)) pyproject.toml
lock: $(UV)
	$(COMPILE) --extra serve-cpu --extra finetune --extra http --extra slack --extra ray --extra dev -o requirements/all.txt
	$(COMPILE) --extra http --extra slack -o requirements/core.txt

clean:
	rm -rf .venv .uv build *.egg-info
