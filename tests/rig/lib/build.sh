# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# `rig build`: makes, from Debian packages only, what `rig exec` boots:
#   tree/                a Debian 13 root (debootstrap) with a recent QEMU
#   root.erofs           the same tree as a read-only disk image
#   kernels/V/           vmlinux, modules.erofs and initrd.gz of kernel V
#   kernels/default      symbolic link to the V that is booted by default
#   vmrun.so             what QEMU is run with, see vmrun.c
# Every piece is made under a temporary name and renamed when it is whole, so
# an interrupted build is continued by building again.

RIG_MIRROR=${RIG_MIRROR:-http://deb.debian.org/debian}

# What the machine and its tests need beside a minimal Debian. QEMU comes from
# backports: vfio-user-pci needs 10.1. libfdt1 is for the program under test.
RIG_PACKAGES="qemu-system-x86 seabios kmod pciutils pci.ids busybox-static
	iproute2 ethtool iputils-ping procps util-linux strace libfdt1
	erofs-utils zstd xz-utils"

# Modules the initramfs itself inserts, in this order, to reach its root.
RIG_EARLY="virtio_blk erofs overlay netfs 9pnet 9pnet_virtio 9p"

# Modules kept uncompressed: unpacking xz is slow in an emulated machine.
RIG_HOT="arch/x86/kvm virt drivers/vfio drivers/iommu fs/9p net/9p fs/netfs
	fs/overlayfs fs/erofs drivers/block drivers/net/ethernet/intel
	drivers/net/ethernet/broadcom drivers/net/ethernet/realtek
	drivers/net/phy drivers/nvme drivers/usb/host drivers/ptp drivers/i2c
	drivers/dca drivers/misc drivers/crypto/ccp"

# What the disk image leaves out, as a regular expression.
RIG_UNREAD='boot|var/cache|var/lib/apt|usr/lib/modules'
RIG_UNREAD="$RIG_UNREAD|usr/share/(doc|locale|man)"

# Raise one of these when what it names is made in another way than before.
RIG_TREE_VERSION=1
RIG_KERNEL_VERSION=1

rig_build() {
	mkdir -p "$RIG_DIR/kernels"
	exec 8>"$RIG_DIR/lock"
	flock -n 8 || { rig_say "waiting for another build"; flock 8; }
	rig_need debootstrap:debootstrap cpio:cpio flock:util-linux
	tree_ready || tree_make
	kernel_ready default || kernel_make default
	[ -e "$RIG_DIR/root.erofs" ] || image_make
	vmrun_ready || vmrun_make
	flock -u 8
}

# The preloaded mend of the emulated VMRUN, compiled anew when it changed
vmrun_ready() {
	[ "$RIG_DIR/vmrun.so" -nt "$RIG_LIB/vmrun.c" ]
}

vmrun_make() {
	rig_need gcc:gcc
	gcc -shared -fPIC -O2 -Wall -Wextra -Werror \
		-o "$RIG_DIR/vmrun.so.tmp" "$RIG_LIB/vmrun.c" ||
		rig_die "cannot compile $RIG_LIB/vmrun.c"
	mv "$RIG_DIR/vmrun.so.tmp" "$RIG_DIR/vmrun.so"
}

tree_ready() {
	[ "$(cat "$TREE/etc/rig-tree" 2>/dev/null)" = $RIG_TREE_VERSION ]
}

kernel_ready() {
	[ "$(cat "$RIG_DIR/kernels/$1/made" 2>/dev/null)" = $RIG_KERNEL_VERSION ]
}

rig_ready() {
	tree_ready && kernel_ready default &&
		[ -e "$RIG_DIR/root.erofs" ] && vmrun_ready
}

# step NAME COMMAND...: run it, its output to build.log, shown if it fails.
step() {
	local name=$1 start=$SECONDS rc
	shift
	rig_say "$name ..."
	set +e
	(set -e && "$@") >>"$RIG_DIR/build.log" 2>&1 8>&-
	rc=$?
	set -e
	[ $rc = 0 ] || {
		tail -n 15 "$RIG_DIR/build.log" >&2
		rig_die "$name failed; all of it is in $RIG_DIR/build.log"
	}
	rig_say "$name: $((SECONDS - start)) s"
}

# An interrupted debootstrap may leave its /proc mounted.
tree_unmount() {
	local m
	awk -v t="$1/" 'index($2, t) == 1 { print $2 }' /proc/mounts | tac |
		while read -r m; do rig_root umount "$m"; done
}

tree_make() {
	local t=$TREE.part
	tree_unmount "$t"
	[ ! -e "$t" ] || step "removing an unfinished tree" rig_root rm -rf "$t"
	[ ! -e "$TREE" ] || step "removing an old tree" rig_root rm -rf "$TREE"
	rm -rf "$RIG_DIR/root.erofs"
	rig_say "the first build takes 1 to 3 minutes"
	step "Debian 13 base system" rig_root debootstrap --variant=minbase \
		--include=ca-certificates trixie "$t" "$RIG_MIRROR"
	step "package lists" tree_sources "$t"
	step "QEMU and tools" tree_packages "$t"
	echo $RIG_TREE_VERSION | rig_root tee "$t/etc/rig-tree" >/dev/null
	rig_root mv "$t" "$TREE"
}

tree_sources() {
	printf "deb $RIG_MIRROR %s main\n" trixie trixie-backports |
		rig_root tee "$1/etc/apt/sources.list"
	rig_root chroot "$1" apt-get update
}

tree_packages() {
	# shellcheck disable=SC2086
	rig_root chroot "$1" env DEBIAN_FRONTEND=noninteractive apt-get \
		-o Dpkg::Options::=--force-unsafe-io install -y \
		--no-install-recommends -t trixie-backports $RIG_PACKAGES
	rig_root chroot "$1" apt-get clean
}

image_make() {
	local part=$RIG_DIR/root.erofs.part
	rm -f "$part"
	tree_argv usr/bin/mkfs.erofs
	step "disk image of the tree" rig_root "${TREE_ARGV[@]}" --quiet \
		--exclude-regex="^($RIG_UNREAD)/.*" "$part" "$TREE"
	mv "$part" "$RIG_DIR/root.erofs"
}

# kernel_make default|V: fetch the package, unpack it, take it apart.
# Kernels of other releases come here: teach kernel_fetch where to find them.
kernel_make() {
	local k=$RIG_DIR/kernels/part.$$ v
	rig_root rm -rf "$RIG_DIR"/kernels/part.*
	mkdir -p "$k"
	step "kernel package" kernel_fetch "$1" "$k"
	v=$(basename "$(echo "$k"/root/usr/lib/modules/*)")
	step "kernel $v unpacked" kernel_unpack "$k" "$v"
	step "initramfs of $v" initramfs_make "$k" "$v"
	rm -rf "$k/root"
	echo $RIG_KERNEL_VERSION >"$k/made"
	[ ! -e "$RIG_DIR/kernels/$v" ] ||
		mv "$RIG_DIR/kernels/$v" "$RIG_DIR/kernels/part.old"
	mv "$k" "$RIG_DIR/kernels/$v"
	rm -rf "$RIG_DIR/kernels/part.old"
	[ "$1" != default ] || ln -sfn "$v" "$RIG_DIR/kernels/default"
}

# kernel_fetch default|V DIR: unpacked packages in DIR/root. Unpacked, not
# installed: no initramfs generator is needed. One kernel can be several
# packages, all named after its release.
kernel_fetch() {
	local c=$TREE/var/cache/rig v
	[ "$1" = default ] || {
		echo "kernel $1: only the default kernel can be fetched yet"
		return 1
	}
	v=$(rig_root chroot "$TREE" apt-cache show \
		linux-image-amd64/trixie-backports |
		sed -n 's/^Depends:.* linux-image-\([^ ,]*\).*/\1/p' | head -n 1)
	rig_root rm -rf "$c"
	rig_root mkdir -p "$c"
	# shellcheck disable=SC2016
	rig_root chroot "$TREE" sh -ec 'cd /var/cache/rig
		p=$(apt-cache depends --recurse --no-recommends --no-suggests \
			--no-conflicts --no-breaks --no-replaces --no-enhances \
			"linux-image-$1" | grep "^linux-.*-$1\$")
		apt-get -o APT::Sandbox::User=root download $p
		for d in *.deb; do dpkg-deb -x "$d" x; done' sh "$v"
	[ ! -d "$c/x/lib" ] || rig_root cp -a "$c/x/lib" "$c/x/usr/"
	rig_root chown -R "$(id -u):$(id -g)" "$c/x"
	rig_root mv "$c/x" "$2/root"
	rig_root rm -rf "$c"
}

# A kernel lies in its modules' directory or, in older packages, in /boot.
kernel_unpack() {
	local k=$1 v=$2 m=$1/root/usr/lib/modules/$2 d
	[ -e "$m/vmlinuz" ] || {
		mv "$k/root/boot/vmlinuz-$v" "$m/vmlinuz"
		mv "$k/root/boot/config-$v" "$m/config"
	}
	mv "$m/vmlinuz" "$m/config" "$k/"
	vmlinux_extract "$k/vmlinuz" "$k/vmlinux" ||
		ln -f "$k/vmlinuz" "$k/vmlinux"
	tree_argv usr/bin/xz
	for d in $RIG_HOT; do
		[ ! -d "$m/kernel/$d" ] ||
			find "$m/kernel/$d" -name '*.ko.xz' -print0
	done | xargs -0 "${TREE_ARGV[@]}" -d
	tree_run usr/sbin/depmod -b "$k/root/usr" "$v"
	tree_run usr/bin/mkfs.erofs --quiet --all-root "$k/modules.erofs" "$m"
}

# vmlinux_extract BZIMAGE OUT: the ELF file inside, which QEMU starts by its
# PVH entry: the emulated CPU need not decompress it. Offsets are those of the
# x86 boot protocol: setup_sects, payload_offset, payload_length.
vmlinux_extract() {
	local sects off len
	sects=$(od -An -tu1 -j $((0x1f1)) -N1 "$1")
	off=$(od -An -tu4 -j $((0x248)) -N4 "$1")
	len=$(od -An -tu4 -j $((0x24c)) -N4 "$1")
	tail -c +$(((sects + 1) * 512 + off + 1)) "$1" | head -c $((len - 4)) |
		tree_run usr/bin/zstd -dcq >"$2" || return 1
	[ "$(head -c 4 "$2" | tail -c 3)" = ELF ]
}

initramfs_make() {
	local k=$1 v=$2 r=$1/initramfs m
	mkdir -p "$r"/{bin,dev,proc,sys,modules,ro,rw,new}
	cp "$TREE/usr/bin/busybox" "$r/bin/busybox"
	cp "$RIG_LIB/init.sh" "$r/init"
	chmod 755 "$r/init"
	for m in $RIG_EARLY; do
		find "$k/root/usr/lib/modules/$v" -name "$m.ko" \
			-exec cp {} "$r/modules/" \;
	done
	echo "$RIG_EARLY" >"$r/modules/order"
	(cd "$r" && find . | cpio -o -H newc -R 0:0 --quiet) | gzip -1 \
		>"$k/initrd.gz"
	rm -rf "$r"
}
