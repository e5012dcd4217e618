#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
#
# /init of the outer machine's initramfs: from nothing to a writable Debian
# root with the repository in it, then on to inside.sh. Knows the disks (vda
# the tree, vdb the kernel's modules) and the 9p tags job and repo; knows
# nothing of the command that is going to be run.

PATH=/bin
/bin/busybox --install -s /bin

fail() {
	echo "rig: init: $*" >/dev/kmsg
	poweroff -f
}

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for m in $(cat /modules/order); do
	[ ! -e "/modules/$m.ko" ] || insmod "/modules/$m.ko" || fail "$m"
done

mount -t erofs -o ro /dev/vda /ro || fail "cannot mount the tree"
mount -t tmpfs -o mode=755 tmpfs /rw
mkdir /rw/up /rw/work
mount -t overlay -o lowerdir=/ro,upperdir=/rw/up,workdir=/rw/work root /new ||
	fail "cannot put an overlay on the tree"

mount -t tmpfs -o mode=755 run /new/run
mount -t tmpfs -o mode=1777 tmp /new/tmp
mkdir -p "/new/lib/modules/$(uname -r)" /new/run/rig /new/out
mount -t erofs -o ro /dev/vdb "/new/lib/modules/$(uname -r)" ||
	fail "cannot mount the modules"

p9=trans=virtio,version=9p2000.L,msize=512000
mount -t 9p -o $p9,cache=none,ro job /new/run/rig || fail "no job"
. /new/run/rig/job
mkdir -p "/new$RIG_REPO"
mount -t 9p -o "$p9,cache=$RIG_CACHE,ro" repo "/new$RIG_REPO" ||
	fail "cannot mount the repository"

mount --move /proc /new/proc
mount --move /sys /new/sys
mount --move /dev /new/dev
exec switch_root /new /bin/bash "$RIG_REPO/tests/rig/lib/inside.sh"
