# nhachan. A fresh machine needs Python (3.11 or newer) and make; `make run` and `make test` do the rest.

VENV = .venv
PY = $(VENV)/bin/python
CODE = scheduler tests $(if $(wildcard benchmarks/*.py),benchmarks)
LOCALES = scheduler/locale

# The environment belongs to this folder and to a Python that still works; moved, copied or broken, it is made anew.
HERE := $(shell pwd | cksum | cut -d ' ' -f 1)
MADE = $(VENV)/.made-$(HERE)
RUN = $(VENV)/.installed-run-$(HERE)
TEST = $(VENV)/.installed-test-$(HERE)
BENCH = $(VENV)/.installed-bench-$(HERE)
ifneq ($(shell $(PY) -c 'import pip; print("works")' 2>/dev/null),works)
.PHONY: $(MADE)
endif

MAKEFLAGS += --keep-going
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_USER = 0
export PYTHON
unexport PYTHONHOME PYTHONPATH
.NOTPARALLEL:
.PHONY: help run test lint typecheck imports pytest format translations lock bench bench-quick soak gallery clean packages

help: ## list what make can do here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

run: $(RUN) ## install into .venv and start nhachan with config/; it says which page and feeds to open
	@$(VENV)/bin/nhachan --config config --state state run

test: packages lint typecheck imports pytest ## install what the tests need, then check and test everything

lint: $(TEST) ## check style and formatting
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

typecheck: $(TEST) ## check types
	$(PY) -m mypy $(CODE)

imports: $(TEST) ## check that imports run one way, down the floors
	$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

pytest: $(TEST) ## run the tests with branch coverage
	$(PY) -m pytest --cov --cov-branch --cov-report=term

format: $(TEST) ## format the code and mend what ruff can mend
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# The template of all sentences is made anew each time and lies in build/; the two files of each language are committed.
# A catalogue whose header is marked as a draft ("fuzzy", as Babel begins each) would not be compiled: the mark goes.
translations: $(TEST) ## collect the sentences, bring them into the .po files, compile the .mo files
	@mkdir -p build $(LOCALES)
	$(PY) -m babel.messages.frontend extract --mapping-file=babel.cfg --keywords=text --keywords=_ --keywords=gettext \
		--add-location=file --sort-by-file --width=120 --project=nhachan --copyright-holder='The nhachan authors' \
		--output-file=build/nhachan.pot .
	@test -e $(LOCALES)/vi/LC_MESSAGES/nhachan.po || $(PY) -m babel.messages.frontend init --domain=nhachan \
		--input-file=build/nhachan.pot --output-dir=$(LOCALES) --locale=vi --width=120
	@for po in $(LOCALES)/*/LC_MESSAGES/nhachan.po; do \
		sed '1,/^msgid/{/^#, fuzzy$$/d;}' "$$po" > build/nhachan.po && cmp -s build/nhachan.po "$$po" || cp build/nhachan.po "$$po"; \
	done
	$(PY) -m babel.messages.frontend update --domain=nhachan --input-file=build/nhachan.pot --output-dir=$(LOCALES) \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width=120
	$(PY) -m babel.messages.frontend compile --domain=nhachan --directory=$(LOCALES) --statistics

lock: ## renew constraints.txt with the newest releases that pyproject.toml allows
	sh scripts/lock.sh

bench: $(BENCH) ## compare with peers and with what the machine can do; writes docs/performance.md
	$(PY) -m benchmarks

bench-quick: $(BENCH) ## the same in three minutes, about, for a look before a release
	$(PY) -m benchmarks --quick

soak: $(TEST) ## minutes of trouble at the real thing: ten simulated years, kills, broken edits, hostile requests
	for trial in soak kills together edits hostile; do $(PY) -m benchmarks.$$trial || exit; done

gallery: packages $(TEST) ## pictures of every mail and page, phone and desk, into build/gallery
	$(PY) -m tests.gallery

clean: ## remove the environment and everything made, but neither state/ nor calendars/
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache \
		.grimp_cache .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

packages:
	@sh scripts/system-packages.sh tests/system-packages.txt

$(MADE):
	@sh scripts/make-venv.sh $(VENV)
	@touch $@

$(RUN): $(MADE) pyproject.toml constraints.txt
	@sh scripts/install.sh $(PY) run
	@touch $@

$(TEST): $(MADE) pyproject.toml constraints.txt
	@sh scripts/install.sh $(PY) test
	@touch $(RUN) $@

# Others beside whom nhachan is measured: nobody else needs them.
$(BENCH): $(TEST)
	@sh scripts/install.sh $(PY) bench
	@sh scripts/system-packages.sh benchmarks/system-packages.txt
	@touch $@
