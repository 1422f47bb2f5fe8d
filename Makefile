# One page of commands; `make help` lists them. Everything is installed into .venv and .venv-rivals,
# nothing outside this folder.

PYTHON ?= $(shell \
	for p in python3.11 python3.12 python3.13 python3.14 python3; do command -v $$p && break; done)
VENV   := .venv
RIVALS := .venv-rivals
LOWEST := .venv-lowest
INTEROP := .venv-interop
BIN    := $(VENV)/bin
PIP     = $(BIN)/python -m pip install --quiet --disable-pip-version-check
BUILD   = $(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation
NATIVE := src/stepahead/native
SOURCE := pyproject.toml $(wildcard CMakeLists.txt $(NATIVE)/CMakeLists.txt) \
	$(wildcard $(NATIVE)/*.cc $(NATIVE)/*.h $(NATIVE)/*/*.cc $(NATIVE)/*/*.h)

KERNEL_TESTS := $(addprefix tests/,$(addprefix native/,test_kernels.py test_softmax.py \
	test_unroll.py test_adam.py) classical ops/test_kalman.py models/test_hidden_markov_totals.py)
ARM := build/aarch64

SITES = $$($(BIN)/python -c "import sys; print(':'.join(p for p in sys.path if 'site-packages' in p))")
SANITIZED = PYTHONPATH=build/sanitized:$(SITES) ASAN_OPTIONS=detect_leaks=0 \
	LD_PRELOAD="$$(c++ -print-file-name=libasan.so):$$(c++ -print-file-name=libubsan.so)" \
	$$($(BIN)/python -c "import sys; print(sys._base_executable)")

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-lowest test-interop check docs wheel test-wheel wheel-aarch64 test-aarch64 parity bench pretrain sanitize clean

help:  ## list the targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 20

demo: $(VENV)/.run  ## install into .venv and forecast a real series (weekly CO2 at Mauna Loa)
	@mkdir -p demo
	$(BIN)/stepahead forecast sample:co2 --horizon 52 --model gru \
		--out demo/forecast.csv --plot demo/forecast.png
	@echo "The next 52 weeks are in demo/forecast.csv, their picture in demo/forecast.png."
	@echo "Size of the installation: $$(du -sh $(VENV) | cut -f1)."

# Without bytecode every worker and every command that a test runs compiles the package anew.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.test  ## run the tests and the examples of every docstring
	$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist loadfile -m "not slow"

test-slow: export PYTHONDONTWRITEBYTECODE :=
test-slow: $(VENV)/.test  ## run what `make test` leaves out: processes, jobs, experiments, documents
	$(BIN)/python -m pytest tests -n auto --maxprocesses 8 --dist loadfile -m slow

test-lowest: export PYTHONDONTWRITEBYTECODE :=
test-lowest: $(LOWEST)/.installed  ## run the tests with the oldest versions allowed (Python 3.11)
	$(LOWEST)/bin/python -m pytest -n auto --maxprocesses 8 --dist loadfile

test-interop: $(INTEROP)/.installed  ## run the tests that need the packages we are at home in
	$(INTEROP)/bin/python -m pytest tests/interop src/stepahead/interop

check: $(VENV)/.check  ## format, lint, types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

docs: $(VENV)/.docs  ## write the site into build/docs: guide, notebooks, reference, search
	$(BIN)/python docs/website.py build/docs

wheel: $(VENV)/.wheel  ## build wheels into dist: for this machine, and one for all, without kernels
	rm -rf build/wheels dist && mkdir -p dist
	$(BUILD) --wheel-dir build/wheels .
	if [ "$$(uname)" = Linux ]; then PATH="$(CURDIR)/$(BIN):$$PATH" \
		$(BIN)/auditwheel repair --wheel-dir dist build/wheels/*.whl; \
		else cp build/wheels/*.whl dist; fi
	$(BUILD) --wheel-dir dist --config-settings wheel.cmake=false .

wheel-aarch64: $(VENV)/.wheel  ## build a wheel for 64-bit ARM into dist/aarch64 (Debian's compiler)
	@command -v aarch64-linux-gnu-g++ >/dev/null || { echo "There is no aarch64-linux-gnu-g++ here." \
		"Install it: apt-get install g++-aarch64-linux-gnu"; exit 1; }
	rm -rf $(ARM)/wheels dist/aarch64
	_PYTHON_HOST_PLATFORM=linux-aarch64 $(BUILD) --wheel-dir $(ARM)/wheels -C build-dir=$(ARM)/kernels \
		-C cmake.define.CMAKE_TOOLCHAIN_FILE=$(CURDIR)/$(NATIVE)/aarch64.cmake .
	PATH="$(CURDIR)/$(BIN):$$PATH" \
		$(BIN)/auditwheel repair --wheel-dir dist/aarch64 $(ARM)/wheels/*.whl

test-aarch64: wheel-aarch64  ## run the kernels' tests on that wheel, under QEMU (Debian)
	PYTHON=$(BIN)/python bash tests/native/aarch64.sh $(ARM) dist/aarch64/*.whl
	$(ARM)/python -c "import sys; from stepahead import native; \
		print(native.reason()); sys.exit(not native.available())"
	$(ARM)/python -m pytest -q -p no:cacheprovider $(KERNEL_TESTS)

README = tests/house/test_documents.py::test_the_code_of_a_document_runs[README.md]
EMPTY  = $(CURDIR)/build/empty

test-wheel:  ## install each wheel of dist into an empty environment: core, then all for the README
	rm -rf $(EMPTY) && $(PYTHON) -m venv $(EMPTY)
	for wheel in $(CURDIR)/dist/*.whl; do \
		(cd $(EMPTY) && bin/python -m pip install --quiet --disable-pip-version-check \
			--force-reinstall --no-deps $$wheel && \
		bin/python -m pip install --quiet --disable-pip-version-check stepahead && \
		bin/stepahead doctor && du -sm . && \
		bin/python -m pip install --quiet --disable-pip-version-check 'stepahead[all]' pytest && \
		bin/python -I -c "import stepahead; from stepahead import native; \
			print(stepahead.__file__); print(native.reason())" && \
		bin/python -I -m pytest -q -c /dev/null --rootdir $(CURDIR) -p no:cacheprovider --noconftest \
			"$(CURDIR)/$(README)") || exit 1; done

PARITY := $(wildcard benchmarks/parity*.py benchmarks/*/parity*.py)
SPEED  := $(filter-out benchmarks/parity%,$(wildcard benchmarks/*.py))

parity: $(RIVALS)/.installed  ## compare numbers with PyTorch, Keras (weights copied) and KenLM
	@test -n "$(PARITY)" || { echo "There is no parity*.py to run."; exit 1; }
	for script in $(PARITY); do $(RIVALS)/bin/python $$script || exit 1; done

bench: $(RIVALS)/.installed  ## compare speed with the rivals on this machine
	for script in $(SPEED); do $(RIVALS)/bin/python $$script || exit 1; done

pretrain: $(VENV)/.test  ## train the pretrained network from its seed, or go on with it
	$(BIN)/python pretraining/pretrain.py build/pretrained

sanitize: $(VENV)/.test  ## run the kernels' tests under sanitizers of addresses (gcc, Linux)
	rm -rf build/sanitized
	$(PIP) --no-deps --target build/sanitized -C build-dir=build/sanitizing \
		-C cmake.define.STEPAHEAD_SANITIZE=ON .
	$(SANITIZED) -c "import sys; from stepahead import native; \
		print(native.reason()); sys.exit(not native.available())"
	$(SANITIZED) -m pytest -q -p no:cacheprovider $(KERNEL_TESTS) \
		tests/training/test_one_call.py tests/training/test_together.py tests/pretrained/test_network.py

clean:  ## remove what the other targets made, environments included
	rm -rf $(VENV) $(RIVALS) $(LOWEST) $(INTEROP) build dist demo .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "No Python was found. Install Python 3.11 or newer, or" \
		"name one: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "$(PYTHON) is" \
		"older than Python 3.11. Name a newer one: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.made $(SOURCE)
	$(PIP) --editable '.[all]'
	@touch $@

$(VENV)/.test: $(VENV)/.made $(SOURCE)
	$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/.run

$(VENV)/.check: $(VENV)/.made $(SOURCE)
	$(PIP) --editable '.[test,check]'
	@touch $@ $(VENV)/.test $(VENV)/.run

$(VENV)/.docs: $(VENV)/.made $(SOURCE)
	$(PIP) --editable '.[docs]'
	@touch $@ $(VENV)/.run

$(VENV)/.wheel: $(VENV)/.made $(SOURCE)
	$(PIP) --editable '.[wheel]'
	@touch $@

$(LOWEST)/.installed: lowest.txt $(SOURCE)
	python3.11 -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check \
		--editable '.[test]' --constraint lowest.txt
	@touch $@

$(INTEROP)/.installed: $(VENV)/.made $(SOURCE)
	$(PYTHON) -m venv $(INTEROP)
	$(INTEROP)/bin/python -m pip install --quiet --disable-pip-version-check \
		--editable '.[test,mlflow,onnx,sktime]' onnxruntime
	@touch $@

$(RIVALS)/.installed: benchmarks/requirements.txt $(SOURCE)
	$(PYTHON) -m venv $(RIVALS)
	$(RIVALS)/bin/python -m pip install --quiet --disable-pip-version-check \
		--editable '.[all]' --requirement benchmarks/requirements.txt
	@touch $@
