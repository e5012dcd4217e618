# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Traffic over the software BCM5720: its two ports are joined by a cable, with
# a Linux network stack at each end.  Bulk TCP with every offload, large
# frames, VLANs, IPv6, several queues, and the driver's self test.
#
# rig: --hw 'bcm5720:--net pair' --mem 2G --timeout 500
set -u
. tests/rig/lib-tg3.sh

plan 36

direct $a
ok "tg3 has both functions, with a link" twin_up
remember
ok "a Linux at each end" twin_apart
ok "ping one way" pings in0 10.9.0.2
ok "ping the other way" pings in1 10.9.0.1
ok "ping by IPv6" pings in0 fd00:9::2

# How many packets left with more than a frame's length, that is by TSO
xmit=/sys/kernel/tracing/events/net/net_dev_xmit
large() {
	grep -c "dev=$1" /sys/kernel/tracing/trace
}
echo 'len > 3000' >$xmit/filter
echo 1 >$xmit/enable
echo >/sys/kernel/tracing/trace
for ip in 4 6; do
	to0=10.9.0.1 to1=10.9.0.2
	[ $ip = 4 ] || to0='[fd00:9::1]' to1='[fd00:9::2]'
	tcp "TCP/IPv$ip: 64 MiB, first to second" in0 in1 $to1
	tcp "TCP/IPv$ip: 64 MiB, second to first" in1 in0 $to0
done
echo 0 >$xmit/enable
note "TSO: $(large "$if0") and $(large "$if1") packets"
ok "TSO was used on the first" [ "$(large "$if0")" -gt 500 ]
ok "TSO was used on the second" [ "$(large "$if1")" -gt 500 ]
is "no checksum was bad" "$(in0 nstat -asz TcpInCsumErrors | awk '/Csum/ {
	print $2 }') $(in1 nstat -asz TcpInCsumErrors | awk '/Csum/ {
	print $2 }')" "0 0"

# By hand: TSO and checksums off must give the same
in0 ethtool -K "$if0" tso off tx off rx off >"$OUT/ethtool-K"
tcp "TCP without offloads: 16 MiB" in0 in1 10.9.0.2 16
in0 ethtool -K "$if0" tx on rx on tso on >"$OUT/ethtool-K"

# Frames of 9000 bytes
mtu() {
	in0 ip link set "$if0" mtu "$1" && in1 ip link set "$if1" mtu "$1" &&
		until_true 20 linked n0 "$if0" && until_true 20 linked n1 "$if1"
}
ok "MTU 9000: set" mtu 9000
ok "MTU 9000: ping of a whole frame" pings in0 10.9.0.2 -M 'do' -s 8972
ok "MTU 9000: and back" pings in1 10.9.0.1 -M 'do' -s 8972
tcp "MTU 9000: TCP" in0 in1 10.9.0.2 16
tcp "MTU 9000: TCP back" in1 in0 10.9.0.1 16
in0 ip link set "$if0" mtu 9000
ok "MTU 1500: set" mtu 1500
ok "MTU 1500: ping" pings in0 10.9.0.2

# VLAN 100, tagged by the chip
vlan() {
	modprobe 8021q &&
		in0 ip link add link "$if0" name v0 type vlan id 100 &&
		in1 ip link add link "$if1" name v1 type vlan id 100 &&
		in0 ip addr add 10.9.1.1/24 dev v0 &&
		in1 ip addr add 10.9.1.2/24 dev v1 &&
		in0 ip link set v0 up && in1 ip link set v1 up
}
ok "VLAN: set up" vlan
ok "VLAN: ping" pings in0 10.9.1.2
tcp "VLAN: TCP" in0 in1 10.9.1.2 16
tcp "VLAN: TCP back" in1 in0 10.9.1.1 16
in0 ip link del v0
in1 ip link del v1

# Four queues; sixteen flows each way reach all of them
queues() {
	in0 ethtool -L "$if0" rx 4 tx 4 && in1 ethtool -L "$if1" rx 4 tx 4 &&
		until_true 20 linked n0 "$if0" && until_true 20 linked n1 "$if1"
}
counts() { # IFNAME: interrupts of its queues
	local q
	for q in 1 2 3 4; do
		irqs "$1-(tx|rx|txrx)-$q"
	done
}
flows() { # [-R]
	in0 timeout 60 iperf3 -c 10.9.0.2 -P 16 -t 4 "$@" >"$OUT/iperf$*" 2>&1 ||
		{ tail -n 5 "$OUT/iperf$*"; return 1; }
}
all_grew() { # IFNAME BEFORE
	local now
	now=$(counts "$1")
	paste <(echo "$2") <(echo "$now")
	[ "$(paste <(echo "$2") <(echo "$now") | awk '$2 > $1 + 10' |
		wc -l)" = 4 ]
}
ok "queues: 4 and 4 on both" queues
is "queues: said so" "$(in0 ethtool -l "$if0" | awk '/^[RT]X:/ { n = $2 }
	END { print n }')" 4
ok "queues: ping" pings in0 10.9.0.2
in1 iperf3 -s -D -I /tmp/iperf.pid >/dev/null
before0=$(counts "$if0")
before1=$(counts "$if1")
ok "queues: sixteen flows" flows
note "$(grep SUM "$OUT/iperf" | tail -n 2)"
ok "queues: and back" flows -R
note "$(grep SUM "$OUT/iperf-R" | tail -n 2)"
kill "$(tr -d '\0' </tmp/iperf.pid)"
ok "queues: each of the first interrupted" all_grew "$if0" "$before0"
ok "queues: each of the second interrupted" all_grew "$if1" "$before1"
tcp "queues: TCP" in0 in1 10.9.0.2 16
ok "traffic: nothing was said" quiet

ok "self test of the first" self_test in0 "$if0"
note "$tap_out"
ok "self test of the second" self_test in1 "$if1"
note "$tap_out"
ok "ping after that" pings in0 10.9.0.2
