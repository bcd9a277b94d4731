#!/usr/bin/env bash
# Makes the machine of `make vm-test` from Debian packages: root.img, vmlinuz and initrd in
# $GANTRY_CACHE/vm/FINGERPRINT, whose path it prints. Does nothing if they are there. Needs root and Debian's archive.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

packages=(
  systemd systemd-sysv dbus udev kmod apparmor sudo                           # what a node runs; critest loads profiles by sudo
  crun runc conmon catatonit containernetworking-plugins iproute2 iptables    # what we run on
  docker-registry busybox-static procps util-linux ca-certificates libcap2-bin # what the tests ask for
  selinux-policy-default policycoreutils selinux-utils                        # the lane selinux boots with it
)

# As a hook of mmdebstrap: the kernel is unpacked, not installed, since installing it builds an initrd.
kernel() { # kernel ROOT
  local root=$1 work name modules
  work=$(mktemp -d)
  export APT_CONFIG=$MMDEBSTRAP_APT_CONFIG
  # The -cloud- kernel has no 9p.
  name=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' | head -n 1)
  (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "$name" && dpkg -x ./*.deb tree)
  mkdir -p "$root/usr/lib/modules"
  cp -a "$work"/tree/usr/lib/modules/. "$root/usr/lib/modules/" 2>/dev/null || cp -a "$work"/tree/lib/modules/. "$root/usr/lib/modules/"
  cp "$work"/tree/boot/vmlinuz-* "$root/boot/vmlinuz"
  rm -rf "$work"
  modules=$(echo "$root"/usr/lib/modules/*)
  rm -rf "$modules/kernel/sound"
  find "$modules/kernel/drivers" -mindepth 1 -maxdepth 1 ! -name virtio ! -name block ! -name net ! -name vhost ! -name char -exec rm -rf {} +
  find "$modules/kernel/drivers/net" "$modules/kernel/drivers/char" -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
  chroot "$root" depmod "${modules##*/}"
  initrd "$root" "${modules##*/}"
}

# A busybox and the modules that lead to the root file system. With the word vm.probe it only says that it booted.
initrd() { # initrd ROOT KERNEL-VERSION -> ROOT/boot/initrd
  local root=$1 version=$2 work module file
  work=$(mktemp -d)
  mkdir -p "$work"/{bin,dev,proc,sys,new,modules}
  cp "$root/usr/bin/busybox" "$work/bin/"
  for module in virtio_pci virtio_blk ext4; do
    chroot "$root" modprobe -S "$version" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
  done | awk '!seen[$0]++' >"$work/list"
  while read -r file; do
    case $file in
    *.xz) xz -dc "$root$file" >"$work/modules/$(basename "$file" .xz)"; basename "$file" .xz ;;
    *.zst) zstd -dcq "$root$file" >"$work/modules/$(basename "$file" .zst)"; basename "$file" .zst ;;
    *) cp "$root$file" "$work/modules/"; basename "$file" ;;
    esac
  done <"$work/list" >"$work/modules/order"
  cat >"$work/init" <<'INIT'
#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
if $b grep -q vm.probe /proc/cmdline; then
  echo booted >/dev/console
  $b poweroff -f
fi
$b mount -t sysfs sys /sys
while read -r module; do $b insmod "/modules/$module"; done </modules/order
tries=0
while [ ! -b /dev/vda ] && [ $tries -lt 200 ]; do $b sleep 0.05; tries=$((tries + 1)); done
$b mount -t ext4 -o noatime /dev/vda /new || { echo "no root file system" >/dev/console; $b poweroff -f; }
$b mount --move /dev /new/dev
$b umount /sys
$b umount /proc
exec $b switch_root /new /sbin/init
INIT
  chmod 755 "$work/init"
  (cd "$work" && find . -print | cpio --quiet -o -H newc) >"$root/boot/initrd"
  rm -rf "$work"
}

# What the guest needs besides its packages.
configure() { # configure ROOT
  local root=$1 unit
  # The distribution's own profiles take ten seconds to parse at each boot; tests bring theirs. Without
  # any the service does not count as started.
  find "$root/etc/apparmor.d" -maxdepth 1 -type f -delete
  echo 'profile gantry-vm-probe /nonexistent { }' >"$root/etc/apparmor.d/gantry-vm-probe"
  # In force only where the kernel is started with security=selinux. Files have no labels: permissive.
  printf 'SELINUX=permissive\nSELINUXTYPE=default\n' >"$root/etc/selinux/config"
  echo node >"$root/etc/hostname"
  echo '127.0.0.1 localhost node' >"$root/etc/hosts"
  echo uninitialized >"$root/etc/machine-id"
  echo '/dev/vda / ext4 defaults,noatime 0 0' >"$root/etc/fstab"
  printf 'overlay\nbr_netfilter\n9p\n9pnet_virtio\n' >"$root/etc/modules-load.d/node.conf"
  printf 'net.ipv4.ip_forward=1\n' >"$root/etc/sysctl.d/90-node.conf"
  mkdir -p "$root/etc/systemd/journald.conf.d"
  printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n' >"$root/etc/systemd/journald.conf.d/node.conf"
  for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
    systemd-tmpfiles-clean.timer e2scrub_reap.service getty@tty1.service getty-static.service serial-getty@ttyS0.service \
    systemd-pstore.service systemd-firstboot.service systemd-networkd-wait-online.service docker-registry.service; do
    ln -sfn /dev/null "$root/etc/systemd/system/$unit"
  done
  install -m 755 "$vm_dir/guest/boot.sh" "$root/usr/local/sbin/boot"
  install -m 644 "$vm_dir/guest/boot.service" "$root/etc/systemd/system/boot.service"
  mkdir -p "$root/etc/systemd/system/multi-user.target.wants" "$root/usr/lib/jvm/shared" "$root/srv/gantry" "$root/srv/cache"
  ln -sfn ../boot.service "$root/etc/systemd/system/multi-user.target.wants/boot.service"
}

# The mirrors that this host's own apt is set up with.
mirror() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u | grep -E "$1" | head -n 1; }

build() { # build DIR
  local work=$1 archive security
  archive=$(mirror '/debian/?$') || true
  security=$(mirror '/debian-security/?$') || true
  archive=${archive:-http://deb.debian.org/debian} security=${security:-http://deb.debian.org/debian-security}
  mmdebstrap --quiet --mode=root --variant=minbase --include="$(IFS=, && echo "${packages[*]}")" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --aptopt='Apt::Install-Recommends "false"' \
    --customize-hook="$vm_dir/image.sh kernel \"\$1\"" --customize-hook="$vm_dir/image.sh configure \"\$1\"" \
    "$suite" "$work/root" "deb $archive $suite main" "deb $security $suite-security main"
  mv "$work/root/boot/vmlinuz" "$work/root/boot/initrd" "$work/"
  truncate -s 6G "$work/root.img" # sparse
  mke2fs -q -t ext4 -E lazy_itable_init=1,lazy_journal_init=1 -m 0 -L node -d "$work/root" "$work/root.img"
  rm -rf "$work/root"
}

case ${1:-} in
kernel | configure) "$1" "$2"; exit ;;
'') ;;
*) die "argument: $1 (expected: none)" ;;
esac

out=$(image_dir)
mkdir -p "$GANTRY_CACHE/vm"
exec 9>"$GANTRY_CACHE/vm/.lock"
flock 9
if [[ ! -f $out/root.img ]]; then
  [[ $(id -u) -eq 0 ]] || die "needs root"
  echo "building the machine's image in $out (a minute or two)" >&2
  find "$GANTRY_CACHE/vm" -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} + # of older scripts
  mkdir -p "$out.new"
  build "$out.new" >&2
  mv "$out.new" "$out"
fi
echo "$out"
