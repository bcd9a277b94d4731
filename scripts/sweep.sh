#!/usr/bin/env bash
# Clears up after a run that broke off: sweep.sh DIR NAME
# Ends the processes that were started for DIR and their children, unmounts what is mounted below it,
# takes away the bridge and the iptables chains of the network NAME. A run that ended well leaves it nothing to do.
set -euo pipefail
[[ $# -eq 2 ]] || { echo "usage: sweep.sh DIR NAME" >&2; exit 2; }
dir=$(realpath -m "$1") name=$2
cd "$(dirname "$0")/.."
[[ ${#dir} -gt 4 ]] || { echo "sweep: $dir is no private folder" >&2; exit 2; }

children() { # pids below PID, the deepest first
  local child
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
    children "$child"
    echo "$child"
  done
}

# Only these programs are ever ended, and only where DIR is among their arguments.
ours() {
  local proc comm
  for proc in /proc/[0-9]*; do
    comm=$(cat "$proc/comm" 2>/dev/null) || continue
    [[ $comm =~ ^(conmon|crun|runc.*|java|docker-registry|catatonit)$ ]] || continue
    if tr '\0' '\n' <"$proc/cmdline" 2>/dev/null | grep -qF "$dir/"; then echo "${proc#/proc/}"; fi
  done
}

found=$(ours)
for pid in $found; do
  [[ $pid -ne $$ && $pid -ne $PPID ]] || continue
  kill -9 $(children "$pid") "$pid" 2>/dev/null || true
done
[[ -z $found ]] || sleep 0.3

awk -v dir="$dir/" 'index($5, dir) == 1 { print $5 }' /proc/self/mountinfo | LC_ALL=C sort -r |
  while read -r mount; do umount -l "$(printf '%b' "$mount")" 2>/dev/null || true; done

src/test/conformance/cni.sh clean "$name" "$name"
