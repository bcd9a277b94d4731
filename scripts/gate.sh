#!/usr/bin/env bash
# make test: every stage in turn, one line each. The full output of a stage is in target/logs/;
# the first that fails shows its last lines and ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

logs=target/logs
total=13 number=0 passed=0 failed=0
began=$SECONDS
need_root
rm -rf "$logs" target/surefire-reports
mkdir -p "$logs"

ended() {
  printf '%d passed, %d failed\n' "$passed" "$failed"
  exit $((failed > 0))
}

# stage NAME COUNTER COMMAND...: runs it, counts with COUNTER its log, says how it went.
stage() {
  local name=$1 counter=$2 log code=0 since=$SECONDS result
  shift 2
  number=$((number + 1))
  log=$logs/$(printf '%02d' "$number")-${name//[ ,]/-}.log
  printf '[%2d/%d] %-22s ' "$number" "$total" "$name"
  "$@" >"$log" 2>&1 </dev/null || code=$?
  ok=0 bad=0 note=
  "$counter" "$log"
  if [[ -d target/surefire-reports ]]; then mv target/surefire-reports "${log%.log}-reports"; fi
  if [[ $code -ne 0 && $bad -eq 0 ]]; then bad=1; fi
  passed=$((passed + ok)) failed=$((failed + bad))
  result="$ok passed${note:+, $note}"
  [[ $counter != none ]] || result=ok
  [[ $bad -eq 0 ]] || result="$bad FAILED, $ok passed${note:+, $note}"
  printf '%s in %d s\n' "$result" $((SECONDS - since))
  if [[ $bad -gt 0 ]]; then
    echo "--- the end of $log"
    tail -n 60 "$log" | cut -c1-500
    ended
  fi
}

# Counters set ok, bad and note from a log.
none() { :; }

maven_tests() {
  local line run errors failures skipped
  line=$(grep -E 'Tests run: [0-9]+, Failures: [0-9]+, Errors: [0-9]+, Skipped: [0-9]+' "$1" | grep -v 'Time elapsed' | tail -n 1 || true)
  read -r run failures errors skipped < <(tr -cs '0-9\n' ' ' <<<"${line##*Tests run}") || true
  run=${run:-0}
  bad=$((${failures:-0} + ${errors:-0}))
  ok=$((run - bad - ${skipped:-0}))
  if [[ ${skipped:-0} -gt 0 ]]; then note="$skipped skipped"; fi
  if [[ $run -eq 0 ]]; then echo "no test ran" >>"$1"; bad=1; fi
}

# A spec that fails as the list says is the to-do of another day, not a failure of this run.
critest_specs() {
  local line
  line=$(grep -E '^critest [^:]*: ran ' "$1" | tail -n 1 || true)
  ok=$(sed -n 's/.*passed \([0-9]*\).*/\1/p' <<<"$line")
  note=$(sed -n 's/.*(expected \([0-9]*\)), skipped \([0-9]*\).*/\1 known to fail, \2 skipped/p' <<<"$line")
  ok=${ok:-0}
  bad=$(grep -cE '^(FAILED, not listed|PASSED, but listed|LISTED as an|SUITE FAILED)' "$1" || true)
}

# Debian 12's runtimes do not id-map mounts; the specs of pods with users of their own run with a newer runc.
users() {
  scripts/packages.sh runc && src/test/conformance/build-runc.sh || return 1
  scripts/critest.sh --built --handler runc --runtime-binary "$RUNC" -- --focus UserNamespaces
}

one() { if grep -q 'nothing is left behind' "$1"; then ok=1; fi; }

# errexit is off in what runs under `stage`: every line here says itself what a failure means.
compile() {
  ./mvnw -B -ntp test-compile || return 1
  # The compiler's own warnings are errors already; this is for what Maven and its plugins say.
  if grep -E '^\[WARNING\]|^warning:' "$logs"/*compile.log; then return 1; fi
}

packages() {
  scripts/packages.sh demo critest && scripts/find-jdk.sh && scripts/leak-check.sh snapshot target/gate.before
}

descriptors() {
  src/test/conformance/build-descriptors.sh target/cri-descriptors.binpb && scripts/tests.sh go
}

# The portmap plugin keeps its shared chains for the next pod; the tests of CNI are such pods.
leaks() {
  drop_hostport_chains target/gate.before
  scripts/leak-check.sh compare target/gate.before
}

# Signs of trouble that fail no test: an event loop that was blocked, a buffer that leaked, a warning of the JVM.
quiet() {
  local signs='has been blocked for|Thread blocked|^LEAK: |\] LEAK: |Exception in thread|^WARNING: |Unhandled exception'
  # JUnit says so of each link that it deletes, and layers are full of links.
  local harmless='Deleting symbolic link from location inside of temp dir'
  if grep -rnE --include='*.log' --include='*-output.txt' "$signs" "$logs" |
    grep -v -e "/$(printf '%02d' "$number")-" -e "$harmless" | cut -c1-300; then
    return 1
  fi
}

stage "packages" none packages
stage "format and compile" none compile
stage "unit tests" maven_tests scripts/tests.sh unit
stage "CRI descriptors" maven_tests descriptors
stage "build tree" none scripts/build.sh
stage "AOT cache" none scripts/aot.sh
stage "demo" one scripts/demo.sh --built
stage "integration tests" maven_tests scripts/tests.sh it
stage "critest with crun" critest_specs scripts/critest.sh --built
stage "critest of users" critest_specs users
stage "critest, WebSocket" critest_specs scripts/critest.sh --built --websocket
stage "nothing left behind" none leaks
stage "quiet logs" none quiet
echo "all in $(((SECONDS - began) / 60)) min $(((SECONDS - began) % 60)) s"
ended
