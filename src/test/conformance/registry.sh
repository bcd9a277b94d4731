#!/usr/bin/env bash
# Runs Debian's docker-registry on 127.0.0.1; everything it writes is in DIR.
# Without PORT any free one is taken; `start` prints it, and DIR/port has it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -ge 2 && $# -le 3 ]] || usage "start|stop DIR [PORT]"
action=$1 dir=$(realpath -m "$2") port=${3:-}

alive() { [[ -f $dir/pid ]] && kill -0 "$(<"$dir/pid")" 2>/dev/null; }
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

case $action in
start)
	need docker-registry docker-registry
	alive && die "already runs, pid $(<"$dir/pid")"
	if [[ -z $port ]]; then
		port=$((20000 + RANDOM % 10000))
		while answers "$port"; do port=$((port + 1)); done
	fi
	answers "$port" && die "port $port is taken"
	mkdir -p "$dir/storage"
	cat >"$dir/config.yml" <<-EOF
		version: 0.1
		log: {level: warn, accesslog: {disabled: true}}
		storage: {filesystem: {rootdirectory: "$dir/storage"}, delete: {enabled: true}}
		http: {addr: "127.0.0.1:$port"}
	EOF
	setsid docker-registry serve "$dir/config.yml" >"$dir/log" 2>&1 </dev/null &
	echo $! >"$dir/pid"
	echo "$port" >"$dir/port"
	for _ in $(seq 100); do
		if ! alive; then cat "$dir/log" >&2; die "ended at once"; fi
		if answers "$port"; then echo "$port"; exit 0; fi
		sleep 0.1
	done
	die "no answer on port $port after 10 s, see $dir/log"
	;;
stop)
	if alive; then
		pid=$(<"$dir/pid")
		kill "$pid"
		for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
	fi
	rm -f "$dir/pid" "$dir/port"
	;;
*) usage "start|stop DIR [PORT]" ;;
esac
