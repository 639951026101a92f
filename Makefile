# Ringcast. `make help` lists the targets.
SHELL := /bin/sh
JOBS ?= $(shell nproc)
NINJA := ninja -j $(JOBS)

# Differences that ccache ignores, to reuse objects that were built with a precompiled header.
export CCACHE_SLOPPINESS := pch_defines,time_macros,include_file_mtime,include_file_ctime
# A precompiled header contains the path of its checkout: another checkout must not reuse it.
export CCACHE_HASHDIR := true

.DEFAULT_GOAL := build
# Prerequisites run in the given order; ninja uses the cores.
.NOTPARALLEL:
.PHONY: build bench-build deps run test e2e-long sim-long sim-hash attack soak bench bench-veth bench-connect bench-webrtc bench-browser compare compare-veth compare-report lint format asan fuzz fuzz-long coverage install clean help

build: ## Build build/worker/ringcast-worker (the default)
	@scripts/configure release
	@$(NINJA) -C build ringcast-worker

bench-build: build
	@$(NINJA) -C build ringcast-bench

deps: ## Install missing system packages, Node.js and npm packages
	@scripts/deps

run: deps build ## Open the demo room until Ctrl-C, or unattended for SECONDS=N; IP=127.0.0.1 PORT=any
	@scripts/node demo/run.mjs $(if $(SECONDS),--seconds $(SECONDS)) $(if $(IP),--ip $(IP)) $(if $(PORT),--port $(PORT))

test: deps build ## Run every test, or those of STAGES="unit schema"
	@scripts/test $(STAGES)

sim-long: ## Simulate ten minutes with 200 consumers, and 10,000 switches of layers: SEED=N
	@scripts/configure release
	@$(NINJA) -C build ringcast-sim
	@$(if $(SEED),RINGCAST_SIM_SEED=$(SEED)) build/test/unit/ringcast-sim "[.long]"

sim-hash: ## Hash all packets that a simulated worker sends, to compare two builds: SEEDS="1 2 3"
	@scripts/configure release
	@$(NINJA) -C build ringcast-sim
	@for seed in $(or $(SEEDS),1 2 3 4 5 6 7 8 9 10); do RINGCAST_SIM_SEED=$$seed build/test/unit/ringcast-sim "[.hash]" | grep '^seed'; done

e2e-long: deps build ## Play the long form of the scenarios in Chromium and of the captures, or SCENARIOS="lossy layers"
	@RINGCAST_E2E=long test/e2e/browser/run $(or $(SCENARIOS),lossy layers lipSync joins)
	@RINGCAST_E2E=long test/e2e/run captures

attack: deps bench-build ## Run the long form of the attacks beside a call and print the table; FILES="dtls ice"
	@RINGCAST_ATTACK=long test/attack/run $(FILES)

soak: deps build ## Let guests join and leave for HOURS=1 and check that memory, descriptors and idle CPU return
	@scripts/configure release
	@$(NINJA) -C build ringcast-sim
	@scripts/node test/attack/soak.mjs --hours $(or $(HOURS),1)

bench: bench-build ## Measure the fan-out with each send backend; SECONDS=5 per run, ROUNDS=1
	@ROUNDS=$(or $(ROUNDS),1) scripts/bench $(or $(SECONDS),5)

bench-veth: bench-build ## The same over a virtual network device, as root
	@ROUNDS=$(or $(ROUNDS),1) scripts/bench-veth $(or $(SECONDS),5)

bench-connect: bench-build ## Measure the setup of WebRTC transports, and a call under floods of SECONDS=5
	@scripts/bench-connect $(or $(SECONDS),5)

bench-webrtc: deps build ## Measure how long Chromium takes to connect, ROUNDS=20
	@scripts/node test/bench/webrtc/run.mjs --rounds $(or $(ROUNDS),20)

bench-browser: deps build ## Measure the GSO batches of the streams of Chromium, SECONDS=20 each
	@scripts/node test/bench/browser/run.mjs --seconds $(or $(SECONDS),20) --lock "$(LOCK)"

compare: deps bench-build ## Compare with other workers: BIN=[NAME=]PATH,... SECONDS=5 ROUNDS=3 SCENES=... JSON=build/compare.json
	@scripts/node test/bench/compare/run.mjs --bin "$(BIN)" --seconds $(or $(SECONDS),5) --rounds $(or $(ROUNDS),3) \
	  --scenes "$(SCENES)" --json "$(or $(JSON),build/compare.json)" --lock "$(LOCK)"

compare-veth: deps bench-build ## Compare the first scenes over a virtual network device, as root: JSON=build/compare-veth.json
	@scripts/veth sh -c 'exec scripts/node test/bench/compare/run.mjs --sink "$$VETH_FAR" --sinkVia "$$VETH_NEAR" "$$@"' compare \
	  --bin "$(BIN)" --seconds $(or $(SECONDS),5) --rounds $(or $(ROUNDS),3) --scenes "$(SCENES)" \
	  --json "$(or $(JSON),build/compare-veth.json)" --lock "$(LOCK)"

compare-report: ## Write charts to doc/pictures and print Markdown, from the files of both or from JSON=FILE
	@scripts/node test/bench/compare/run.mjs \
	  $(addprefix --report=,$(or $(JSON),$(wildcard build/compare.json build/compare-veth.json),build/compare.json))

lint: ## Check format, include table, class sizes, headers, clang-tidy and the JavaScript
	@scripts/lint

format: ## Format all C++ and JavaScript files in place
	@scripts/sources | xargs -0 clang-format -i
	@scripts/biome format --write

asan: ## Build with the sanitizers and run the unit tests
	@scripts/test unit

fuzz: ## Run each fuzz target for SECONDS=60, or TARGETS="Worker Rtcp"
	@scripts/fuzz $(or $(SECONDS),60) $(TARGETS)

fuzz-long: ## Run the fuzz targets in turns for HOURS=8; MERGE=1 adds new inputs to fuzzer/corpus; TARGETS=...
	@scripts/fuzz --hours $(or $(HOURS),8) $(if $(MERGE),--merge) $(TARGETS)

coverage: ## Print the line coverage of the parsers by the unit tests
	@scripts/coverage

install: bench-build ## Install ringcast-worker and ringcast-bench, stripped: PREFIX=/usr/local DESTDIR=
	@meson install -C build --no-rebuild --strip

clean: ## Remove the build folders (npm packages stay)
	@rm -rf build build-asan build-coverage build-minimal build-tidy

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1 \2/p' Makefile | awk '{ printf "  make %-15s", $$2; $$1 = $$2 = ""; sub(/^ +/, ""); print }'
