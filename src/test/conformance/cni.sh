#!/usr/bin/env bash
# write: puts cni/10-gantry-test.conflist into DIR, with another network name,
#   bridge and subnet when given, so that two runtimes can be up side by side.
# clean: removes what a network left on the host: bridge, addresses, iptables
#   chains. For when every pod is gone.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
line="write DIR [NAME BRIDGE SUBNET] | clean [NAME BRIDGE]"
[[ $# -ge 1 ]] || usage "$line"
action=$1
shift

chains() { iptables -w -t nat -S | awk -v want="$1" '$1 == "-N" && $2 ~ want {print $2}'; }

drop_chain() { # drop_chain CHAIN: with the rules that jump to it, last first
	local parent number
	iptables -w -t nat -S |
		awk -v to="$1" '$1 == "-A" {n[$2]++; if ($0 ~ " -j " to "( |$)") print $2, n[$2]}' | sort -k2,2rn |
		while read -r parent number; do iptables -w -t nat -D "$parent" "$number"; done
	iptables -w -t nat -F "$1"
	iptables -w -t nat -X "$1"
}

case $action in
write)
	[[ $# -eq 1 || $# -eq 4 ]] || usage "$line"
	mkdir -p "$1"
	sed -e "s/gantry-test/${2:-gantry-test}/; s/gantry-t0/${3:-gantry-t0}/; s#10.231.0.0/16#${4:-10.231.0.0/16}#" \
		"$conformance_dir/cni/10-gantry-test.conflist" >"$1/10-${2:-gantry-test}.conflist"
	;;
clean)
	[[ $# -eq 0 || $# -eq 2 ]] || usage "$line"
	name=${1:-gantry-test} bridge=${2:-gantry-t0}
	if ip link show "$bridge" >/dev/null 2>&1; then ip link delete "$bridge"; fi
	rm -rf "/var/lib/cni/networks/$name" "/var/lib/cni/results/$name"-*
	# Chains of one pod: the rules that lead there have the network's name.
	rules=$(iptables -w -t nat -S)
	{ grep -F "name: \\\"$name\\\"" <<<"$rules" || true; } | sed -nE 's/.* -j (CNI-[A-Za-z0-9-]+).*/\1/p' | sort -u |
		while read -r chain; do
			case $chain in CNI-HOSTPORT-*) ;; *) drop_chain "$chain" ;; esac
		done
	# The portmap plugin's fixed chains go when no pod of anyone uses them.
	if [[ -z $(chains '^CNI-(DN-)?[0-9a-f]') ]]; then
		for chain in $(chains '^CNI-HOSTPORT-'); do drop_chain "$chain"; done
	fi
	;;
*) usage "$line" ;;
esac
