#!/usr/bin/env bash
# Schemathesis over openapi.yaml and a real daemon: no answer is a server's error, and each is what the contract says.
# contract.sh [--built] [EXAMPLES]; in a network namespace of its own, so that what it makes up leads nowhere.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

version=4.32.5 # of https://pypi.org/project/schemathesis/
venv=${GANTRY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/gantry}/schemathesis-$version

need_root
if [[ ${GANTRY_CONTRACT_INSIDE:-} == "" ]]; then
  scripts/packages.sh demo python3-venv
  if [[ ! -x $venv/bin/schemathesis ]]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" -q install "schemathesis==$version"
  fi
  if [[ ${1:-} != --built ]]; then scripts/build.sh; fi
  GANTRY_CONTRACT_INSIDE=1 exec unshare --net --mount --pid --fork --kill-child --mount-proc "$0" "$@"
fi
[[ ${1:-} != --built ]] || shift
ip link set lo up

dir=$(private_dir "$PWD/target/contract")
tmpfs_if_needed "$dir"
scripts/private-root.sh "$dir" gantry-contract 10.240.0.0/16 9477
sed -i "s|^  socket: $dir/run/api.sock|&\n  listen: 127.0.0.1:9478|" "$dir/gantry.yaml"
target/gantry/bin/gantryd --config "$dir/gantry.yaml" >"$dir/gantryd.log" 2>&1 &
daemon=$!
finish() {
  local code=$?
  trap - EXIT
  kill "$daemon" 2>/dev/null || true
  wait "$daemon" 2>/dev/null || true
  mkdir -p target/logs
  cp "$dir/gantryd.log" target/logs/gantryd-contract.log
  exit "$code"
}
trap finish EXIT
export GANTRY_API_SOCKET=$dir/run/api.sock
for _ in $(seq 300); do
  [[ ! -S $dir/run/api.sock ]] || break
  kill -0 "$daemon" || { tail -n 20 "$dir/gantryd.log"; exit 1; }
  sleep 0.1
done
token=$(target/gantry/bin/gantry token create schemathesis --role admin)

# followEvents never ends, and an import reads no JSON. A drain would keep the other operations from what they are asked.
contract=$PWD/openapi.yaml
(cd "$dir" && "$venv/bin/schemathesis" run "$contract" --url https://127.0.0.1:9478/v1 --tls-verify false \
  --header "Authorization: Bearer $token" --rate-limit 40/s --request-timeout 20 \
  --phases coverage,fuzzing --max-examples "${1:-25}" --seed 1 --continue-on-failure --no-color \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
  --exclude-operation-id followEvents --exclude-operation-id importImages --exclude-operation-id beginDrain)
kill -0 "$daemon"
if grep -nE 'ERROR|has been blocked|LEAK|Unhandled' "$dir/gantryd.log"; then exit 1; fi
