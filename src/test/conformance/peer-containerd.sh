#!/usr/bin/env bash
# Runs containerd with everything it writes in DIR (keep DIR short: it holds
# sockets), CNI network gantry-peer on bridge gantry-tp, and images from the
# registry at 127.0.0.1:REGISTRY-PORT. Its socket is DIR/c.sock.
# again: starts one that was killed once more, and does not wait until it serves.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
line="start DIR REGISTRY-PORT | again DIR | stop DIR"
[[ $# -ge 2 ]] || usage "$line"
action=$1 dir=$(realpath -m "$2") port=${3:-}
peers=$GANTRY_CACHE/peers
socket=$dir/c.sock

cri() { "$GANTRY_CACHE/bin/crictl" --runtime-endpoint "unix://$socket" --image-endpoint "unix://$socket" --timeout 30s "$@"; }
launch() {
	# The proxies of the environment must not see 127.0.0.1.
	env -u http_proxy -u HTTP_PROXY PATH="$peers:$PATH" TMPDIR="$dir/tmp" \
		setsid "$peers/containerd" --config "$dir/config.toml" >>"$dir/log" 2>&1 </dev/null &
	echo $! >"$dir/pid"
}
alive() { [[ -f $dir/pid ]] && kill -0 "$(<"$dir/pid")" 2>/dev/null; }
below() { # below PREFIX: process ids whose working directory is under it
	local link
	for link in /proc/[0-9]*/cwd; do
		if [[ $(readlink "$link" 2>/dev/null) == "$1"/* ]]; then cut -d/ -f3 <<<"$link"; fi
	done
}

case $action in
start)
	[[ $# -eq 3 ]] || usage "$line"
	[[ $(id -u) -eq 0 ]] || die "needs root"
	need runc runc
	"$conformance_dir/build-tools.sh"
	"$conformance_dir/build-peers.sh"
	alive && die "already runs, pid $(<"$dir/pid")"
	mkdir -p "$dir/tmp"
	"$conformance_dir/write-hosts.sh" "$dir/certs.d" "$port"
	"$conformance_dir/cni.sh" write "$dir/cni" gantry-peer gantry-tp 10.232.0.0/16
	cat >"$dir/config.toml" <<-EOF
		version = 3
		root = '$dir/root'
		state = '$dir/state'
		temp = '$dir/tmp'

		[grpc]
		  address = '$socket'
		[ttrpc]
		  address = '$socket.ttrpc'

		[plugins.'io.containerd.internal.v1.opt']
		  path = '$dir/opt'
		[plugins.'io.containerd.nri.v1.nri']
		  disable = true
		[plugins.'io.containerd.cri.v1.images']
		  snapshotter = 'overlayfs'
		  [plugins.'io.containerd.cri.v1.images'.pinned_images]
		    sandbox = 'registry.k8s.io/pause:3.10.1'
		  [plugins.'io.containerd.cri.v1.images'.registry]
		    config_path = '$dir/certs.d'
		[plugins.'io.containerd.cri.v1.runtime']
		  restrict_oom_score_adj = true
		  netns_mounts_under_state_dir = true
		  [plugins.'io.containerd.cri.v1.runtime'.cni]
		    bin_dirs = ['/usr/lib/cni']
		    conf_dir = '$dir/cni'
		  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
		    runtime_type = 'io.containerd.runc.v2'
		    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
		      BinaryName = '$(command -v runc)'
		      SystemdCgroup = false
		      Root = '$dir/state/runc'
	EOF
	crun=$(command -v crun || true)
	[[ -z $crun ]] || cat >>"$dir/config.toml" <<-EOF
		  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.crun]
		    runtime_type = 'io.containerd.runc.v2'
		    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.crun.options]
		      BinaryName = '$crun'
		      SystemdCgroup = false
		      Root = '$dir/state/crun'
	EOF
	[[ -z ${GVISOR_SHIM:-} ]] || cat >>"$dir/config.toml" <<-EOF
		  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.gvisor]
		    runtime_type = 'io.containerd.runsc.v1'
		    runtime_path = '$GVISOR_SHIM'
		    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.gvisor.options]
		      TypeUrl = 'io.containerd.runsc.v1.options'
		      ConfigPath = '$dir/runsc.toml'
	EOF
	rm -f "$dir/log"
	launch
	for _ in $(seq 150); do
		if ! alive; then tail -n 20 "$dir/log" >&2; die "ended at once"; fi
		if [[ -S $socket ]] && cri version >/dev/null 2>&1; then echo "unix://$socket"; exit 0; fi
		sleep 0.2
	done
	die "no answer after 30 s, see $dir/log"
	;;
again)
	launch
	;;
stop)
	if alive; then
		cri rmp -fa >"$dir/stop.log" 2>&1 || true
		pid=$(<"$dir/pid")
		kill "$pid"
		for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
		if kill -9 "$pid" 2>/dev/null; then echo "containerd had to be killed" >&2; fi
	fi
	# Shims and their containers, if the pods did not go in peace.
	for pid in $(below "$dir/state"); do
		children=$(cat "/proc/$pid"/task/*/children 2>/dev/null || true)
		for victim in $children "$pid"; do kill -9 "$victim" 2>/dev/null || true; done
	done
	for _ in 1 2 3; do
		awk -v top="$dir/" 'index($5, top) == 1 {print $5}' /proc/self/mountinfo | sort -r | while read -r mount; do
			umount -l "$mount" 2>/dev/null || true
		done
	done
	rm -rf "$dir/state" "$dir/tmp" "$dir/pid" "$socket" "$socket.ttrpc"
	# Empty leftovers outside DIR: cgroups, and the runtime's fixed folder.
	find /sys/fs/cgroup -depth -type d -path '/sys/fs/cgroup/*k8s.io*' -exec rmdir {} + 2>/dev/null || true
	rmdir /run/containerd/s /run/containerd 2>/dev/null || true
	"$conformance_dir/cni.sh" clean gantry-peer gantry-tp
	;;
*) usage "$line" ;;
esac
