# `make` lists the targets. Everything is built into .build with one set of flags: another set would build everything again.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help bootstrap build run test soak test-tsan lint format release package bench clean
MAKEFLAGS += --no-print-directory
# Steps talk to the terminal and build into one folder: never two at a time.
.NOTPARALLEL:

# Our own targets are optimized also in the debug configuration, which leaves the compiler's macro library alone: see Package.swift.
export MAINSTAY_FAST := 1
# A caller's Python must not lead ours elsewhere.
unexport PYTHONPATH PYTHONHOME

SWIFT ?= swift
PYTHON ?= python3
PROGRAMS := mainstay bullmq
# What tests by outside programs drive.
DRIVERS := queue-driver auth-driver
SOURCES := Package.swift Sources Tests $(wildcard Benchmarks)
# Tests that measure the memory or the threads of their process, which other tests beside them would disturb.
ALONE := aHundredMegabytesStayFlat|copiedMegabytesStayFlat|aFrozenServerFillsNoMemory|hostileReceiversFillNoMemory|hostileTextsFillNoMemory|abandoned
# Tests side by side: all six hundred at once would only wait for each other, and run out of the time they have.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH ?= 16
# What tests choose at random they choose from this number, so that a change is not judged by luck: `make soak` looks for what others find.
export MAINSTAY_SEED ?= 1
# ONCE=1: `make run` ends after the story.
ONCE ?=
ROUNDS ?= 10
# How many processes run the tests by outside programs, each with servers of its own.
JOBS ?= 2
# Tests that failed and passed when they ran once more; `make test` prints them at its end.
export FLAKY_TESTS := .build/flaky-tests

help: ## List the targets
	@echo "Usage: make TARGET"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

bootstrap: ## Install what is missing on this machine
	@scripts/bootstrap

build: bootstrap ## Quick build, into bin/ (debug configuration, our code optimized)
	@echo "build: swift build (the first time compiles every dependency, some minutes)"
	@$(SWIFT) build
	@mkdir -p bin
	@for program in $(PROGRAMS) $(DRIVERS); do ln -sf ../.build/debug/$$program bin/$$program; done

run: build ## Run everything on private servers, tell the demo story, serve on port 3000 until Ctrl-C (ONCE=1: end after the story)
	@$(PYTHON) scripts/foreground bin/mainstay dev --story $(if $(filter-out 0,$(ONCE)),--once)

test: build lint .venv/.installed ## Lint, Swift tests, and tests by outside programs
	@rm -f $(FLAKY_TESTS)
	@echo "test: swift test (on real servers of its own)"
	@SWIFT="$(SWIFT)" $(PYTHON) scripts/swift-test --skip '$(ALONE)'
	@echo "test: what measures its process's memory, by itself"
	@SWIFT="$(SWIFT)" $(PYTHON) scripts/swift-test --skip-build --no-parallel --filter '$(ALONE)'
	@echo "test: outside programs (Tests/Interop), in $(JOBS) processes"
	@JOBS=$(JOBS) .venv/bin/python scripts/interop-test
	@[ ! -e $(FLAKY_TESTS) ] || { echo "test: passed only when run once more"; cat $(FLAKY_TESTS); }

soak: build .venv/.installed ## Run the tests that choose at random again and again from fresh seeds (ROUNDS=10)
	@ROUNDS="$(ROUNDS)" SWIFT="$(SWIFT)" scripts/soak

test-tsan: bootstrap ## The clients' tests under the thread sanitizer, in a build of its own (the first time some five minutes)
	@SWIFT="$(SWIFT)" SKIP='$(ALONE)' scripts/test-tsan

lint: ## Check the formatting
	@scripts/embed-migrations --check
	@scripts/embed-docs-page --check
	@scripts/generate-query-arity --check
	@echo "lint: swift format lint --strict"
	@$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)

format: ## Format the sources in place
	@echo "format: swift format"
	@$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

release: bootstrap ## Optimized programs with Swift linked in, into bin/release/
	@for program in $(PROGRAMS); do \
	    echo "release: $$program"; \
	    $(SWIFT) build -c release --static-swift-stdlib --product $$program; \
	    install -D .build/release/$$program bin/release/$$program; \
	done

package: .venv/.installed ## Pack optimized programs into dist/: a tar archive and a Debian package, tried before they are called done
	@$(MAKE) release
	@scripts/package
	@scripts/check-package

bench: .venv/.installed ## Measure the release binaries beside what they compare with (needs wrk)
	@$(MAKE) release PROGRAMS="mainstay bullmq PostgresBench bare-server redis-bench SchemaBench TypedSQLBench CELBench queue-bench auth-driver"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -r Benchmarks/requirements.txt
	@.venv/bin/python Benchmarks/run
	@BENCH=bin/release/redis-bench Benchmarks/redis
	@bin/release/TypedSQLBench 11 0.5 .venv/bin/python
	@.venv/bin/python Benchmarks/queues
	@bin/release/CELBench
	@.venv/bin/python Benchmarks/CELBench/cel_python.py
	@bin/release/SchemaBench
	@.venv/bin/python Benchmarks/SchemaBench/pydantic_orjson.py

clean: ## Remove what was built; the data of `make run` stay in .mainstay
	@echo "clean: .build .build-tsan bin dist .venv"
	@rm -rf .build .build-tsan bin dist .venv

.venv/.installed: Tests/Interop/requirements.txt | bootstrap
	@echo "test: Python packages into .venv"
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
