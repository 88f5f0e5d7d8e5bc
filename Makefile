# `make help` lists what there is. Every target sets up what it needs (scripts/setup), so a new machine needs only Go and git.

GO           ?= go
VERSION      := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LINT_VERSION := v2.15.0
LINT         := bin/tools/golangci-lint-$(LINT_VERSION)

# TESTFLAGS goes to `go test`: make test TESTFLAGS='-race -run Cancel'
TESTFLAGS ?=
# ARGS goes to the program of serve and bench: make serve ARGS='--listen :8080', make bench ARGS='-only create'
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test race bench serve build lint setup clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup build ## a video through both APIs, results in demo-out/ (VIDEO=path for one of yours)
	@$(GO) run ./cmd/demo

test: setup ## every test; FFLAMBDA_REQUIRE=ffmpeg fails what would be skipped without ffmpeg
	@$(GO) test $(TESTFLAGS) ./...

race: ## every test under the race detector (needs a C compiler)
	@$(MAKE) --no-print-directory test TESTFLAGS='-race $(TESTFLAGS)'

bench: setup build ## the figures of docs/performance.md, measured anew (about 10 minutes, 12 GB of disk)
	@$(GO) run ./cmd/bench $(ARGS)

serve: setup build ## run the server (ARGS='--listen 127.0.0.1:8080 --data DIR')
	@bin/fflambda serve $(ARGS)

# The version comes from -ldflags; -buildvcs=false because Go refuses to look at a checkout that another user owns.
build: ## bin/fflambda, static
	@scripts/setup go
	@CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)' -o bin/fflambda ./cmd/fflambda

lint: $(LINT) ## gofmt, go vet (Linux and macOS), go mod tidy, golangci-lint
	@unformatted=$$(gofmt -l cmd shared); test -z "$$unformatted" || { echo "not gofmt'ed: $$unformatted" >&2; exit 1; }
	@$(GO) mod tidy -diff
	@$(GO) vet ./...
	@GOOS=darwin CGO_ENABLED=0 $(GO) vet ./...
	@$(LINT) run ./...

$(LINT):
	@scripts/setup go
	@echo "installing golangci-lint $(LINT_VERSION) into bin/tools (about a minute, once)"
	@GOBIN='$(CURDIR)/bin/tools' $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv bin/tools/golangci-lint $@

setup: ## what the others need: checks Go, installs ffmpeg where it is missing
	@scripts/setup go ffmpeg

clean: ## remove what was built and what the demo left
	@rm -rf bin demo-out
