#!/usr/bin/env bash
# Builds critest and crictl of cri-tools, ginkgo (critest -parallel runs it) and
# our report reader into $GANTRY_CACHE/bin.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ $# -eq 0 ]] || usage "(no arguments; output: \$GANTRY_CACHE/bin)"

bin=$GANTRY_CACHE/bin
stamp=$bin/.tools-stamp
mkdir -p "$bin"
exec 9>"$bin/.lock" && flock 9
print=$(fingerprint build-tools.sh tools/go.mod tools/go.sum compare/go.mod compare/main.go)
if up_to_date "$stamp" "$print" && [[ -x $bin/critest && -x $bin/crictl ]]; then
	exit 0
fi

require_go
rm -f "$stamp"
cd "$conformance_dir/tools"
version=$(go list -m -f '{{.Version}}' sigs.k8s.io/cri-tools)
flags="-s -w -X sigs.k8s.io/cri-tools/pkg/version.Version=${version#v}"
export CGO_ENABLED=0
echo "building critest and crictl $version (about two minutes the first time)"
nice -n 5 go test -c -trimpath -ldflags "$flags" -o "$bin/critest" sigs.k8s.io/cri-tools/cmd/critest
nice -n 5 go build -trimpath -ldflags "$flags" -o "$bin/crictl" sigs.k8s.io/cri-tools/cmd/crictl
nice -n 5 go build -trimpath -ldflags '-s -w' -o "$bin/ginkgo" github.com/onsi/ginkgo/v2/ginkgo
cd ../compare
nice -n 5 go build -trimpath -o "$bin/critest-compare" .
echo "$print" >"$stamp"
echo "$bin: critest, crictl, ginkgo, critest-compare"
