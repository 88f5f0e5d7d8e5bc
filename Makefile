# `make help` lists what there is. Every target sets up what it needs (scripts/setup), so a new machine needs only Go and git.

GO           ?= go
VERSION      := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LINT_VERSION := v2.15.0
LINT         := bin/tools/golangci-lint-$(LINT_VERSION)

# Of the functions: arm64 or x86_64, as Lambda calls them. An image is built for the machine that builds it.
ARCH   ?= $(patsubst aarch64,arm64,$(patsubst amd64,x86_64,$(shell uname -m)))
GOARCH := $(patsubst x86_64,amd64,$(ARCH))
TOOLS  := $(abspath $(or $(FFLAMBDA_TOOLS),bin/tools/aws))

# What functions are built with, by us and by SAM, which hands this on to Go. Without CGO_ENABLED=0 SAM builds programs for
# its own machine that need this machine's libc. Credentials would make every `sam` command ask AWS whose they are.
GO_LDFLAGS = -s -w -X github.com/fflambda/fflambda/functions/internal/home.version=$(VERSION)
GO_FLAGS   = -buildvcs=false -trimpath -tags=lambda.norpc '-ldflags=$(GO_LDFLAGS)'
SAM        = env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN -u AWS_PROFILE \
	SAM_CLI_TELEMETRY=0 AWS_EC2_METADATA_DISABLED=true AWS_DEFAULT_REGION=us-east-1 CGO_ENABLED=0 GOFLAGS="$(GO_FLAGS)" $(TOOLS)/bin/sam

# For recipes that do more than call make: those that name MAKE itself run even under `make -n`.
AGAIN := $(MAKE) --no-print-directory

# TESTFLAGS goes to `go test`: make test TESTFLAGS='-race -run Cancel'
TESTFLAGS ?=
# ARGS goes to the program of serve and bench: make serve ARGS='--listen :8080', make bench ARGS='-only create'
ARGS ?=
# How long to fuzz: all of fuzz-apis, and each target of fuzz.
FUZZ     ?= 10m
FUZZTIME ?= 10s
# What a chaos run draws its jobs and faults from.
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-clients fuzz fuzz-apis race bench chaos soak serve build vuln lint setup clean
.PHONY: ffmpeg functions sam-build sam-up sam-down sam-env deploy aws-tests

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup build ## a video through both APIs, results in demo-out/ (VIDEO=path for one of yours)
	@$(GO) run ./cmd/demo

test: setup ## every test; FFLAMBDA_REQUIRE=ffmpeg,sandbox,clients,aws,sam,ffmpeg-static fails what would be skipped without these
	@scripts/setup clients || case ",$$FFLAMBDA_REQUIRE," in *,clients,*) exit 1 ;; esac
	@before=$$(cat bin/run/dockerd.pid 2>/dev/null); \
	$(AGAIN) aws-tests && $(GO) test $(TESTFLAGS) ./...; status=$$?; \
	[ "$$before" = "$$(cat bin/run/dockerd.pid 2>/dev/null)" ] || scripts/setup stop || status=1; exit $$status

# What the tests of the AWS part need. Where it cannot be had, they are skipped, unless they are required.
aws-tests:
	@$(MAKE) --no-print-directory sam-build || { \
		case ",$$FFLAMBDA_REQUIRE," in *,sam,*) exit 1 ;; esac; \
		echo; echo "*** make test: the tests with real SAM are SKIPPED, for the reason above ***" >&2; echo; rm -rf .aws-sam; \
	}

test-clients: setup ## the APIs as their vendors' own clients, automation nodes and fuzzers use them
	@scripts/setup clients
	@FFLAMBDA_REQUIRE=ffmpeg,clients FFLAMBDA_WAIT=40 $(GO) test -count=1 -run '^TestClient' -v $(TESTFLAGS) ./cmd/fflambda

fuzz: ## every fuzz target of the parsers and readers, FUZZTIME=10s each
	@scripts/setup go
	@grep -rl --include='*_test.go' '^func Fuzz' cmd functions shared | xargs -n 1 dirname | sort -u | while read -r dir; do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z]*\)(.*/\1/p' $$dir/*_test.go); do \
			echo "$$dir $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) ./$$dir || exit 1; \
		done; \
	done

fuzz-apis: setup ## the APIs under schemathesis, each time with another seed (FUZZ=10m)
	@scripts/setup clients
	@FFLAMBDA_REQUIRE=ffmpeg,clients FFLAMBDA_FUZZ=$(FUZZ) $(GO) test -count=1 -timeout 0 -run '^TestClientFuzz$$' -v ./cmd/fflambda

race: ## every test under the race detector (needs a C compiler)
	@$(MAKE) --no-print-directory test TESTFLAGS='-race $(TESTFLAGS)'

bench: setup build ## the figures of docs/performance.md, measured anew (about 10 minutes, 12 GB of disk)
	@$(GO) run ./cmd/bench $(ARGS)

chaos: setup ## 1,000 jobs while all kinds of things go wrong, then a look for what was lost (SEED=1, ARGS='-home aws')
	@$(GO) run ./cmd/chaos -seed $(SEED) $(ARGS)

soak: setup ## 30 minutes of steady load: does anything grow? (ARGS='-for 3m')
	@$(GO) run ./cmd/chaos -mode soak $(ARGS)

serve: setup build ## run the server (ARGS='--listen 127.0.0.1:8080 --data DIR')
	@bin/fflambda serve $(ARGS)

# The version comes from -ldflags; -buildvcs=false because Go refuses to look at a checkout that another user owns.
build: ## bin/fflambda, static
	@scripts/setup go
	@CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)' -o bin/fflambda ./cmd/fflambda

ffmpeg: ## our static ffmpeg, in build/ffmpeg and as a zip for a Lambda layer (20 to 40 minutes once, as root on Debian)
	@scripts/worker-ffmpeg own
	@functions/worker/ffmpeg/build --zip build/ffmpeg-layer.zip

# The programs of the worker's image. SAM builds the other functions itself.
functions:
	@scripts/setup go
	@for f in worker probe; do \
		CGO_ENABLED=0 GOOS=linux GOARCH=$(GOARCH) GOFLAGS="$(GO_FLAGS)" $(GO) build -o build/$$f/bootstrap ./functions/$$f || exit 1; \
	done

sam-build: functions ## .aws-sam/build: every function as SAM deploys or runs it (ARCH=arm64 or x86_64)
	@scripts/setup sam
	@mkdir -p bin/run
	@scripts/worker-ffmpeg $(if $(findstring ffmpeg-static,$(FFLAMBDA_REQUIRE)),own)
	@$(SAM) build --parameter-overrides Architecture=$(ARCH) >bin/run/sam-build.log 2>&1 || { cat bin/run/sam-build.log >&2; exit 1; }

sam-up: setup sam-build ## stand-ins for AWS on this machine, for `sam local`
	@$(GO) build -o bin/samlocal ./cmd/samlocal
	@bin/samlocal up

sam-down: ## end them
	@$(GO) run ./cmd/samlocal down

sam-env: ## the environment for typing `sam` commands: eval "$$(make -s sam-env)"
	@echo 'export PATH="$(TOOLS)/bin:$$PATH" SAM_CLI_TELEMETRY=0 CGO_ENABLED=0 AWS_DEFAULT_REGION=us-east-1'
	@echo "export GOFLAGS=\"$(GO_FLAGS)\""
	@echo 'unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE'

deploy: ## build everything and deploy it to AWS with SAM
	@scripts/setup go aws
	@ARCH=$(ARCH) VERSION=$(VERSION) scripts/deploy

vuln: ## code with published holes that our programs call, by govulncheck (VULNDB=file:///DIR: a copy of its database)
	@scripts/setup go
	@VULNDB='$(VULNDB)' scripts/vuln

lint: $(LINT) ## gofmt, go vet (Linux and macOS), go mod tidy, golangci-lint, sam validate, cfn-lint
	@unformatted=$$(gofmt -l cmd functions shared); test -z "$$unformatted" || { echo "not gofmt'ed: $$unformatted" >&2; exit 1; }
	@$(GO) mod tidy -diff
	@$(GO) vet ./...
	@GOOS=darwin CGO_ENABLED=0 $(GO) vet ./...
	@$(LINT) run ./...
	@scripts/setup aws
	@$(SAM) validate --lint >/dev/null
	@$(TOOLS)/bin/cfn-lint -c I -- template.yaml

$(LINT):
	@scripts/setup go
	@echo "installing golangci-lint $(LINT_VERSION) into bin/tools (about a minute, once)"
	@GOBIN='$(CURDIR)/bin/tools' $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv bin/tools/golangci-lint $@

setup: ## what the others need: checks Go, installs ffmpeg where it is missing
	@scripts/setup go ffmpeg

clean: ## remove what was built and what the demo left
	@scripts/setup stop
	@rm -rf bin build demo-out .aws-sam .sam
