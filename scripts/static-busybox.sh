#!/usr/bin/env bash
# Prints the path of a statically linked busybox: the host's, or the one of Debian's busybox-static,
# unpacked into target/ where the host has the other package.
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(command -v busybox || true)
if [[ -n $host ]] && { ldd "$host" 2>&1 || true; } | grep -qE 'not a dynamic executable|statically linked'; then echo "$host"; exit 0; fi

out=$PWD/target/busybox-static
# Debian 12 has it in bin/, Debian 13 in usr/bin/.
find_it() { find "$out" -path '*bin/busybox' -type f 2>/dev/null | head -n 1; }
if [[ -z $(find_it) ]]; then
  mkdir -p "$out"
  download() { (cd "$out" && apt-get -q -o APT::Sandbox::User=root download busybox-static >&2); }
  download || { apt-get -q update >&2 && download; }
  dpkg-deb -x "$out"/busybox-static_*.deb "$out"
fi
find_it
