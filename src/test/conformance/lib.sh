# shellcheck shell=bash
# Shared by the scripts of this folder; sourced, never run.

conformance_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
GANTRY_CACHE=${GANTRY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gantry}
export GANTRY_CACHE

die() { echo "${0##*/}: $*" >&2; exit 1; }

usage() { echo "usage: ${0##*/} $1" >&2; exit 2; }

need() { # need COMMAND DEBIAN-PACKAGE
	command -v "$1" >/dev/null || die "needs $1 (Debian: apt-get install $2)"
}

# Exits 3, not 1: a build may treat a missing tool chain as "cannot run here".
# Asked inside a module of ours, so that GOTOOLCHAIN has its say.
require_go() {
	local have minor
	have=$(cd "$conformance_dir/tools" && go env GOVERSION 2>/dev/null) || have=
	if [[ $have =~ ^go1\.([0-9]+) ]]; then
		minor=${BASH_REMATCH[1]}
		((minor >= 26)) && return
	fi
	cat >&2 <<-EOF
		${0##*/}: needs Go 1.26 or newer on PATH; found: ${have:-none}.
		  Debian's golang package is enough when it is 1.26 or newer. Any Go from 1.21
		  on fetches the right one as a Go module when GOTOOLCHAIN=go1.26.2 is exported.
		  Else unpack the Go project's own archive and put its bin folder on PATH.
	EOF
	exit 3
}

# fingerprint FILE...: one hash over names and contents (and the machine type).
fingerprint() {
	{ uname -m; (cd "$conformance_dir" && sha256sum "$@"); } | sha256sum | cut -d' ' -f1
}

up_to_date() { # up_to_date STAMP-FILE FINGERPRINT
	[[ -f $1 && $(<"$1") == "$2" ]]
}
