# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What the lessons do in a guest with a NIC: link up, three pings, and what
# interrupts there were.  `sh -c` gets all of it.
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
n=0
until [ "$(cat /sys/class/net/eth0/carrier)" = 1 ] || [ $n = 25 ]; do
	n=$((n + 1))
	sleep 0.2
done
ping -c 3 -W 5 10.0.2.2 | grep received
grep eth0 /proc/interrupts
