#!/usr/bin/env bash
# Runs critest against a CRI socket and compares the result with a list of
# expected failures. Exit: 0 as expected, 1 not, 2 usage, 3 no Go to build with.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
line="--socket unix:///PATH --out DIR [--expected FILE] [--focus RE] [--skip RE] [-- CRITEST-FLAGS]"

socket='' out='' expected=$conformance_dir/expected-failures.txt flags=()
while (($#)); do
	case $1 in
	--)
		shift
		break
		;;
	--socket | --out | --expected | --focus | --skip) (($# >= 2)) || usage "$line" ;;
	*) usage "$line" ;;
	esac
	case $1 in
	--socket) socket=$2 ;;
	--out) out=$2 ;;
	--expected) expected=$(realpath "$2") ;;
	--focus | --skip) flags+=("-ginkgo.${1#--}=$2") ;;
	esac
	shift 2
done
[[ " $* " == *" -benchmark"* || " $* " == *" --benchmark"* ]] || flags+=(-ginkgo.v)
[[ $socket == unix://* && -n $out ]] || usage "$line"

"$conformance_dir/build-tools.sh"
bin=$GANTRY_CACHE/bin
version=$("$bin/critest" -version 2>/dev/null | sed -n 's/^critest version: *//p')
mkdir -p "$out"
cd "$out"
rm -f report.json failures.txt times.txt critest.log
mkdir -p tmp
export TMPDIR=$PWD/tmp # critest leaves log folders behind
# It also leaves the shared memory segments (1 MiB) of its HostIPC specs.
segments() { awk 'NR > 1 && $4 == 1048576 && $7 == 0 {print $2}' /proc/sysvipc/shm | sort; }
before=$(segments)
began=$SECONDS
# PATH: with -parallel critest runs the ginkgo command.
PATH=$bin:$PATH "$bin/critest" -runtime-endpoint "$socket" -ginkgo.no-color \
	-ginkgo.timeout=45m -ginkgo.json-report="$PWD/report.json" "${flags[@]}" "$@" >critest.log 2>&1 || true
# What a spec that failed has left mounted keeps its folder.
awk -v below="$PWD/tmp/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r place; do umount -l "$place"; done
rm -rf tmp
for segment in $(comm -13 <(echo "$before") <(segments)); do ipcrm -m "$segment" || true; done
if [[ ! -s report.json ]]; then
	tail -n 30 critest.log >&2
	die "critest made no report, see $PWD/critest.log"
fi
echo "took $((SECONDS - began)) s; log, report, times and failures in $PWD"
"$bin/critest-compare" report.json "$expected" . "v${version#v}"
