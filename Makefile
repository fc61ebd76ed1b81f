# Every target works from a fresh clone on Debian 12 with Python 3.11+, make and git. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup run test check crawl mutation soak bench lint format types imports templates migrations translations docs hosts locks lock

PY := .venv/bin/python
# Checks and tests never see the data of a running service; the test settings use a temporary folder.
TEST_MANAGE := env -u DATABASE_URL -u REDIS_URL DJANGO_SETTINGS_MODULE=config.settings.test $(PY) manage.py

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 16

setup: ## only the installation; idempotent
	@tools/setup.sh

run: ## the whole service with the demo, in the foreground, on http://127.0.0.1:${PORT:-8000}
	@tools/setup.sh
	@exec tools/run.sh

test: ## the whole suite on SQLite and PostgreSQL; ARGS="tests/workflow -x" narrows it
	@tools/setup.sh dev test
	@exec $(PY) -m tools.run_tests $(ARGS)

crawl: ## every page as every role at 1280 and 390 px, judged and pictured in var/crawl; ARGS="--role town" narrows it
	@tools/setup.sh dev test
	@exec $(PY) -m crawl $(ARGS)

mutation: dev ## breaks the rules on purpose and lists what no test notices; ARGS="fit measures" narrows it
	@exec $(PY) -m tools.mutation $(ARGS)

soak: dev ## ten minutes of use and abuse against two nodes while workers are killed; ARGS="--minutes 1" narrows it
	@exec $(PY) -m soak $(ARGS)

bench: ## the benchmarks: one table, and benchmarks/results.json
	@tools/setup.sh
	@exec $(PY) -m benchmarks

check: lint format types imports templates migrations translations docs hosts locks ## everything that is checked without running the service

.PHONY: dev
dev:
	@tools/setup.sh dev

lint: dev ## ruff
	$(PY) -m ruff check .

format: dev ## ruff's formatting, compared
	$(PY) -m ruff format --check .

types: dev ## mypy, strict
	$(PY) -m mypy

imports: dev ## the order of the rooms (import-linter)
	.venv/bin/lint-imports

templates: dev ## djlint
	.venv/bin/djlint templates --lint --quiet

migrations: dev ## no model without its migration
	$(TEST_MANAGE) makemigrations --check --dry-run

translations: dev ## every Japanese text has its English
	$(PY) tools/check_translations.py

docs: dev ## the generated documents are those of the code
	$(TEST_MANAGE) generate_docs --check

hosts: dev ## no page loads anything from another host
	$(PY) tools/check_hosts.py

locks: dev ## the lock files are in step with pyproject.toml
	$(PY) tools/check_locks.py

lock: ## renews both lock files; needs uv (https://docs.astral.sh/uv/)
	@command -v uv >/dev/null || { echo "make lock: uv is not installed (https://docs.astral.sh/uv/)" >&2; exit 1; }
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
