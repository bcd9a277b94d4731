#!/usr/bin/env bash
# Builds youki with wasmtime in it, an OCI runtime for Linux and WebAssembly containers, into $GANTRY_CACHE/youki.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 0 ]] || usage "(no arguments; output: \$GANTRY_CACHE/youki/youki)"

version=0.7.0
out=$GANTRY_CACHE/youki
mkdir -p "$out"
exec 9>"$out/.lock" && flock 9
if up_to_date "$out/.stamp" "$version" && [[ -x $out/youki ]]; then
	exit 0
fi
command -v cargo >/dev/null || {
	echo "${0##*/}: no cargo (expected: Rust 1.85 or later, with the registry of its crates)" >&2
	exit 3
}
rm -f "$out/.stamp"
echo "building youki $version with wasmtime (12 minutes on two cores)"
CARGO_TARGET_DIR=$out/target nice -n 19 cargo install --quiet youki --version "$version" --locked --root "$out/install" \
	--no-default-features --features v1,v2,seccomp,wasm-wasmtime
mv "$out/install/bin/youki" "$out/youki"
rm -rf "$out/install" "$out/target"
echo "$version" >"$out/.stamp"
echo "$out: youki"
