# The words of this project. Each prints what it does; `make` alone lists them.
#
# Settings, in the environment or after the word: PORT, LOCAL_DIR and TOOLS_DIR (see
# `infra/local/stack.py --help`), CARGO_TARGET_DIR, PYTHON.

PYTHON    ?= python3
TOOLS_DIR ?= .local/tools
export TOOLS_DIR

STACK     = $(PYTHON) infra/local/stack.py
SAM_TOOLS = $(TOOLS_DIR)/sam/bin
TRAINER   = cargo run --package trainer --

# Features as in the tests' build, so that nothing is compiled twice.
EVERYTHING = --workspace --all-features

CARGO_DENY_VERSION = 0.20.2
CARGO_DENY         = $(TOOLS_DIR)/cargo-deny-$(CARGO_DENY_VERSION)/bin/cargo-deny

FASTTEXT = $(TOOLS_DIR)/fasttext

BENCHMARKED = --package classifier --package code-records --package code-chunk

# The stack that a client is made in: the environment's, or else the local one.
ENV_FILE  = $(or $(LOCAL_DIR),.local)/env
USE_STACK = if [ -z "$$REGISTRATIONS_TABLE" ]; then \
              [ -f $(ENV_FILE) ] || { echo "no stack is running here; start one: make run"; exit 1; }; . $(ENV_FILE); \
            fi;
LIMITS    = $(if $(PER_SECOND),--per-second $(PER_SECOND)) $(if $(BURST),--burst $(BURST)) \
            $(if $(PER_HOUR),--per-hour $(PER_HOUR)) $(if $(PER_DAY),--per-day $(PER_DAY)) \
            $(if $(OPERATIONS),--operations $(OPERATIONS)) \
            $(if $(RECORDS_PER_DAY),--records-per-day $(RECORDS_PER_DAY))

.DEFAULT_GOAL := help
.PHONY: help run stop status client limits test soak lint fmt advisories model evaluate folds plots bench openapi deploy clean

help: ## list these words
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-12s %s\n", $$1, $$2 }'

run: ## start the whole service on this machine, or bring it up to date
	@$(STACK) start

stop: ## stop it; leaves no process
	@$(STACK) stop

status: ## is it running, and where
	@$(STACK) status

client: ## register a client: TIER=public|partner [NAME= PER_SECOND= … as for limits]
	@$(USE_STACK) $(STACK) client -- create --tier "$(TIER)" --name "$(or $(NAME),a $(TIER) client)" $(LIMITS)

limits: ## set limits: CLIENT=id or TIER=public|partner [PER_SECOND= BURST= PER_HOUR= PER_DAY= OPERATIONS= RECORDS_PER_DAY=]
	@$(USE_STACK) $(STACK) client -- limits $(if $(CLIENT),--client "$(CLIENT)",--tier "$(TIER)") $(LIMITS)

test: ## every test, against a stack of its own
	@$(STACK) test -- cargo test $(EVERYTHING)

soak: ## files of a million lines through a stack of its own; takes some minutes
	@$(STACK) test -- cargo test $(EVERYTHING) --test service -- --ignored --nocapture --test-threads 1 soak

lint: $(CARGO_DENY) ## format, clippy, documentation, dependencies, template, OpenAPI
	cargo fmt --all --check
	cargo clippy $(EVERYTHING) --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc $(EVERYTHING) --no-deps
	$(CARGO_DENY) check bans licenses sources
	@$(STACK) install sam
	AWS_DEFAULT_REGION=ap-southeast-2 SAM_CLI_TELEMETRY=0 $(SAM_TOOLS)/sam validate --lint --template infra/template.yaml
	$(SAM_TOOLS)/cfn-lint infra/template.yaml
	$(SAM_TOOLS)/openapi-spec-validator infra/openapi.json

fmt: ## format the code
	cargo fmt --all

advisories: $(CARGO_DENY) ## known vulnerabilities among the dependencies (needs the network)
	$(CARGO_DENY) check advisories

model: ## train new versions of the models [TOPIC= DATA=folder of further sources EXTRA=records.csv]
	$(TRAINER) train $(if $(TOPIC),--topic "$(TOPIC)") $(if $(DATA),--data "$(DATA)") $(if $(EXTRA),--extra "$(EXTRA)")

evaluate: ## measure a shipped model: FILE=records.csv TOPIC=osca|anzsco [REPORT=folder for the whole report]
	@$(TRAINER) evaluate "$(FILE)" --topic "$(TOPIC)" $(if $(REPORT),--report "$(REPORT)")

folds: ## how well official titles are coded unseen: DATA=folder of further sources TOPIC=osca|anzsco
	@$(TRAINER) folds --topic "$(TOPIC)" --data "$(DATA)"

plots: ## draw the plots of the model card
	@$(TRAINER) plot

bench: $(FASTTEXT) ## speed and memory, and fastText beside the shipped model
	cargo bench $(BENCHMARKED) --bench classify --bench handle --bench chunk
	cargo build --profile bench $(BENCHMARKED) --bins
	$(PYTHON) tests/bench/process.py $(or $(CARGO_TARGET_DIR),target)/release/code-records models/layer
	$(FASTTEXT)/bin/python tests/bench/fasttext_rival.py --topic osca

openapi: ## write infra/openapi.json from the code
	UPDATE_OPENAPI=1 cargo test $(EVERYTHING) --lib the_published_document

deploy: ## deploy to AWS; asks its questions the first time [ARCHITECTURE=x86_64|arm64]
	@infra/deploy

clean: stop ## remove all that was built, installed or written for local use
	cargo clean
	rm -rf target .local

$(CARGO_DENY):
	cargo install cargo-deny --version $(CARGO_DENY_VERSION) --locked --debug --root $(TOOLS_DIR)/cargo-deny-$(CARGO_DENY_VERSION)

$(FASTTEXT): tests/bench/fasttext-requirements.txt
	$(PYTHON) -m venv --clear $@
	$@/bin/pip install --quiet --disable-pip-version-check -r $< || { rm -rf $@; exit 1; }
	@touch $@
