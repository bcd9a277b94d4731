#!/usr/bin/env bash
# Sets what critest needs of the host, says what it changed, and checks the
# rest. It only ever switches settings on; nothing is switched back.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 0 ]] || usage "(no arguments)"
[[ $(id -u) -eq 0 ]] || die "needs root"

problems=0
problem() { echo "problem: $*" >&2; problems=1; }

enable() { # enable KEY
	local file=/proc/sys/${1//./\/}
	if [[ ! -e $file ]]; then echo "absent: $1"; return; fi
	[[ $(<"$file") == 1 ]] && return
	if echo 1 >"$file" 2>/dev/null; then echo "changed: $1 0 -> 1"; else problem "cannot set $1"; fi
}

if [[ ! -e /proc/sys/net/bridge ]] && command -v modprobe >/dev/null && modprobe br_netfilter 2>/dev/null; then
	echo "changed: loaded br_netfilter"
fi
enable net.ipv4.ip_forward
enable net.ipv4.conf.all.route_localnet      # 127.0.0.1:hostPort reaches a pod
enable net.bridge.bridge-nf-call-iptables

if [[ ! $(ip -br link show lo) =~ UP ]]; then
	ip link set lo up && echo "changed: lo is up"
fi
for tool in ipcmk:util-linux iptables:iptables ip:iproute2; do
	command -v "${tool%%:*}" >/dev/null || problem "no ${tool%%:*} (Debian: ${tool##*:})"
done
[[ -x /usr/lib/cni/portmap ]] || problem "no CNI plugins (Debian: containernetworking-plugins)"
for port in 12000 12001 12002 12003; do
	if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then problem "port $port is in use; critest wants it"; fi
done
exit "$problems"
