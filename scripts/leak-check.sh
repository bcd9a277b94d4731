#!/usr/bin/env bash
# What a run left behind on the host: leak-check.sh snapshot FILE, later leak-check.sh compare FILE.
# Looks at mounts, namespaces, links, addresses, iptables, cgroups, processes and shared folders.
# compare prints what is new and exits 1 if anything is.
set -euo pipefail
[[ $# -eq 2 && $1 =~ ^(snapshot|compare)$ ]] || { echo "usage: leak-check.sh snapshot|compare FILE" >&2; exit 2; }

mounts() { awk '{ print "mount", $5 }' /proc/self/mountinfo; }

links() {
  command -v ip >/dev/null || return 0
  ip -o link show | awk -F': ' '{ sub(/@.*/, "", $2); print "link", $2 }'
  ip -o addr show | awk '{ print "address", $2, $4 }'
}

# Chains and rules without their counters. Reading them must not load the tables into the kernel.
firewall() {
  local tool table
  for tool in iptables ip6tables; do
    command -v "$tool-save" >/dev/null || continue
    for table in nat filter; do
      "$tool-save" -t "$table" 2>/dev/null |
        awk -v tool="$tool" -v table="$table" '/^:/ && $2 == "-" { print tool, table, $1 } /^-A/ { print tool, table, $0 }' || true
    done
  done
}

# systemd makes and removes units of its own at any time: those are not ours.
cgroups() {
  find /sys/fs/cgroup -mindepth 1 -type d -printf 'cgroup %p\n' 2>/dev/null |
    grep -Ev '\.(service|mount|socket|timer|swap)(/|$)|session-[^/]*\.scope|user-[0-9]+\.slice' || true
}

# Monitors, runtimes, registries and daemons, and whatever lives in other namespaces than we do.
processes() {
  local dir pid comm started
  exec 2>/dev/null # what ends while we look at it is none of our business
  for dir in /proc/[0-9]*; do
    pid=${dir#/proc/}
    comm=$(cat "$dir/comm" 2>/dev/null) || continue
    if [[ $comm =~ ^(conmon|crun|runc.*|catatonit|docker-registry|containerd.*)$ ]] ||
      tr '\0' ' ' 2>/dev/null <"$dir/cmdline" | grep -qF ' io.gantry.Main ' || elsewhere "$dir"; then
      started=$(sed 's/.*) //' "$dir/stat" 2>/dev/null | cut -d' ' -f20) || true
      [[ -n $started ]] || continue
      echo "process $comm pid $pid started $started"
    fi
  done
}

elsewhere() {
  local kind
  for kind in net mnt pid; do
    local theirs
    theirs=$(readlink "$1/ns/$kind" 2>/dev/null) || return 1
    [[ -n $theirs && $theirs != "$(readlink "/proc/self/ns/$kind")" ]] && return 0
  done
  return 1
}

files() {
  local place
  for place in /run/gantry /var/lib/gantry /etc/gantry /run/netns /run/crun /run/runc /var/lib/cni /etc/cni /dev/shm /dev/mqueue; do
    find "$place" -mindepth 1 -printf 'file %p\n' 2>/dev/null || true
  done
  find /tmp /run /var/tmp -maxdepth 1 \( -name '*gantry*' -o -name 'netty*' -o -name 'sqlite-*' -o -name 'libnetty*' -o -name 'conmon*' -o -name 'critest*' \) -printf 'file %p\n' 2>/dev/null || true
}

listing() { { mounts; links; firewall; cgroups; (processes); files; } | LC_ALL=C sort -u; }

if [[ $1 == snapshot ]]; then
  mkdir -p "$(dirname "$2")"
  listing >"$2"
  exit 0
fi
# The kernel takes a network namespace and its links away a moment after the last user has gone.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  left=$(LC_ALL=C comm -13 "$2" <(listing))
  [[ -n $left ]] || exit 0
  sleep 0.3
done
echo "left behind:"
sed 's/^/  /' <<<"$left"
exit 1
