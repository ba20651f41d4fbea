# `make run` and `make test` do everything from a fresh clone; `make check` is what CI runs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

LISTEN ?= 127.0.0.1:8080
RUNS ?= 10
release := .build/release/rollcall
dist := .build/dist

.PHONY: help run test tests busy check lint imports build dist debug smoke fuzz pagers clients soak bench install-deps clean

help:
	@echo "make run      install what is missing, build, serve the demo on http://$(LISTEN)"
	@echo "make test     install what is missing, run every test"
	@echo "make busy     run every test $(RUNS) times beside two loops that keep two cores busy"
	@echo "make check    lint, imports, debug build, tests, smoke run of the release, fuzzing, pagers, clients, soak: what CI runs"
	@echo "make fuzz     check answers against /openapi.json, with schemathesis (from PyPI)"
	@echo "make pagers   walk the demo's list with the pagers of dlt (from PyPI), also behind a path prefix"
	@echo "make clients  ask the demo for models with OpenAI's Python client (from PyPI)"
	@echo "make soak     check that memory does not grow over a minute of refreshes"
	@echo "make build    build the release binary, $(release)"
	@echo "make dist     build one that runs without Swift installed, $(dist)/release/rollcall"
	@echo "make bench    run the benchmarks"
	@echo "make clean    remove everything that was built"

install-deps:
	@./deploy/setup.sh

run: install-deps
	@[ -x $(release) ] || echo "The first release build takes about six minutes on two cores; later ones take seconds."
	@swift build -c release --product rollcall
	@exec $(release) serve --demo --listen $(LISTEN)

test: install-deps tests

# Tests with real sockets, processes and seconds run after the others and one by one, so that nothing slows them down.
apart := ^(UpstreamTests|RollcallTests)\.|(Socket|Process)Tests/

tests:
	swift test --skip '$(apart)'
	swift test --skip-build --no-parallel --filter '$(apart)'

# Shows that the tests also pass on a busy machine.
busy:
	./Tests/busy.sh $(RUNS)

build: install-deps
	swift build -c release --product rollcall

# The binary contains Swift's runtime: deploy/rollcall.service needs this one, and deploy/Dockerfile builds the same.
dist: install-deps
	swift build -c release --product rollcall --static-swift-stdlib --scratch-path $(dist)

lint:
	swift format lint --strict -r Sources Tests Package.swift
	./Tests/check-apart

# Builds every target and every test, so that the tests' imports are checked too.
debug:
	swift build --build-tests --explicit-target-dependency-import-check error

imports:
	./deploy/check-imports

smoke: build
	./deploy/smoke.sh $(release)

fuzz: build
	./Tests/Fuzz/run.sh $(release)

pagers: build
	./Tests/Pagers/run.sh $(release)

clients: build
	./Tests/Clients/run.sh $(release)

# Memory must not grow over a minute of refreshes; `make bench` makes as many as an hour has, of more rows.
soak: build debug
	./deploy/setup.sh wrk nginx-light
	./Tests/Bench/refresh.sh soak $(release) .build/debug/rollcall-bench 20000 45

# In this order and one by one, whatever `-j` says: the cheap steps first, and one compiler at a time.
check: install-deps
	$(MAKE) lint
	$(MAKE) imports
	$(MAKE) debug
	$(MAKE) tests
	$(MAKE) smoke
	$(MAKE) fuzz
	$(MAKE) pagers
	$(MAKE) clients
	$(MAKE) soak

bench:
	./deploy/setup.sh wrk nginx-light python3-venv
	./Tests/Bench/run.sh

clean:
	rm -rf .build
