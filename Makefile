# GNU make. `make help` lists the targets; CONTRIBUTING.md says when to use which.

GO      ?= go
BIN     := bin/acdeploy

TOOLS   := $(CURDIR)/.tools

# What checks the code is pinned, so that a new release of a linter never breaks an old commit.
GOLANGCI_LINT_VERSION := v2.15.0
GOVULNCHECK_VERSION   := v1.9.0

# The schemas of operators come from the Python package onnx, in an environment of its own.
ONNX_VERSION := 1.22.0
ONNX         := $(TOOLS)/onnx/bin/python

GOLANGCI_LINT := $(TOOLS)/golangci-lint-$(GOLANGCI_LINT_VERSION)
GOVULNCHECK   := $(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION)

# The packages that also run in a web page.
CORE := ./tensor ./graph ./onnx ./internal/stencil ./pipeline ./passes ./backends ./backends/reference ./dataset ./verify

# The tools beside which the benchmarks of large models run.
PEERS := $(TOOLS)/peers-onnxruntime-1.32.0-onnxslim-0.1.98-onnxscript-0.7.2/bin/python3

# Where no cgo is to be had: the engines then say "built without cgo".
PLATFORMS := linux/amd64 linux/arm64 darwin/arm64 windows/amd64

# Modules of their own, which ./... does not enter.
MODULES := examples/custompass examples/custombackend

# Networks for the studies: a folder of folders of baseline.onnx and acnet.onnx.
MODELS ?= ../shared/models

# The wheel is kept under its version, where the tests look for it.
CORPUS := .tools/corpus/onnx-1.22.0.whl

# Benchmarks: `make bench COUNT=10 > new.txt`, then `benchstat old.txt new.txt`.
BENCH ?= .
COUNT ?= 1
BENCHTIME ?= 1s

.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

.PHONY: build
build: ## build bin/acdeploy
	$(GO) build -o $(BIN) ./cmd/acdeploy

# The engine comes from the user's own pip, or an older version of it from npm. Without one of them, or without a
# network, the program works all the same and says what it skipped.
.PHONY: runtime
runtime: build
	@$(BIN) runtime install || $(BIN) runtime install --version 1.30.0 || echo "no ONNX Runtime on this machine: what needs it is skipped, with the reason"

# A step with the seconds that it took; acdeploy run tells those of its own steps.
timed = start=$$(date +%s); $(MAKE) --no-print-directory $(1) && printf '%-7s %6d s\n' $(1) $$(($$(date +%s) - start))

.PHONY: demo
demo: ## fuse, verify and measure a trained ACNet from examples/, with the time of each step
	@$(call timed,build)
	@$(call timed,runtime)
	@echo $(BIN) run configs/quickstart.yaml; $(BIN) run configs/quickstart.yaml || case $$? in \
		4) echo "the fused network was not shown to be as fast as the baseline on this machine" ;; \
		5) echo "no engine could run: the proof stands, nothing was measured" ;; \
		6) echo "this machine was not quiet enough to measure on: the proof stands, the latencies do not" ;; \
		*) exit $$? ;; \
	esac

# Goes on where an earlier study was interrupted; without docs/verdict-study.jsonl it starts anew.
.PHONY: verdict-study
verdict-study: runtime ## measure what a verdict is worth, some two hours (docs/verdict-study.md)
	$(GO) build -o bin/study ./internal/study
	bin/study -models "$(MODELS)"

.PHONY: grouped-study
grouped-study: runtime ## measure convolutions of the parts of a Split against one with groups, a minute (docs/grouped.md)
	$(GO) build -o bin/study ./internal/study
	bin/study -grouped docs/grouped.md

# Goes on where an earlier study was interrupted; without docs/verify-study.jsonl it starts anew.
MUTANTS ?= 30

.PHONY: verify-study
verify-study: runtime ## try the proof on mutants, hours (MUTANTS for each network, type and head; docs/verify-study.md)
	@.ci/wild .tools/wild
	$(GO) build -buildvcs=auto -o bin/trial ./internal/trial
	bin/trial mutants -mutants $(MUTANTS) -models "$(MODELS)" -out docs/verify-study

.PHONY: wild
wild: runtime ## fuse and verify models as people publish them (docs/wild.md)
	@.ci/wild .tools/wild
	@.ci/optimisers .tools
	@mkdir -p $(dir $(CORPUS))
	@.ci/corpus $(CORPUS)
	$(GO) build -buildvcs=auto -o bin/trial ./internal/trial
	bin/trial wild -models "$(MODELS)" -out docs/wild

.PHONY: trial-short
trial-short: runtime ## the two above on a few small networks, some three minutes, for every commit
	$(GO) build -o bin/trial ./internal/trial
	bin/trial mutants -short -mutants 2
	bin/trial wild -short -seeds 1

# cuda12 for a driver of CUDA 12.
GPU_RUNTIME ?= cuda13

# The library with GPU providers is some 250 MB: it is fetched only where a driver answers.
.PHONY: gpu-runtime
gpu-runtime: build
	@flavour=cpu; if nvidia-smi -L >/dev/null 2>&1; then flavour=$(GPU_RUNTIME); fi; \
	$(BIN) runtime install $$flavour || echo "no ONNX Runtime ($$flavour) on this machine: what needs it is skipped, with the reason"

# Where there is no GPU, the report says of each engine what is missing.
.PHONY: gpu-report
gpu-report: gpu-runtime ## verify and measure on every engine, GPUs included (configs/gpu.yaml)
	@$(BIN) doctor || true
	@echo $(BIN) run configs/gpu.yaml; $(BIN) run configs/gpu.yaml || case $$? in \
		4) echo "the fused network was not shown to be as fast as the baseline on some engine" ;; \
		5) echo "no engine could run: the proof stands, nothing was measured" ;; \
		6) echo "this machine was not quiet enough to measure on: the proof stands, the latencies do not" ;; \
		*) exit $$? ;; \
	esac

.PHONY: test
test: runtime ## run every test; those that need what is not here skip with the reason
	$(GO) test -timeout 30m ./...

.PHONY: corpus
corpus: runtime ## fuse ONNX's 1,905 published models, and hold the reference backend against ONNX's node tests
	@mkdir -p $(dir $(CORPUS))
	@.ci/corpus $(CORPUS)
	@$(GO) test ./passes ./backends/reference ./internal/shapes -run '^(TestCorpus|TestONNXNodes|TestPublishedModels)$$' -count=1 -v >$(CORPUS).log || { cat $(CORPUS).log; false; }
	@grep -E 'catalog_corpus_test.go|conformance_test.go.* node tests|values were compared|^--- SKIP' $(CORPUS).log

.PHONY: pictures
pictures: browser demo ## take the pictures of the page that README.md shows (docs/images)
	ACDEPLOY_PICTURES_OF=$(CURDIR)/acdeploy-report/report.json $(GO) test ./reports/html -run 'TestPicturesOfTheDemo|TestReadmeShowsThePage' -count=1

.PHONY: screenshots
screenshots: browser ## draw every page anew in bin/screenshots, and the few that are committed; look at them
	ACDEPLOY_SCREENSHOTS=1 $(GO) test ./reports/html -run TestScreenshots -count=1 -update

.PHONY: browser
browser: ## install Chromium, a font and axe-core, with which the page of a report is tested
	@.ci/browser $(TOOLS)

.PHONY: release-tools
release-tools: ## install MLflow, model_signing, a registry and what else the tests of the release need (with pip and apt-get)
	@.ci/release-tools $(TOOLS)
	@.ci/registry $(TOOLS)

.PHONY: exec-tools
exec-tools: ## install the Python packages that the passes of examples/exec need (with pip)
	@.ci/exec-tools $(TOOLS)

.PHONY: int8-tools
int8-tools: ## install the Python packages with which examples/int8 quantizes (with pip)
	@.ci/int8-tools $(TOOLS)

.PHONY: python-test
python-test: ## build the wheel for this machine and test it in fresh environments of the Pythons that are here (with pip)
	@.ci/python-test

# Some 6 GB on Linux, and not part of make check.
.PHONY: torch-test
torch-test: ## install PyTorch and test the Python package with it, minutes (with pip; docs/torch-test.md)
	@.ci/torch-tools $(TOOLS)
	@.ci/torch-test $(TOOLS)

# zig is the C compiler for all platforms but macOS.
.PHONY: wheels
wheels: ## build the wheels for all platforms into dist, some minutes each (with pip, which brings zig)
	@.ci/zig $(TOOLS)
	python3 python/wheels.py --out dist --zig $(TOOLS)/zig/bin/python3

.PHONY: wheels-test
wheels-test: ## read and run the programs in the wheels in dist, and write what was tried into docs/install.md (qemu-user, Wine; as root an older glibc)
	@.ci/wheel-tools $(TOOLS)
	$(GO) test ./cmd/acdeploy -run TestWheels -count=1 -v -update

# The first time goreleaser is built, too.
.PHONY: snapshot
snapshot: ## build archives, deb, rpm, SBOMs and checksums into dist/packages, and try them, many minutes (docs/packages.md)
	@.ci/zig $(TOOLS)
	PATH="$$(.ci/goreleaser $(TOOLS)):$$PATH" ZIG=$(TOOLS)/zig/bin/python3 goreleaser release --snapshot --clean
	$(GO) test ./docs -run TestPackages -count=1 -v

.PHONY: release-test
release-test: release-tools runtime ## try releases against MLflow's own server, real registries and the program that signs models
	$(GO) test . -run Release
	$(GO) test ./release/...
	$(GO) test ./cli -run 'Release|Publish|Fetch'

# How often each command is killed.
KILLS ?= 200

# Which tests of reliability run, by the beginning of their names.
RELIABILITY ?= TestReliability

# The archive is installed again and again: without one that part skips. One package at a time, so that the moments of the kills are random.
.PHONY: crash-test
crash-test: ## kill commands, let files fail, and try all else that is to break nothing, many minutes (KILLS; CRASH_ARCHIVE, a wheel of onnxruntime; RELIABILITY; docs/reliability.md)
	@mkdir -p bin
	$(GO) build -buildvcs=auto -o bin/trial ./internal/trial
	@CRASH_KILLS=$(KILLS) CRASH_ARCHIVE="$(abspath $(CRASH_ARCHIVE))" \
		$(GO) test -json -p 1 -count=1 -timeout 60m -run '^$(RELIABILITY)' \
		$$(git ls-files '*_test.go' | xargs grep -l '^func $(RELIABILITY)' | xargs -n1 dirname | sort -u | sed 's|^|./|') >bin/reliability.json || true
	bin/trial reliability -events bin/reliability.json

# Half of the time goes to the mutants of model files, the rest to the fuzz targets, the same share each.
MINUTES ?= 10
SEED    ?= 1

# A mutant that fails is kept in bin/fuzz. What a fuzz target finds, go test writes into its folder testdata/fuzz.
.PHONY: fuzz
fuzz: runtime ## change model files at random, and search for inputs that break a parser (MINUTES, SEED; docs/reliability.md)
	$(GO) build -o bin/trial ./internal/trial
	@failed=0; bin/trial fuzz -seed $(SEED) -minutes $$(awk "BEGIN { print $(MINUTES) / 2 }") -keep bin/fuzz || failed=1; \
	targets=$$(git ls-files '*_test.go' | xargs grep -oE '^func Fuzz[A-Za-z]+' | sed 's|/[^/]*:func |:|'); \
	share=$$(echo "$$targets" | awk "END { print int(30 * $(MINUTES) / NR) + 1 }")s; \
	for target in $$targets; do \
		$(GO) test ./$${target%:*} -run '^$$' -fuzz "^$${target#*:}$$" -fuzztime $$share -fuzzminimizetime 10x || failed=1; \
	done; exit $$failed

.PHONY: race
race: ## test the packages that start goroutines under the race detector
	$(GO) test -timeout 30m -race -short $$(git ls-files '*.go' | xargs grep -lE '^\s*go (func|[a-zA-Z_.]+\()|\.Go\(' | xargs -n1 dirname | sort -u | sed 's|^|./|')

# How many times as many graphs, and the first seed.
TIMES ?= 1
FROM  ?= 0

.PHONY: random-study
random-study: ## fuse all random graphs, of which a commit draws the first tenth, some ten minutes (TIMES, FROM; docs/random-graphs.md)
	@mkdir -p bin
	ACDEPLOY_RANDOM=$(TIMES) ACDEPLOY_SEED=$(FROM) $(GO) test ./passes -run '^TestRandom' -json -count=1 -timeout 600m >bin/random.json || { grep -A 20 -e '--- FAIL' bin/random.json; false; }
	$(GO) build -buildvcs=auto -o bin/draws ./internal/draws
	bin/draws bin/random.json docs/random-graphs.md

# BEFORE is an acdeploy of an earlier commit, to compare with.
.PHONY: performance
performance: ## time fuse of models of up to 4 GB and of 900,000 nodes, beside other tools, half an hour and 10 GB of the disk (BEFORE; docs/performance.md)
	@mkdir -p bin
	@.ci/peers $(TOOLS)
	ACDEPLOY_BEFORE=$(BEFORE) $(GO) test ./cmd/acdeploy -run '^$$' -bench 'Large(Nodes|Demo)?$$' -benchtime 3x -timeout 60m >bin/performance.txt || { cat bin/performance.txt; exit 1; }
	ACDEPLOY_PEERS=$(PEERS) $(GO) test ./cmd/acdeploy -run '^$$' -bench LargePeers -benchtime 1x -timeout 60m >>bin/performance.txt || { cat bin/performance.txt; exit 1; }
	$(GO) test ./cmd/acdeploy -run '^$$' -bench LargeProfile -benchtime 3x -o bin/profiled -cpuprofile bin/performance.prof >bin/profiled.txt
	$(GO) tool pprof -top -nodecount 15 bin/profiled bin/performance.prof >bin/profile.txt
	$(GO) build -buildvcs=auto -o bin/performance ./internal/performance
	bin/performance bin/performance.txt bin/profile.txt docs/performance.md

.PHONY: bench
bench: build ## run the benchmarks (BENCH, COUNT, BENCHTIME), in benchstat's format
	$(GO) test -run='^$$' -bench='$(BENCH)' -benchmem -benchtime=$(BENCHTIME) -count=$(COUNT) ./...

.PHONY: lint
lint: $(GOLANGCI_LINT) ## format check, linters and the table of allowed imports
	$(GOLANGCI_LINT) fmt --diff
	$(GOLANGCI_LINT) run
	@set -e; for m in $(MODULES); do (cd $$m && echo "lint $$m" && $(GOLANGCI_LINT) run); done

.PHONY: format
format: $(GOLANGCI_LINT) ## format the code
	$(GOLANGCI_LINT) fmt

.PHONY: vet
vet:
	$(GO) vet ./...
	@set -e; for m in $(MODULES); do (cd $$m && echo "vet $$m" && $(GO) vet ./...); done

.PHONY: tidy
tidy:
	$(GO) mod tidy -diff
	@set -e; for m in $(MODULES); do (cd $$m && echo "tidy $$m" && $(GO) mod tidy -diff); done

.PHONY: vuln
vuln: $(GOVULNCHECK)
	@.ci/vuln $(GOVULNCHECK)

.PHONY: build-all
build-all: build ## build everything, without cgo, for the other platforms, and the core for the web
	$(GO) build ./...
	@set -e; for p in $(PLATFORMS); do \
		echo "CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build ./..."; \
		CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build ./...; \
	done
	GOOS=js GOARCH=wasm $(GO) build $(CORE)

STEPS := tidy vet lint vuln build-all corpus test python-test trial-short race

.PHONY: check
check: $(STEPS) ## everything that .ci/run checks

.PHONY: steps
steps:
	@echo $(STEPS)

.PHONY: generate
generate: ## write onnx/internal/onnxpb and internal/op's tables of operators anew from the schemas of ONNX
	$(GO) generate ./onnx/internal/onnxpb
	@test -x $(ONNX) || { python3 -m venv $(TOOLS)/onnx && $(ONNX) -m pip install -q onnx==$(ONNX_VERSION); }
	$(ONNX) internal/op/generate.py > internal/op/schemas_generated.go
	$(ONNX) internal/op/generate.py types > internal/op/testdata/types.golden

.PHONY: clean
clean: ## remove what was built, the tools included
	rm -rf bin .tools .demo

# Each tool is installed once under its version: a new version is a new file.
$(GOLANGCI_LINT):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	@mv $(TOOLS)/golangci-lint $@

$(GOVULNCHECK):
	@mkdir -p $(TOOLS)
	GOBIN=$(TOOLS) $(GO) install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	@mv $(TOOLS)/govulncheck $@
