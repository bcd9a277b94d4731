# shellcheck shell=bash
# Shared by the scripts of this folder; sourced, never run.

# The runc that src/test/conformance/build-runc.sh builds.
RUNC=${GANTRY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gantry}/runc/runc
# The shim that src/test/conformance/build-peers.sh builds.
CACHE=${GANTRY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gantry}
SHIM=$CACHE/peers/containerd-shim-runc-v2

die() { echo "${0##*/}: $*" >&2; exit 1; }

need_root() { [[ $(id -u) -eq 0 ]] || die "needs root (it makes namespaces, mounts and a bridge)"; }

answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port=$((30000 + RANDOM % 10000))
  while answers "$port"; do port=$((port + 1)); done
  echo "$port"
}

# free_subnet: the first of ours that no route of this host touches.
free_subnet() {
  local third
  for third in $(seq 240 254); do
    if ! ip -4 route show | grep -q "^10\.$third\."; then echo "10.$third.0.0/16"; return; fi
  done
  die "no free subnet from 10.240.0.0/16 to 10.254.0.0/16"
}

# The paths of sockets below DIR must fit into 108 bytes, and overlayfs does not stack on overlayfs.
private_dir() { # private_dir WISHED -> prints the folder to use
  local wished=$1
  rm -rf "$wished"
  mkdir -p "$wished"
  if [[ ${#wished} -gt 60 ]]; then mktemp -d /tmp/gantry.XXXXXX; else echo "$wished"; fi
}

tmpfs_if_needed() { # tmpfs_if_needed DIR
  [[ $(stat -f -c %T "$1") != overlayfs ]] || mount -t tmpfs -o mode=755 gantry "$1"
}

# Takes away the cgroups that are not in SNAPSHOT, carry a name of ours and are empty.
drop_new_cgroups() { # drop_new_cgroups SNAPSHOT
  find /sys/fs/cgroup -mindepth 1 -depth -type d -printf 'cgroup %p\n' | grep -E 'gantry|/(crun-|runc-)?[0-9a-f]{64}' |
    while read -r line; do
      grep -qxF "$line" "$1" || rmdir "${line#cgroup }" 2>/dev/null || true
    done
}

# The portmap plugin keeps its chains for host ports for ever; here they go with the last test, but for
# those that SNAPSHOT has. drop_hostport_chains SNAPSHOT
drop_hostport_chains() {
  local tool rule chain
  for tool in iptables ip6tables; do
    if ! command -v "$tool-save" >/dev/null || grep -q "^$tool nat :CNI-HOSTPORT-DNAT" "$1"; then continue; fi
    "$tool-save" -t nat 2>/dev/null | grep -E '^-A (PREROUTING|OUTPUT|POSTROUTING) .*-j CNI-HOSTPORT-' | sed 's/^-A/-D/' |
      while read -r rule; do eval "$tool -t nat $rule"; done || true
    for chain in CNI-HOSTPORT-DNAT CNI-HOSTPORT-MASQ CNI-HOSTPORT-SETMARK; do
      "$tool" -t nat -F "$chain" 2>/dev/null || true
      "$tool" -t nat -X "$chain" 2>/dev/null || true
    done
  done
}

# Takes away what we made around a daemon ourselves, and what is no leak of its: the bridge, which its
# plugin never removes, and the empty parent of its cgroups. tidy DIR NAME SNAPSHOT
tidy() {
  src/test/conformance/registry.sh stop "$1/registry" || true
  if ip link show "$2" >/dev/null 2>&1; then ip link delete "$2"; fi
  drop_hostport_chains "$3"
  find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name gantry -exec rmdir {} + 2>/dev/null || true
  mkdir -p target/logs
  cp "$1/gantryd.log" "target/logs/gantryd-${2#gantry-}.log" 2>/dev/null || true
}

# What a run that broke off, or that leaked, has left. salvage DIR NAME SNAPSHOT
salvage() {
  scripts/sweep.sh "$1" "$2" || true
  tidy "$1" "$2" "$3"
  drop_new_cgroups "$3"
}

# gVisor's shim wants an OOM score of -999, which takes CAP_SYS_RESOURCE (24); without, the one that leaves it at 0.
gvisor_shim() {
  local set
  set=$(awk '/^CapEff:/ { print $2 }' /proc/self/status)
  if ((0x$set >> 24 & 1)); then echo "$CACHE/gvisor/containerd-shim-runsc-v1"; else echo "$CACHE/gvisor/unprivileged/containerd-shim-runsc-v1"; fi
}

# unmasquerade NAME: what the bridge plugin leaves of gVisor's pods in the network NAME. On DEL it asks the interface for
# the addresses whose masquerading is to go, and gVisor has taken them off it.
unmasquerade() {
  local rules chains
  rules=$(iptables-save -t nat 2>/dev/null | grep -F "name: \\\"$1\\\"" | grep '^-A POSTROUTING ') || return 0
  chains=$(sed 's/.* -j //' <<<"$rules")
  { echo '*nat'; sed 's/^-A/-D/' <<<"$rules"; sed 's/^/-F /' <<<"$chains"; sed 's/^/-X /' <<<"$chains"; echo COMMIT; } | iptables-restore --noflush
}

# tear_down ENDED DIR NAME SNAPSHOT: looks for leaks before it clears anything that a daemon should
# have cleared, then removes the folder if it is not in target/. Gives ENDED, or 1 if something leaked.
tear_down() {
  local ended=$1
  tidy "$2" "$3" "$4"
  if [[ $ended -eq 0 ]]; then scripts/leak-check.sh compare "$4" || ended=1; fi
  [[ $ended -eq 0 ]] || salvage "$2" "$3" "$4"
  if mountpoint -q "$2"; then umount -l "$2"; fi # the tmpfs of tmpfs_if_needed
  [[ $2 == "$PWD"/* ]] || rm -rf "$2"
  return "$ended"
}
