#!/usr/bin/env bash
# make test-all: the gate, the slow tests, critest with runc as well, the virtual machine; the results become a table
# in docs/results/, to be committed. The fuzzer gets FUZZ_SECONDS (600; a release an hour: 3600).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

need_root
mkdir -p docs/results target/results
rows=target/results/rows ended=0
: >"$rows"

run() { # run NAME COMMAND...
  local name=$1 since=$SECONDS code=0 counts log
  shift
  log=target/results/${name// /-}.log
  echo "== $name"
  "$@" 2>&1 | tee "$log" || code=${PIPESTATUS[0]}
  counts=$(grep -E '^[0-9]+ passed, [0-9]+ failed|^critest [^:]*: ran |^no finding in Tests run: .*Skipped: [0-9]+$' "$log" | tail -n 1 | sed 's/^\[[A-Z]*\] //' || true)
  [[ $code -eq 0 ]] || ended=1
  echo "| $name | ${counts:-} | $([[ $code -eq 0 ]] && echo passed || echo FAILED) | $((SECONDS - since)) s |" >>"$rows"
}

run "gate" scripts/gate.sh
run "slow tests" scripts/tests.sh slow
run "contract" scripts/contract.sh --built
run "critest with runc" scripts/critest.sh --built --handler runc
scripts/packages.sh runc && src/test/conformance/build-runc.sh
run "critest with runc 1.5" scripts/critest.sh --built --handler runc --runtime-binary "$RUNC"
run "critest with containerd's shim" scripts/critest.sh --built --shim
run "critest with gVisor by its shim" scripts/critest.sh --built --gvisor
run "critest with gVisor by conmon" scripts/critest.sh --built --gvisor-oci
if [[ $(readlink /proc/self/ns/pid) == "pid:[4026531836]" ]]; then run "critest with youki" scripts/critest.sh --built --youki; fi # on cgroups v1 it wants the host's own
run "fuzzer of the streaming decoders" env FUZZ_SECONDS="${FUZZ_SECONDS:-600}" scripts/fuzz.sh
if [[ $(uname -m) == x86_64 ]]; then run "virtual machine" scripts/vm/test.sh; fi

version() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || echo absent; }
out=docs/results/$(date -u +%Y-%m-%d).md
{
  echo "# Test results of $(date -u '+%Y-%m-%d %H:%M') UTC"
  echo
  echo "Host: $(nproc) cores, $(awk '/MemTotal/ { printf "%d MiB", $2 / 1024 }' /proc/meminfo), Linux $(uname -r | cut -d- -f1), $(. /etc/os-release && echo "$PRETTY_NAME"), cgroup $([[ -f /sys/fs/cgroup/cgroup.controllers ]] && echo v2 || echo v1)."
  echo "Commit: $(git rev-parse --short HEAD 2>/dev/null || echo none)."
  echo
  echo "Versions: crun $(version crun), runc $(version runc), conmon $(version conmon), CNI plugins $(version containernetworking-plugins), catatonit $(version catatonit), JDK $("$(scripts/find-jdk.sh)/bin/java" -version 2>&1 | sed -n 's/.*(build \(.*\))/\1/p' | head -n 1)."
  echo
  echo "| what | counts | result | took |"
  echo "|---|---|---|---|"
  cat "$rows"
} >"$out"
echo "written: $out"
exit "$ended"
