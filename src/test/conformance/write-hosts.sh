#!/usr/bin/env bash
# Writes DIR/<host>/hosts.toml files that send the image hosts critest names to
# the registry at 127.0.0.1:PORT and nowhere else (`server` is that one too).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 2 ]] || usage "DIR PORT"

for host in registry.k8s.io k8s.gcr.io gcr.io public.ecr.aws; do
	mkdir -p "$1/$host"
	cat >"$1/$host/hosts.toml" <<-EOF
		server = "http://127.0.0.1:$2"

		[host."http://127.0.0.1:$2"]
		  capabilities = ["pull", "resolve"]
	EOF
done
