#!/usr/bin/env bash
# Prepares a folder that a daemon of its own can live in: private-root.sh DIR NAME SUBNET METRICS-PORT
# Writes DIR/gantry.yaml and DIR/cni/10-NAME.conflist: bridge NAME, leases kept in DIR.
set -euo pipefail
[[ $# -eq 4 ]] || { echo "usage: private-root.sh DIR NAME SUBNET METRICS-PORT" >&2; exit 2; }
dir=$(realpath -m "$1") name=$2 subnet=$3 metrics=$4

mkdir -p "$dir"/{root,run,cni,leases,certs.d,logs}
cat >"$dir/gantry.yaml" <<END
root: $dir/root
run: $dir/run
cri:
  socket: $dir/run/gantry.sock
api:
  socket: $dir/run/api.sock
registry:
  hosts: $dir/certs.d
cni:
  conf-dir: $dir/cni
  bin-dirs: [/usr/lib/cni, /opt/cni/bin]
metrics:
  listen: 127.0.0.1:$metrics
handlers:
  default: crun
END
cat >"$dir/cni/10-$name.conflist" <<END
{
  "cniVersion": "1.0.0",
  "name": "$name",
  "plugins": [
    {
      "type": "bridge",
      "bridge": "$name",
      "isGateway": true,
      "ipMasq": true,
      "hairpinMode": true,
      "ipam": {
        "type": "host-local",
        "dataDir": "$dir/leases",
        "ranges": [[{ "subnet": "$subnet" }]],
        "routes": [{ "dst": "0.0.0.0/0" }]
      }
    },
    { "type": "portmap", "capabilities": { "portMappings": true }, "snat": true }
  ]
}
END
