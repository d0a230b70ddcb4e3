# One word for everything. `make demo` and `make test` need Python 3.11+ and make, nothing else.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed
RUN_STAMP := $(VENV)/.installed-run
E2E_STAMP := $(VENV)/.installed-e2e
# Addresses nobody answers: for checks that read the settings but need no server.
NO_SERVERS := DATABASE_URL=postgresql://owner@127.0.0.1:9/none \
	DATABASE_APP_URL=postgresql://app@127.0.0.1:9/none REDIS_URL=redis://127.0.0.1:9/0
PRODUCTION := EWTP_PRODUCTION=1 EWTP_HOSTS=market.example.org \
	EWTP_ORIGINS=https://market.example.org EWTP_SITE_URL=https://market.example.org \
	EWTP_SECRET_KEY=only-for-this-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG \
	EWTP_PEPPER=only-for-this-check-1-abcdefghijklmnop \
	EWTP_SEALING_KEY=only-for-this-check-2-abcdefghijklmnop \
	EWTP_SEAL_KEY=only-for-this-check-3-abcdefghijklmnop EWTP_ALLOW_SANDBOX=1

.DEFAULT_GOAL := help
.PHONY: help install demo test check e2e screens chromium faults fuzz bench lock clean

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## /{printf "  make %-9s%s\n", $$1, $$2}' Makefile

install: $(STAMP)  ## make the virtual environment from the lock file (other targets do it)

# $(1) a lock file, $(2) uv's verb: `sync` also takes away what the lock does not name.
define install_from
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer \
	is needed, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	@echo "installing packages into $(VENV) (once)"
	@if command -v uv >/dev/null; then \
	  $(PY) -c '' 2>/dev/null || uv venv --quiet --clear --python $(PYTHON) $(VENV); \
	  uv pip $(2) $(1) --quiet --require-hashes --python $(PY); \
	else \
	  $(PY) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) && \
	  $(PY) -m pip install --quiet --disable-pip-version-check --no-compile \
	    --require-hashes -r $(1); \
	fi
	@touch $@
endef

$(STAMP): requirements.lock
	$(call install_from,$<,sync)

# What the platform itself runs on; `make demo` need not wait for what only tests use.
$(RUN_STAMP): requirements-run.lock
	$(call install_from,$<,install -r)

demo: $(if $(wildcard $(STAMP)),$(STAMP),$(RUN_STAMP))  ## run the whole platform with a made-up world; RESET=1 starts over, SIZE=full, PORT=8000
	@exec $(PY) manage.py demo $(if $(RESET),--reset) $(if $(SIZE),--size $(SIZE)) $(if $(PORT),--port $(PORT))

test: install  ## run the tests; ARGS="-k escrow" passes options on, JOBS=1 runs one at a time
	EWTP_PROFILE=test $(PY) -m pytest -n $(or $(JOBS),2) --dist worksteal $(ARGS)

check: install  ## format, lint, types, import contracts, templates, migrations, deployment
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(NO_SERVERS) $(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m djlint --quiet --check templates
	$(PY) -m djlint --quiet --lint templates
	$(NO_SERVERS) $(PY) manage.py spectacular --validate --fail-on-warn --file /dev/null
	EWTP_PROFILE=test EWTP_DB_ROLE=owner $(PY) manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(NO_SERVERS) $(PY) manage.py check --deploy --fail-level WARNING

e2e: chromium $(E2E_STAMP)  ## open every page in a real browser; ARGS="-k keyboard", JOBS=1 as for test
	EWTP_PROFILE=test $(PY) -m pytest tests/e2e -n $(or $(JOBS),2) --dist loadscope \
	  -p no:randomly --timeout=900 $(ARGS)

screens: chromium $(E2E_STAMP)  ## draw every page anew into docs/screens
	@EWTP_PROFILE=test $(PY) -m pytest tests/e2e/screens.py -p no:randomly --timeout=1800 --quiet -s $(ARGS)

chromium:
	@command -v chromium >/dev/null || { echo "No chromium here. On Debian or Ubuntu: \
	apt-get install chromium fonts-noto-core fonts-noto-cjk"; exit 1; }

$(E2E_STAMP): requirements-e2e.lock $(STAMP)
	$(call install_from,$<,sync)

faults: install  ## 1,000 kills, twice, 10,000 steps of trade and 10,000 guesses; KILLS=60 SEED=7 WORKERS=0
	EWTP_PROFILE=test EWTP_FAULT_KILLS=$(or $(KILLS),1000) $(if $(SEED),EWTP_FAULT_SEED=$(SEED)) \
	  $(if $(WORKERS),EWTP_FAULT_WORKERS=$(WORKERS)) \
	  $(PY) -m pytest tests/faults -s $(ARGS)
	EWTP_PROFILE=test EWTP_MONEY_STEPS=10000 $(PY) -m pytest --timeout=7200 \
	  tests/marketplace/orders/test_money_machine.py tests/marketplace/care/test_care_machine.py
	EWTP_PROFILE=test EWTP_GUESSES=10000 $(PY) -m pytest tests/marketplace/accounts/test_guesses.py -s

fuzz: install  ## requests made up from the API's schema, right and wrong; EXAMPLES=200 an endpoint
	EWTP_PROFILE=test EWTP_FUZZ_EXAMPLES=$(or $(EXAMPLES),200) $(PY) -m pytest --timeout=7200 -s \
	  tests/marketplace/developers/test_every_answer_is_documented.py $(ARGS)

bench: install  ## run every benchmark; each prints one line of JSON
	@for file in bench/*.py; do $(PY) $$file || exit 1; done

lock:  ## write the lock files again from pyproject.toml
	@uv=$$(command -v uv) || { $(PYTHON) -m venv --clear .venv-lock && \
	  .venv-lock/bin/python -m pip install --quiet uv && uv=.venv-lock/bin/uv; }; \
	$$uv pip compile pyproject.toml --extra dev --universal --generate-hashes \
	  --no-emit-index-url --no-header --quiet -p 3.11 -o requirements.lock && \
	$$uv pip compile pyproject.toml -c requirements.lock --universal --generate-hashes \
	  --no-emit-index-url --no-header --quiet -p 3.11 -o requirements-run.lock && \
	$$uv pip compile pyproject.toml --extra dev --extra e2e -c requirements.lock --universal \
	  --generate-hashes --no-emit-index-url --no-header --quiet -p 3.11 -o requirements-e2e.lock; \
	status=$$?; rm -rf .venv-lock; exit $$status

clean:  ## stop the embedded servers and delete all that was made here
	@if [ -x $(PY) ]; then for profile in demo test; do \
	  $(PY) -m ewtp.embedded wipe --profile $$profile || exit 1; done; fi
	rm -rf $(VENV) .embedded .media .staticfiles .*_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
