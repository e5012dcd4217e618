# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# `rig build`: makes, from Debian packages only, what `rig exec` boots:
#   tree/                a Debian 13 root (debootstrap) with a recent QEMU
#   root.erofs           the same tree as a read-only disk image
#   kernels/V/           vmlinux, modules.erofs and initrd.gz of kernel V
#   kernels/default      symbolic link to the V that is booted by default
#   kernels/6.1          the same for a series that was asked for
#   mend.so              what QEMU is run with, see mend.c
# Every piece is made under a temporary name and renamed when it is whole, so
# an interrupted build is continued by building again.

RIG_MIRROR=${RIG_MIRROR:-http://deb.debian.org/debian}

# What the machine and its tests need beside a minimal Debian. QEMU comes from
# backports: vfio-user-pci needs 10.1. libfdt1 is for the program under test.
RIG_PACKAGES="qemu-system-x86 seabios kmod pciutils pci.ids busybox-static
	iproute2 ethtool iputils-ping procps util-linux strace libfdt1
	erofs-utils zstd xz-utils socat iperf3"

# Where kernels of other series come from; the mirror has one of each suite.
RIG_SUITES="bookworm trixie trixie-backports"

# Modules the initramfs itself inserts to reach its root, after those that
# they depend on. Which of them are modules at all differs between kernels.
RIG_EARLY="virtio_pci virtio_blk virtio_console erofs overlay 9pnet_virtio 9p"

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

# rig_build KERNEL: what every run needs, and that kernel
rig_build() {
	mkdir -p "$RIG_DIR/kernels"
	exec 8>"$RIG_DIR/lock"
	flock -n 8 || { rig_say "waiting for another build"; flock 8; }
	rig_need debootstrap:debootstrap cpio:cpio flock:util-linux
	tree_ready || tree_make
	tree_equipped || tree_equip
	kernel_ready default || kernel_make default
	kernel_ready "$1" || kernel_make "$1"
	[ -e "$RIG_DIR/root.erofs" ] || image_make
	mend_ready || mend_make
	flock -u 8
}

# The preloaded mend of the emulated CPUs, compiled anew when it changed
mend_ready() {
	[ "$RIG_DIR/mend.so" -nt "$RIG_LIB/mend.c" ]
}

mend_make() {
	rig_need gcc:gcc
	gcc -shared -fPIC -O2 -Wall -Wextra -Werror \
		-o "$RIG_DIR/mend.so.tmp" "$RIG_LIB/mend.c" ||
		rig_die "cannot compile $RIG_LIB/mend.c"
	mv "$RIG_DIR/mend.so.tmp" "$RIG_DIR/mend.so"
}

tree_ready() {
	[ "$(cat "$TREE/etc/rig-tree" 2>/dev/null)" = $RIG_TREE_VERSION ]
}

# A package more is added to the tree that is there
tree_equipped() {
	[ "$(cat "$TREE/etc/rig-packages" 2>/dev/null)" = "$RIG_PACKAGES" ]
}

tree_equip() {
	rm -f "$RIG_DIR/root.erofs"
	step "package lists" tree_sources "$TREE"
	step "more tools" tree_packages "$TREE"
}

kernel_ready() {
	[ "$(cat "$RIG_DIR/kernels/$1/made" 2>/dev/null)" = $RIG_KERNEL_VERSION ]
}

rig_ready() { # KERNEL
	tree_ready && tree_equipped &&
		kernel_ready default && kernel_ready "$1" &&
		[ -e "$RIG_DIR/root.erofs" ] && mend_ready
}

# step NAME COMMAND...: run it, its output to build.log, shown if it fails.
step() {
	local name=$1 rc
	shift
	step_begin rig "$name"
	set +e
	(set -e && "$@") >>"$RIG_DIR/build.log" 2>&1 8>&-
	rc=$?
	set -e
	[ $rc = 0 ] || {
		step_fail
		tail -n 15 "$RIG_DIR/build.log" >&2
		rig_die "$name failed; all of it is in $RIG_DIR/build.log"
	}
	step_end
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
	[ ! -t 2 ] || rig_say "the first build takes 1 to 3 minutes"
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
	echo "$RIG_PACKAGES" | rig_root tee "$1/etc/rig-packages" >/dev/null
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
	[ "$1" = "$v" ] || ln -sfn "$v" "$RIG_DIR/kernels/$1"
}

# apt's view of every suite, apart from the one the tree is made of
suites_know() {
	local t=$TREE/etc/apt s
	for s in $RIG_SUITES; do
		echo "deb $RIG_MIRROR $s main"
	done | rig_root tee "$t/rig-kernels.list"
	rig_root tee "$t/rig-kernels.conf" <<-'X'
	Dir::Etc::SourceList "/etc/apt/rig-kernels.list";
	Dir::Etc::SourceParts "/dev/null";
	Dir::State::Lists "/var/cache/rig-lists";
	X
	rig_root mkdir -p "$TREE/var/cache/rig-lists/partial"
	tree_apt apt-get update
}

# tree_apt CMD...: in the tree, by suites_know's view
tree_apt() {
	rig_root chroot "$TREE" env \
		APT_CONFIG=/etc/apt/rig-kernels.conf "$@"
}

# kernel_release default|V: the newest release of that series, 6.1.0-49-amd64
kernel_release() {
	if [ "$1" = default ]; then
		rig_root chroot "$TREE" apt-cache show \
			linux-image-amd64/trixie-backports
	else
		tree_apt apt-cache show linux-image-amd64
	fi | sed -n 's/^Depends:.* linux-image-\([^ ,]*\).*/\1/p' |
		awk -v series="$1" 'series == "default" || $0 == series ||
			$0 ~ "^" series "[.+-]"' | sort -V | tail -n 1
}

# kernel_fetch default|V DIR: unpacked packages in DIR/root. Unpacked, not
# installed: no initramfs generator is needed. One kernel can be several
# packages, all named after its release.
kernel_fetch() {
	local c=$TREE/var/cache/rig v conf=
	[ "$1" = default ] || {
		suites_know
		conf=/etc/apt/rig-kernels.conf
	}
	v=$(kernel_release "$1")
	[ -n "$v" ] || {
		echo "kernel $1: not in $RIG_SUITES (try 6.1)"
		return 1
	}
	rig_root rm -rf "$c"
	rig_root mkdir -p "$c"
	# shellcheck disable=SC2016
	rig_root chroot "$TREE" env ${conf:+APT_CONFIG=$conf} sh -ec '
		cd /var/cache/rig
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
	done | xargs -r -0 "${TREE_ARGV[@]}" -d
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
	tail -c +$(((sects + 1) * 512 + off + 1)) "$1" | head -c $((len - 4)) \
		>"$2.packed"
	tree_run usr/bin/zstd -dcq <"$2.packed" >"$2" ||
		tree_run usr/bin/xz -dc <"$2.packed" >"$2" || return 1
	rm "$2.packed"
	[ "$(head -c 4 "$2" | tail -c 3)" = ELF ]
}

# early_copy KERNELDIR RELEASE DIR: modules into DIR, their order as its list;
# those that the kernel's own directory has packed are unpacked here
early_copy() {
	local verb path m
	tree_argv usr/bin/xz
	for m in $RIG_EARLY; do
		tree_run usr/sbin/modprobe -C /dev/null -d "$1/root/usr" \
			-S "$2" --show-depends "$m"
	done | while read -r verb path _; do
		[ "$verb" = insmod ] || continue
		m=$(basename "${path%.xz}" .ko)
		[ ! -e "$3/$m.ko" ] || continue
		case $path in
		*.xz) "${TREE_ARGV[@]}" -dc <"$path" >"$3/$m.ko" ;;
		*) cp "$path" "$3/" ;;
		esac || return
		echo "$m"
	done >"$3/order"
}

initramfs_make() {
	local k=$1 v=$2 r=$1/initramfs
	mkdir -p "$r"/{bin,dev,proc,sys,modules,ro,rw,new}
	cp "$TREE/usr/bin/busybox" "$r/bin/busybox"
	cp "$RIG_LIB/init.sh" "$r/init"
	chmod 755 "$r/init"
	early_copy "$k" "$v" "$r/modules"
	(cd "$r" && find . | cpio -o -H newc -R 0:0 --quiet) | gzip -1 \
		>"$k/initrd.gz"
	rm -rf "$r"
}
