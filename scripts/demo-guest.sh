# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What the demo does in the guest: `sh -c` gets all of it.  Fails when the NIC is
# not there, its link stays down or nobody answers.
echo "-- now in the guest --"
set -eu
echo '# lspci -nn'
lspci -nn
echo '# ip a'
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
n=0
until [ "$(cat /sys/class/net/eth0/carrier)" = 1 ] || [ $n -gt 100 ]; do
	n=$((n + 1)); sleep 0.1
done
ip a
echo '# ethtool -i eth0'
ethtool -i eth0 | head -n 3
echo '# ping -c 3 -i 0.2 10.0.2.2'
ping -c 3 -i 0.2 10.0.2.2
echo '# grep eth0 /proc/interrupts'
grep eth0 /proc/interrupts
echo "-- leaving the guest --"
