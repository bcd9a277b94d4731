#!/usr/bin/env bash
# Trains an AOT cache with the demo and puts it into the tree, where bin/gantryd finds it.
# A cache belongs to the very jars and JVM that it was trained with: `make build` drops it.
set -euo pipefail
cd "$(dirname "$0")/.."
cache=$PWD/target/gantry/lib/gantry.aot
rm -f "$cache"
GANTRY_JAVA_OPTS="-XX:AOTCacheOutput=$cache" scripts/demo.sh --built >target/aot.log || { tail -n 30 target/aot.log; exit 1; }
[[ -f $cache ]] || { echo "aot: the JVM wrote no cache, see target/aot.log" >&2; exit 1; }
echo "$cache: $(du -h "$cache" | cut -f1)"
