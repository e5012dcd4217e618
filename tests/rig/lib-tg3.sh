# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The software BCM5720 under the outer machine's own tg3: source it in the rig
# instead of lib-scenario.sh.
#
#   twin_up                  tg3 loaded, both ports up with a link
#   remember                 sets if0, if1, mac0, mac1; comes after twin_up
#   direct BDF               its group's memory is mapped once and for all,
#                            before a driver has it
#   twin_apart               each port in a network namespace of its own, n0
#                            and n1, 10.9.0.1 and 10.9.0.2, fd00:9::1 and 2;
#                            so that --net pair joins two Linux stacks
#   in0 CMD.. in1 CMD..      in one of them; if0 and if1 are the interfaces
#   tcp_same FROM TO ADDR    64 MiB by TCP arrive as they were sent
#   quiet                    the kernel has warned of nothing since the last
#                            time but what is in $allowed
#   pings [NETNS-CMD] ADDR   three of three come back
# Knows what tg3 calls things; nothing of the model.

. tests/rig/lib-scenario.sh
. tests/rig/lib-lspci.sh

a=0000:02:00.0
b=0000:02:00.1
if0='' if1='' mac0='' mac1=''

# What this machine's kernel says at warning level without fault of the device:
# emulated time and disks, and modules that lie outside of the tree
allowed='clocksource|timekeeping|perf: interrupt took|hrtimer: interrupt took'
allowed="$allowed|workqueue: .* hogged CPU|taint|sched: DL replenish"
allowed="$allowed|TSC|rcu:.*self-detected|IPv6: ADDRCONF"

# All that the kernel said, for $OUT; warnings and worse to standard output
dmesg_take() {
	dmesg -l emerg,alert,crit,err,warn | grep -Ev -e "$allowed"
	dmesg -c >>"$OUT/dmesg"
}

quiet() {
	local got
	got=$(dmesg_take)
	[ -n "$got" ] || return 0
	# what it says of it before and after a hundred lines of registers
	echo "$got" | grep -Ev ': 0x[0-9a-f]{8}: 0x' | head -n 40
	return 1
}

twin_carrier() { # BDF [SECONDS]
	until_true "${2:-20}" carrier "$1" || { dmesg | tail -n 15; return 1; }
}

twin_up() {
	local f
	sysctl -q net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.default.accept_ra=0
	modprobe tg3 || return
	for f in $pair; do
		[ "$(driver_of "$f")" = tg3 ] && [ -n "$(ifname_of "$f")" ] ||
			{ echo "$f: not on tg3"; dmesg | tail -n 20; return 1; }
		ip link set "$(ifname_of "$f")" up ||
			{ dmesg | tail -n 20; return 1; }
	done
	for f in $pair; do
		twin_carrier "$f" || return
	done
}

# A kernel that maps every buffer into the IOMMU by itself sends the emulated
# device a message for every page, both ways and twice; bulk takes ages then.
# Older kernels cannot change groups of two: iommu=pt on the command line.
direct() { # BDF
	echo identity >"$pci/$1/iommu_group/type"
}

in0() {
	ip netns exec n0 "$@"
}

in1() {
	ip netns exec n1 "$@"
}

# The carrier of a port in a namespace: sysfs does not show it from outside
linked() { # NETNS IFNAME
	ip -n "$1" link show "$2" | grep -q 'LOWER_UP'
}

twin_apart() {
	local n i addr
	for n in 0 1; do
		i=$if0
		[ $n = 0 ] || i=$if1
		addr=$((n + 1))
		ip netns add n$n && ip link set "$i" netns n$n || return
		ip -n n$n link set lo up
		ip -n n$n addr add 10.9.0.$addr/24 dev "$i"
		ip -n n$n addr add fd00:9::$addr/64 dev "$i" nodad
		ip -n n$n link set "$i" up || return
	done
	until_true 20 linked n0 "$if0" && until_true 20 linked n1 "$if1"
}

# Three of three, once the first of ten has found the way
pings() { # [NETNS-CMD] ADDR
	local ns=
	case $1 in in[01]) ns=$1; shift ;; esac
	until_true 60 $ns ping -q -c 1 -W 5 "$1"
	[ "$(ping_count "$ns" 3 -i 0.2 -W 20 "$@")" = 3 ] ||
		{ $ns ping -c 3 -i 0.2 -W 20 "$@"; return 1; }
}

blob() { # MIB
	[ "$(stat -c %s /tmp/blob 2>/dev/null)" = $(($1 << 20)) ] ||
		head -c "$(($1 << 20))" /dev/urandom >/tmp/blob
}

listens() { # NETNS-CMD PORT
	$1 ss -ltn | grep -q ":$2 "
}

# FROM and TO are in0 and in1 or the other way round; ADDR is TO's
tcp_same() { # FROM TO ADDR [MIB]
	local start sum pid rc=0
	blob "${4:-64}"
	sum=$(sha256sum </tmp/blob)
	"$2" timeout 300 socat -u -b 262144 TCP6-LISTEN:5001,ipv6only=0,reuseaddr \
		OPEN:/tmp/got,creat,trunc &
	pid=$!
	until_true 10 listens "$2" 5001 || return
	start=$(date +%s%N)
	"$1" timeout 300 socat -u -b 262144 FILE:/tmp/blob \
		"TCP:$3:5001" || rc=$?
	[ $rc = 0 ] || kill $pid 2>/dev/null
	wait $pid || rc=$?
	start=$((($(date +%s%N) - start) / 1000))
	echo "$(($(stat -c %s /tmp/got) * 8 / (start + 1))) Mbit/s"
	[ $rc = 0 ] || { echo "socat: status $rc"; return 1; }
	[ "$(sha256sum </tmp/got)" = "$sum" ] || {
		echo "bytes differ from byte $(cmp /tmp/blob /tmp/got 2>&1)"
		return 1
	}
}

# tcp NAME ARG...: the same as a test, with its speed as a note
tcp() {
	local name=$1
	shift
	ok "$name" tcp_same "$@"
	note "$(echo "$tap_out" | grep Mbit)"
}

stat_of() { # NETNS-CMD IFNAME COUNTER
	$1 ethtool -S "$2" | awk -v n="$3:" '$1 == n { print $2 }'
}

# One number of /proc/interrupts: all of a line whose name matches
irqs() { # ERE
	awk -v n="^($1)\$" '$NF ~ n { for (i = 2; $i ~ /^[0-9]+$/; i++) s += $i }
		END { print s + 0 }' /proc/interrupts
}

# self_test NETNS-CMD IFNAME: the driver's own, offline; every item is there
# and 0. It makes a million register accesses with a lock held, each a message.
self_test() {
	local out
	sysctl -q kernel.watchdog=0
	echo 1 >/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress
	out=$($1 ethtool -t "$2" offline)
	echo "$out"
	echo "$out" | grep -q 'result is PASS' || { dmesg | tail; return 1; }
	[ "$(echo "$out" | grep -Ec ' test .*line\)[[:space:]]+0$')" = 8 ]
}

# `ok` runs what it tests in a subshell, so this is a step of its own
remember() {
	if0=$(ifname_of $a)
	if1=$(ifname_of $b)
	mac0=$(mac_of $a)
	mac1=$(mac_of $b)
}

# Both drivers, their MACs, their links are as they were
twin_is_back() {
	local f
	for f in $pair; do
		[ "$(driver_of "$f")" = tg3 ] || { drivers; return 1; }
		ip link set "$(ifname_of "$f")" up
	done
	[ "$(mac_of $a) $(mac_of $b)" = "$mac0 $mac1" ] ||
		{ echo "MACs: $(mac_of $a) $(mac_of $b)"; return 1; }
	twin_carrier $a && twin_carrier $b
}

dmesg -c >"$OUT/dmesg-boot"
