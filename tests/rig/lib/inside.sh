#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Process 1 of the outer machine, started by init.sh: brings the machine to
# the state that `rig exec` promises, runs the job, sends its standard output,
# standard error and status out by virtio-serial ports and powers off.
# It never returns: if process 1 ended, the kernel would panic.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root LANG=C.UTF-8 OUT=/out RIG=1
PORT_SECONDS=60
. /run/rig/job

# $OUT is not cached: with cache=mmap, which writes back later, Linux 7.3 loses
# bytes of a file that is written in small pieces, above all while somebody
# reads it, and leaves NULs in their place. An initramfs made before this was
# known has mounted it so.
out_mount() {
	mountpoint -q $OUT && umount $OUT
	mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none \
		out $OUT && return
	echo "rig: cannot mount \$OUT"
	busybox poweroff -f
}

# Loading modules takes longest, so the rest is done meanwhile.
machine_ready() {
	modprobe -a kvm-amd vfio-pci vfio_iommu_type1 &
	mkdir -p /dev/pts /dev/shm
	mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs -o mode=1777 shm /dev/shm
	mount -t tracefs tracefs /sys/kernel/tracing
	out_mount
	ln -sf /proc/self/fd /dev/fd
	ln -sf /proc/self/fd/0 /dev/stdin
	ln -sf /proc/self/fd/1 /dev/stdout
	ln -sf /proc/self/fd/2 /dev/stderr
	echo rig >/proc/sys/kernel/hostname
	ip link set lo up
	wait
} >/dev/kmsg 2>&1

# port_find NAME: prints the device of the virtio-serial port of that name
port_find() {
	local f
	for f in /sys/class/virtio-ports/*/name; do
		[ "$(<"$f")" = "$1" ] || continue
		f=${f%/name}
		echo "/dev/${f##*/}"
		return
	done
	return 1
} 2>/dev/null # a name may come after its port

# port NAME: likewise, once it is there. QEMU tells the driver of its ports and
# of their names by messages, and a busy host may take its time over them.
port() {
	local end=$((SECONDS + PORT_SECONDS))
	until port_find "$1"; do
		[ $SECONDS -lt $end ] || {
			echo "rig: no port $1 after $PORT_SECONDS s" >/dev/kmsg
			busybox poweroff -f
		}
		sleep 0.1
	done
}

# The job writes to pipes, which it may reopen by /dev/stderr; relays carry
# them to the ports. A relay outlives the job only while something the job
# left behind holds the pipe: that is given two seconds.
job_run() {
	local rc out err ports
	ports=("$(port rig.out)" "$(port rig.err)" "$(port rig.status)")
	exec 3> >(exec cat >"${ports[0]}")
	out=$!
	exec 4> >(exec cat >"${ports[1]}")
	err=$!
	(cd "$RIG_REPO" && exec setsid -w bash /run/rig/cmd) \
		</dev/null >&3 2>&4 3>&- 4>&-
	rc=$?
	exec 3>&- 4>&-
	for ((i = 0; i < 40; i++)); do
		kill -0 $out 2>/dev/null || kill -0 $err 2>/dev/null || break
		sleep 0.05
	done
	echo "exit $rc" >"${ports[2]}"
}

shell_run() {
	cd "$RIG_REPO" || cd /
	stty rows "$RIG_ROWS" cols "$RIG_COLS" </dev/hvc0
	TERM=$RIG_TERM setsid -cw bash -i </dev/hvc0 >/dev/hvc0 2>&1
	echo "exit $?" >"$(port rig.status)"
}

machine_ready
if [ "$RIG_MODE" = shell ]; then
	shell_run
else
	job_run
fi
sync
busybox poweroff -f
sleep 60
