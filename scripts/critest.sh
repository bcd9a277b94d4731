#!/usr/bin/env bash
# make critest: a daemon on a private root, the fixture images on a registry of 127.0.0.1, and
# critest against it, compared with the list of specs that do not pass yet.
# --websocket: the streaming specs alone, over WebSocket in place of SPDY.
# --shim: by containerd's own shim and runc, in place of conmon and a runtime.
# --gvisor (by its shim), --gvisor-oci (by conmon and its command line), --youki: by these, with their own lists of specs that do not pass (expected-failures-NAME.txt).
# critest.sh [--built] [--handler crun|runc] [--runtime-binary PATH] [--shim|--gvisor|--gvisor-oci|--youki] [--websocket] [-- FLAGS OF src/test/conformance/critest.sh]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

built='' handler=crun binary='' shim='' websocket='' own=''
while (($#)); do
  case $1 in
  --built) built=yes ;;
  --handler) handler=$2; shift ;;
  --runtime-binary) binary=$(realpath "$2"); shift ;;
  --shim) shim=yes handler=shim ;;
  --gvisor | --gvisor-oci | --youki) handler=${1#--} own=yes ;;
  --websocket) websocket=yes ;;
  --) shift; break ;;
  *) die "argument: $1 (expected: --built, --handler NAME, --runtime-binary PATH, --shim, --gvisor, --gvisor-oci, --youki, --websocket or --)" ;;
  esac
  shift
done

out=target/logs/critest-$handler${binary:+-$(basename "$(dirname "$binary")")}
if [[ -n $websocket ]]; then
  out=target/logs/critest-websocket
  set -- --focus 'Streaming' "$@" -- -websocket-exec -websocket-attach -websocket-portforward
fi

need_root
scripts/packages.sh demo critest
conformance=src/test/conformance
"$conformance/build-tools.sh"    # exits 3 and says how to get Go 1.26 when there is none
"$conformance/build-fixtures.sh"
[[ -z $shim ]] || "$conformance/build-peers.sh"
[[ -z $own ]] || "$conformance/build-${handler%-oci}.sh"
[[ -z $own ]] || set -- --expected "$conformance/expected-failures-$handler.txt" "$@"
[[ -n $built ]] || scripts/build.sh

name=gantry-critest
scripts/sweep.sh "$PWD/target/critest" "$name"
dir=$(private_dir "$PWD/target/critest")
before=target/critest.before
tmpfs_if_needed "$dir"
daemon=

finish() {
  trap - EXIT INT TERM
  if [[ $1 -ne 0 && -n $daemon ]]; then kill -9 "$daemon" 2>/dev/null || true; fi
  for kept in "$dir"/runsc/k8s.io/null-netns "$dir"/run/runtimes/*/state/null-netns; do # runsc keeps it for ever
    ! mountpoint -q "$kept" || umount "$kept"
  done
  [[ $handler != gvisor* ]] || unmasquerade "$name"
  tear_down "$1" "$dir" "$name" "$before" || exit 1
}
trap 'finish 1' EXIT INT TERM

"$conformance/host-prereqs.sh"
scripts/leak-check.sh snapshot "$before"
scripts/private-root.sh "$dir" "$name" "$(free_subnet)" "$(free_port)"
sed -i "s/^  default: .*/  default: $handler/" "$dir/gantry.yaml"
[[ -z $binary ]] || sed -i "s|^  default: .*|&\n  $handler: {binary: $binary}|" "$dir/gantry.yaml"
[[ -z $shim ]] || sed -i "s|^  default: .*|&\n  shim: {driver: shim, binary: $SHIM, options: BinaryName=$(command -v runc)}|" "$dir/gantry.yaml"
case $own$handler in
yesyouki) sed -i "s|^  default: .*|&\n  youki: {binary: $CACHE/youki/youki}|" "$dir/gantry.yaml" ;;
yesgvisor-oci)
  options='--platform=systrap, --oci-seccomp=true, --allow-suid=true'
  sed -i "s|^  default: .*|&\n  gvisor-oci: {binary: $CACHE/gvisor/runsc, options: [$options]}|" "$dir/gantry.yaml"
  ;;
yesgvisor)
  cat >"$dir/runsc.toml" <<END
binary_name = "$CACHE/gvisor/runsc"
root = "$dir/runsc"
[runsc_config]
  platform = "systrap"
  oci-seccomp = "true"
  allow-suid = "true"
END
  sed -i "s|^  default: .*|&\n  gvisor: {driver: shim, binary: $(gvisor_shim), options: ConfigPath=$dir/runsc.toml}|" "$dir/gantry.yaml"
  ;;
esac
port=$("$conformance/registry.sh" start "$dir/registry")
"$conformance/push-fixtures.sh" "$port"
"$conformance/write-hosts.sh" "$dir/certs.d" "$port"

target/gantry/bin/gantryd --config "$dir/gantry.yaml" >"$dir/gantryd.log" 2>&1 </dev/null &
daemon=$!
for _ in $(seq 600); do
  [[ ! -S $dir/run/gantry.sock ]] || break
  kill -0 "$daemon" 2>/dev/null || { tail -n 20 "$dir/gantryd.log"; die "gantryd ended at once"; }
  sleep 0.1
done
[[ -S $dir/run/gantry.sock ]] || die "gantryd does not serve after 60 s, see target/logs/gantryd-critest.log"

ended=0
"$conformance/critest.sh" --socket "unix://$dir/run/gantry.sock" --out "$out" "$@" || ended=$?

# A spec that failed may not have cleared up behind itself: its pods go here, by the CRI.
crictl() { "${GANTRY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gantry}/bin/crictl" --timeout 60s --runtime-endpoint "unix://$dir/run/gantry.sock" "$@"; }
crictl rmp --all --force >"$dir/rmp.log" 2>&1 || { cat "$dir/rmp.log"; ended=1; }

kill "$daemon"
for _ in $(seq 150); do kill -0 "$daemon" 2>/dev/null || break; sleep 0.1; done
if kill -0 "$daemon" 2>/dev/null; then echo "gantryd still runs 15 s after SIGTERM"; ended=1; fi
finish "$ended"
