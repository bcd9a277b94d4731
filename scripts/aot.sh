#!/usr/bin/env bash
# Trains an AOT cache with the demo and puts it into the tree, where bin/gantryd finds it.
# A cache belongs to the very jars and JVM that it was trained with: `make build` drops it.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=$PWD/target/gantry/lib/gantry.aot record=$PWD/target/gantry.aotconf
rm -f "$cache" "$record"
GANTRY_JAVA_OPTS="-XX:AOTMode=record -XX:AOTConfiguration=$record" scripts/demo.sh --built >target/aot.log || { tail -n 30 target/aot.log; exit 1; }
# Apart from the demo, which does not wait for as long as this may take.
GANTRY_JAVA_OPTS="-XX:AOTMode=create -XX:AOTConfiguration=$record -XX:AOTCache=$cache.new" target/gantry/bin/gantryd >>target/aot.log 2>&1 || { tail -n 30 target/aot.log; exit 1; }
[[ -s $cache.new ]] || { echo "aot: the JVM wrote no cache, see target/aot.log" >&2; exit 1; }
mv "$cache.new" "$cache"
rm -f "$record"
echo "$cache: $(du -h "$cache" | cut -f1)"
