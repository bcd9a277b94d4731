#!/usr/bin/env bash
# Trains an AOT cache with the demo and puts it into the tree, where bin/gantryd finds it; then one for bin/gantry,
# which asks a daemon that has one container.
# Without profiles: only the optimizing compiler would use them, and the daemon runs without it (decision 0029).
# A cache belongs to the very jars and JVM that it was trained with: `make build` drops it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
recording="-XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining -XX:AOTMode=record"
cache=$PWD/target/gantry/lib/gantry.aot record=$PWD/target/gantry.aotconf
rm -f "$cache" "$record"
GANTRY_JAVA_OPTS="$recording -XX:AOTConfiguration=$record" scripts/demo.sh --built >target/aot.log || { tail -n 30 target/aot.log; exit 1; }
# Apart from the demo, which does not wait for as long as this may take.
GANTRY_JAVA_OPTS="-XX:AOTMode=create -XX:AOTConfiguration=$record -XX:AOTCache=$cache.new" target/gantry/bin/gantryd >>target/aot.log 2>&1 || { tail -n 30 target/aot.log; exit 1; }
[[ -s $cache.new ]] || { echo "aot: the JVM wrote no cache, see target/aot.log" >&2; exit 1; }
mv "$cache.new" "$cache"
rm -f "$record"
echo "$cache: $(du -h "$cache" | cut -f1)"

# The command: a list and a table are most of what it ever loads, and a table has rows only if something runs.
cache=$PWD/target/gantry/lib/gantry-cli.aot record=$PWD/target/gantry-cli.aotconf
rm -f "$cache" "$record"
dir=$(private_dir "$PWD/target/aot")
tmpfs_if_needed "$dir"
export GANTRY_API_SOCKET=$dir/api.sock
gantry=$PWD/target/gantry/bin/gantry
target/gantry/bin/gantryd --set root="$dir/root" --set run="$dir/run" --set cri.socket="$dir/cri.sock" --set api.socket="$GANTRY_API_SOCKET" \
  --set metrics.listen= --set streaming.listen= --set cni.conf-dir="$dir/cni" >>target/aot.log 2>&1 &
daemon=$!
finish() {
  "$gantry" rm --pod training >>target/aot.log 2>&1 || true
  kill "$daemon" 2>/dev/null || true
  wait "$daemon" 2>/dev/null || true
  if mountpoint -q "$dir"; then umount "$dir"; fi
  rm -rf "$dir"
}
trap finish EXIT
for _ in $(seq 300); do [[ ! -S $dir/api.sock ]] || break; sleep 0.1; done
image=$dir/image layer=$dir/image/layer.tar
mkdir -p "$image/root/bin"
cp "$(scripts/static-busybox.sh)" "$image/root/bin/busybox"
tar -C "$image/root" -cf "$layer" .
printf '{"os": "linux", "architecture": "%s", "rootfs": {"type": "layers", "diff_ids": ["sha256:%s"]}}' \
  "$(dpkg --print-architecture)" "$(sha256sum "$layer" | cut -d' ' -f1)" >"$image/config.json"
printf '[{"Config": "config.json", "RepoTags": ["registry.example/training:1"], "Layers": ["layer.tar"]}]' >"$image/manifest.json"
{
  tar -C "$image" -cf - manifest.json config.json layer.tar | "$gantry" import -
  "$gantry" run -d --host-network --name training registry.example/training:1 /bin/busybox sleep 600
} >>target/aot.log || { tail -n 30 target/aot.log; exit 1; }
GANTRY_JAVA_OPTS="$recording -XX:AOTConfiguration=$record" "$gantry" ps >>target/aot.log
GANTRY_JAVA_OPTS="-XX:AOTMode=create -XX:AOTConfiguration=$record -XX:AOTCache=$cache.new" "$gantry" ps >>target/aot.log 2>&1
[[ -s $cache.new ]] || { echo "aot: the JVM wrote no cache for the command, see target/aot.log" >&2; exit 1; }
mv "$cache.new" "$cache"
rm -f "$record"
echo "$cache: $(du -h "$cache" | cut -f1)"
