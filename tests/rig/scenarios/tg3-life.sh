# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The software BCM5720 comes back: from a hundred unbinds, a hundred times
# down, from its module unloaded, from a function level reset under traffic.
#
# rig: --hw bcm5720 --mem 2G --timeout 600
set -u
. tests/rig/lib-tg3.sh

plan 14

ok "tg3 has both functions, with a link" twin_up
remember
works() {
	twin_is_back || return
	ip addr replace 10.0.2.15/24 dev "$(ifname_of $a)"
	pings 10.0.2.2
}
ok "ping" works

rebind() { # TIMES
	local i f=$a g=$b t
	for ((i = 1; i <= $1; i++)); do
		echo $f >/sys/bus/pci/drivers/tg3/unbind || return
		echo $f >/sys/bus/pci/drivers/tg3/bind ||
			{ echo "time $i"; dmesg | tail; return 1; }
		[ "$(mac_of $a) $(mac_of $b)" = "$mac0 $mac1" ] ||
			{ echo "time $i: $(mac_of $a) $(mac_of $b)"; return 1; }
		[ $((i % 10)) != 0 ] ||
			{ works || { echo "time $i"; return 1; }; }
		t=$f f=$g g=$t
	done
}
start=$SECONDS
ok "unbound and bound 100 times" rebind 100
note "$((SECONDS - start)) s"
ok "ping after that" works

downup() { # TIMES
	local i n
	n=$(ifname_of $a)
	for ((i = 1; i <= $1; i++)); do
		ip link set "$n" down && ip link set "$n" up ||
			{ echo "time $i"; dmesg | tail; return 1; }
		[ $((i % 20)) != 0 ] ||
			{ works || { echo "time $i"; return 1; }; }
	done
}
start=$SECONDS
ok "down and up 100 times" downup 100
note "$((SECONDS - start)) s"
ok "ping after that" works

reload() { # TIMES
	local i
	for ((i = 1; i <= $1; i++)); do
		rmmod tg3 && modprobe tg3 && works ||
			{ echo "time $i"; dmesg | tail; return 1; }
	done
}
ok "module unloaded and loaded 5 times" reload 5
ok "nothing was said" quiet

# tg3 has no hook for resets: its transmit watchdog notices
is "it can be reset by FLR" \
	"$(grep -o flr "$pci/$a/reset_method")" flr
flr() {
	local start=$SECONDS pid rc=0
	ping -q -i 0.05 10.0.2.2 >/dev/null &
	pid=$!
	sleep 1
	echo flr >"$pci/$a/reset_method"
	echo 1 >"$pci/$a/reset" || rc=1
	sleep 1
	until_true 25 ping -q -c 1 -W 1 10.0.2.2 || rc=1
	echo "back after $((SECONDS - start - 2)) s"
	kill $pid
	[ $rc = 0 ] && [ $((SECONDS - start - 2)) -le 20 ] ||
		{ dmesg | tail -n 20; return 1; }
}
ok "FLR under traffic: back within 20 s" flr
note "$tap_out"
flr_lines='tg3 .*: reset|NETDEV WATCHDOG|transmit queue|transmit timed out|tg3 .*: 0x[0-9a-f]{8}'
flr_lines="$flr_lines|tg3 .*: [0-9]: (Host|NAPI)|tg3_stop_block timed out"
flr_lines="$flr_lines|Link is (up|down)|WARNING: |cut here|end trace|Call Trace"
flr_lines="$flr_lines|Modules linked|Hardware name|RIP|R[A-Z0-9]+: |CR[0-9]: "
flr_lines="$flr_lines|CPU: |[DFE]S: |</?(TASK|IRQ)>|^.{15} +\??.*\+0x|Code: "
allowed_before=$allowed
allowed="$allowed|$flr_lines" ok "FLR: only the watchdog spoke" quiet
ok "FLR: the other function has its link" carrier $b
ok "all is back" works
allowed=$allowed_before
ok "nothing was said since" quiet
