# What a person types; CI types the same.

.DEFAULT_GOAL := help
.PHONY: help demo test lint generate release-crds bench image chart need-cargo need-control-plane

# Absolute: every test binary runs in the directory of its own package.
USAGE := $(abspath $(or $(CARGO_TARGET_DIR),target))/usage

LAB := "$${CARGO_TARGET_DIR:-target}/debug/lab"
OPERATOR := "$${CARGO_TARGET_DIR:-target}/debug/agentcore-gateway-operator"

# Where `make chart` leaves what it made.
CHART := target/chart

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: need-cargo need-control-plane ## the operator at work on this machine, without an AWS account (KEEP=1 leaves it running)
	@cargo build --workspace --bins
	@$(LAB) demo $(if $(KEEP),--keep)

test: lint need-control-plane ## everything that CI checks
	@# Lines that begin with SKIPPED say which checks need Python: python3 -m pip install -r tests/lab/tests/python/requirements.txt
	@# The runner's closing lines, one per test binary, are what a reader looks for: they stay.
	@# Every world notes what its operator uses of its rights; what is granted and not used fails, and what is used and not granted.
	@rm -rf "$(USAGE)"
	AGENTCORE_LAB_USAGE="$(USAGE)" cargo test --workspace
	@$(LAB) usage --directory "$(USAGE)"

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
	$(OPERATOR) crds --out-dir crds
	UPDATE_GOLDENS=1 cargo test --quiet --workspace --test packaging -- generated goldens the_page_is_what
	@# After the manifests that it reads.
	UPDATE_GOLDENS=1 cargo test --quiet --workspace --test packaging -- rights::
	UPDATE_GOLDENS=1 cargo test --quiet --workspace --test docs fresh
	UPDATE_GOLDENS=1 cargo test --quiet --workspace --test crds page

release-crds: ## the CRDs of this version, kept as released: the next versions may only add to them
	@version=$$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1); directory=tests/packaging/released/$$version; \
	mkdir -p $$directory && rm -f $$directory/*.yaml && cp crds/*.yaml $$directory/ && echo "the CRDs of $$version are in $$directory"

bench: need-cargo need-control-plane ## the operator's figures on this machine: counts, memory, times (release build)
	cargo build --release --bin agentcore-gateway-operator
	@cargo build --workspace --bin lab
	@$(LAB) bench --operator "$${CARGO_TARGET_DIR:-target}/release/agentcore-gateway-operator"

image: need-cargo need-control-plane ## the container image: built, pulled back from a registry, tried, and built again to compare (ONCE=1: not again; PUSH=REFERENCE)
	@cargo build --workspace --bin lab
	@# What else it needs, Zig among it, it installs where it keeps the control plane; Python 3 must be there.
	@$(LAB) image $(if $(ONCE),--once) $(if $(PUSH),--push $(PUSH))

chart: need-cargo ## the chart as a package, and all CRDs in one file, in target/chart (PUSH=oci://REGISTRY/charts)
	@cargo build --workspace --bins
	@mkdir -p "$(CHART)" && rm -f "$(CHART)"/*.tgz
	@$(OPERATOR) crds > "$(CHART)/crds.yaml" && echo "$(CHART)/crds.yaml"
	@# The helm that the tests hold the chart against. A registry on this machine has no certificate.
	@helm=$$($(LAB) tool helm) && "$$helm" package charts/agentcore-gateway-operator --destination "$(CHART)" && \
	if [ -n "$(PUSH)" ]; then \
		"$$helm" push "$(CHART)"/*.tgz "$(PUSH)" $(if $(filter oci://localhost% oci://127.0.0.1%,$(PUSH)),--plain-http); \
	fi

need-cargo:
	@command -v cargo >/dev/null || { \
		echo "cargo is not installed. Get Rust from https://rustup.rs; rust-toolchain.toml picks the version."; exit 1; }

# The lab builds a Kubernetes control plane once, with Go, unless it is there or KUBEBUILDER_ASSETS names one.
need-control-plane:
	@command -v go >/dev/null || [ -n "$(KUBEBUILDER_ASSETS)" ] || \
		ls "$${XDG_CACHE_HOME:-$$HOME/.cache}"/agentcore-lab/control-plane-*/bin/kube-apiserver >/dev/null 2>&1 || { \
		echo "The tests and the demo run a real Kubernetes control plane, which is built once and needs Go (https://go.dev/dl)."; \
		echo "Or set KUBEBUILDER_ASSETS to a directory with kube-apiserver, kube-controller-manager, kubectl and etcd."; exit 1; }
