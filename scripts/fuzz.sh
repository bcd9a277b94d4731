#!/usr/bin/env bash
# make fuzz: looks for bytes that the decoders of the streaming server do not bear, for FUZZ_SECONDS
# (60) seconds on one core. What it learns is kept in .cifuzz-corpus; an input that fails is written
# beside the seeds in src/test/resources, where every build runs it from then on.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-60}
inputs=src/test/resources/io/gantry/streaming/DecodersFuzzInputs/whateverAClientSends
mkdir -p target/fuzz
before=$(ls "$inputs")
code=0
JAZZER_FUZZ=1 JAZZER_MAX_DURATION=${seconds}s JAZZER_INSTRUMENT='io.gantry.streaming.*' \
  ./mvnw -B -ntp test-compile surefire:test -Dtest=DecodersFuzz -Dtests.exclude= \
  -Dtests.jvm='-XX:+EnableDynamicAgentLoading -Xshare:off --sun-misc-unsafe-memory-access=allow' \
  >target/fuzz/log 2>&1 || code=$?
report=target/surefire-reports/io.gantry.streaming.DecodersFuzz-output.txt
grep -hE '^#[0-9]+.*DONE|^Done|^== Java Exception|^SUMMARY' "$report" target/fuzz/log 2>/dev/null | tail -n 3 || true
if [[ $code -ne 0 ]]; then
  comm -13 <(echo "$before") <(ls "$inputs") | sed "s|^|found: $inputs/|"
  tail -n 40 target/fuzz/log
  exit "$code"
fi
echo "no finding in $seconds s"
