# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# In the guest: an igb at 0a.0 is reset (FLR) and pings, an nvme disk at 0b.0
# keeps what is written to it.
#
#   sh -c "$(cat disk.sh)"      lines of KEY=VALUE; on standard error when each
#                               step began, and the kernel's warnings

pci=/sys/bus/pci/devices
dev=/dev/nvme0n1

echo 5 >/proc/sys/kernel/printk

step() { # TEXT
	echo "$(cut -d ' ' -f 1 /proc/uptime) s: $1" >&2
}

ifname() {
	ls $pci/0000:00:0a.0/net
}

# Interrupts of lines whose name begins with it
count() { # NAME
	awk -v n="$1" 'index($NF, n) == 1 {
		for (i = 2; $i ~ /^[0-9]+$/; i++) s += $i }
		END { print s + 0 }' /proc/interrupts
}

ping_all() {
	n=$(ifname)
	ip link set "$n" up
	ip addr add 10.0.2.15/24 dev "$n"
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ "$(cat "/sys/class/net/$n/carrier")" = 1 ] && break
		sleep 0.2
	done
	ping_count "" 20 -s 1400 -i 0.05 -W 20 10.0.2.2
}

# The way there and back is long in an emulated machine on a busy host, some
# 100 ms: so many requests are on their way at the same time.  Eight readers, of
# 8 KiB each time, each of which rings two doorbells.
small_reads() {
	for part in 0 1 2 3 4 5 6 7; do
		dd if=$dev bs=8k skip=$((part * 256)) count=256 iflag=direct \
			of=/tmp/part$part 2>/dev/null &
	done
	wait
	cat /tmp/part[0-7]
}

step "first pings"
echo "igb_pings=$(ping_all)"
echo "igb_irqs=$(count "$(ifname)")"
echo "igb_lines=$(grep -c "$(ifname)" /proc/interrupts)"
echo "igb_enabled=$(lspci -vv -s 0a.0 | grep -c 'MSI-X: Enable+')"
step "reset"
rmmod igb
cat $pci/0000:00:0a.0/reset_method | sed 's/^/reset_method=/'
echo 1 >$pci/0000:00:0a.0/reset && echo "reset=done"
modprobe igb
step "pings after it"
echo "igb_pings_after_reset=$(ping_all)"

step "data for the disk"
echo "nvme_bytes=$(blockdev --getsize64 $dev)"
head -c 16777216 /dev/urandom >/tmp/data
echo "written=$(sha256sum </tmp/data)"
step "write"
dd if=/tmp/data of=$dev bs=64k conv=fsync 2>/dev/null
sync
blockdev --flushbufs $dev
echo 3 >/proc/sys/vm/drop_caches
step "read"
blockdev --setra 8192 $dev # in units of 512 bytes
echo "read=$(head -c 16777216 $dev | sha256sum)"
step "direct read"
echo "direct=$(small_reads | sha256sum)"
step "counts"
echo "nvme_reads=$(awk '{ print $1 }' /sys/block/nvme0n1/stat)"
echo "nvme_irqs=$(count nvme)"
echo "nvme_enabled=$(lspci -vv -s 0b.0 | grep -c 'MSI-X: Enable+')"
lspci -s 0b.0 -vv | grep -A2 MSI-X
