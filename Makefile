# What a person types; CI types the same.

.DEFAULT_GOAL := help
.PHONY: help demo test lint generate release-crds bench need-cargo need-control-plane

LAB := "$${CARGO_TARGET_DIR:-target}/debug/lab"

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: need-cargo need-control-plane ## the operator at work on this machine, without an AWS account (KEEP=1 leaves it running)
	@cargo build --workspace --bins
	@$(LAB) demo $(if $(KEEP),--keep)

test: lint need-control-plane ## everything that CI checks
	@# Lines that begin with SKIPPED say which checks need Python: python3 -m pip install -r tests/lab/tests/python/requirements.txt
	@# The runner's closing lines, one per test binary, are what a reader looks for: they stay.
	cargo test --workspace

lint: need-cargo ## formatting, clippy, and what our dependencies may be
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then \
		echo cargo deny check bans licenses sources; cargo deny check bans licenses sources; \
	else \
		echo "cargo-deny is not installed: bans, licenses and sources are not checked (cargo install cargo-deny)"; \
	fi

generate: need-cargo ## what is made from the code: crds/, the chart's copy of it, deploy/, pages in docs/
	cargo build --quiet --workspace --bins
	@# Of the whole workspace, as the tests build it, so that dependencies are built once.
	"$${CARGO_TARGET_DIR:-target}/debug/agentcore-gateway-operator" crds --out-dir crds
	UPDATE_GOLDENS=1 cargo test --quiet --workspace --test packaging -- generated goldens the_page_is_what
	UPDATE_GOLDENS=1 cargo test --quiet --workspace --test docs fresh
	UPDATE_GOLDENS=1 cargo test --quiet --workspace --test crds page

release-crds: ## the CRDs of this version, kept as released: the next versions may only add to them
	@version=$$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1); directory=tests/packaging/released/$$version; \
	mkdir -p $$directory && rm -f $$directory/*.yaml && cp crds/*.yaml $$directory/ && echo "the CRDs of $$version are in $$directory"

bench: need-cargo need-control-plane ## the operator's figures on this machine: counts, memory, times (release build)
	cargo build --release --bin agentcore-gateway-operator
	@cargo build --package lab
	@$(LAB) bench --operator "$${CARGO_TARGET_DIR:-target}/release/agentcore-gateway-operator"

need-cargo:
	@command -v cargo >/dev/null || { \
		echo "cargo is not installed. Get Rust from https://rustup.rs; rust-toolchain.toml picks the version."; exit 1; }

# The lab builds a Kubernetes control plane once, with Go, unless it is there or KUBEBUILDER_ASSETS names one.
need-control-plane:
	@command -v go >/dev/null || [ -n "$(KUBEBUILDER_ASSETS)" ] || \
		ls "$${XDG_CACHE_HOME:-$$HOME/.cache}"/agentcore-lab/control-plane-*/bin/kube-apiserver >/dev/null 2>&1 || { \
		echo "The tests and the demo run a real Kubernetes control plane, which is built once and needs Go (https://go.dev/dl)."; \
		echo "Or set KUBEBUILDER_ASSETS to a directory with kube-apiserver, kube-controller-manager, kubectl and etcd."; exit 1; }
