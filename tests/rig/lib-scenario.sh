# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the scenarios have in common; source it in the rig, in the repository.
#
#   pair_up                    the e1000e pair on its driver, link up
#   pair_back NAME             test: both functions on their driver, link up
#   guest NAME OPTION... -- CMD ARG...
#                              one guest with --stats; sets $status, and leaves
#                              $OUT/NAME.out and .err; a status that is not
#                              $expect (0) is explained; $limit (300) seconds
#   monitor COMMAND ARG...     to QEMU, which has --hw monitor
#   fails NAME ERE CMD ARG...  test: CMD is passthru and refuses, as promised:
#                              status 125, one line, the host as before
#
#   guest_sh NAME...           scripts of tests/rig/guest/, and ping.sh before
#                              them: they go in as an argument, as the guest
#                              sees nothing but its initramfs
#
# Knows nothing of what is tested.

. tests/tap.sh
. tests/rig/guest/ping.sh

passthru=build/passthru
hide_passthru=build/hidecap/passthru # see `rig-programs` in tests/tests.mk
cycle=build/release/cycle
OUT=${OUT:?run me by tests/rig/run-scenarios}
pci=/sys/bus/pci/devices
pair="0000:02:00.0 0000:02:00.1"
told=': [a-z0-9 -]* -> [a-z0-9 -]*$' # lines that tell of progress, no error
devices=(--device 02:00.0,at=0a.0 --device 02:00.1,at=0b.0)

# until_true SECONDS CMD ARG...: repeat a silent CMD until it succeeds
until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -le $end ] || return 1
		sleep 0.1
	done
}

guest_sh() {
	cat tests/rig/guest/ping.sh
	local name
	for name; do
		cat "tests/rig/guest/$name.sh"
	done
}

driver_of() { # BDF
	basename "$(readlink "$pci/$1/driver" || echo none)"
}

# All drivers, in a line: what must be the same afterwards
drivers() {
	local f
	for f in "$pci"/*; do
		printf '%s=%s ' "${f##*/}" "$(driver_of "${f##*/}")"
	done
}

ifname_of() { # BDF
	ls "$pci/$1/net" 2>/dev/null
}

carrier() { # BDF
	[ "$(cat "$pci/$1/net/$(ifname_of "$1")/carrier")" = 1 ]
}

mac_of() { # BDF
	cat "$pci/$1/net/$(ifname_of "$1")/address"
}

monitor() { # COMMAND ARG...: to QEMU
	local f
	for f in /sys/class/virtio-ports/*/name; do
		[ "$(cat "$f")" != rig.monitor ] ||
			echo "$*" >"/dev/$(basename "${f%/name}")"
	done
}

# A router's advertisement would make the pair carry a default route.
pair_up() {
	local f
	sysctl -q net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	modprobe e1000e || return
	for f in $pair; do
		ip link set "$(ifname_of "$f")" up || return
	done
	for f in $pair; do
		until_true 10 carrier "$f" || return
	done
}

pair_is_back() {
	local f
	for f in $pair; do
		[ "$(driver_of "$f")" = e1000e ] && until_true 10 carrier "$f" ||
			{ drivers; ip link; return 1; }
	done
}

pair_back() { # NAME
	ok "$1: host drivers and link are back" pair_is_back
}

# What a guest that went wrong leaves behind
evidence() { # NAME
	note "status $status of guest $1; its last lines:"
	note "$(tail -n 40 "$OUT/$1.err" | tr -d '\r')"
	note "$(tail -n 15 "$OUT/$1.out" | cat -v)"
	note "kernel: $(dmesg | tail -n 8)"
}

guest() { # NAME OPTION... -- CMD ARG...
	local name=$1 start=$SECONDS
	shift
	status=0
	timeout -k 5 $((${limit:-300} + 100)) $passthru run --stats \
		--timeout "${limit:-300}" "$@" \
		>"$OUT/$name.out" 2>"$OUT/$name.err" || status=$?
	note "guest $name: $((SECONDS - start)) s"
	[ "$status" = "${expect:-0}" ] || evidence "$name"
}

# stats_sum NAME ERE: sum of the last number of each matching line of --stats
stats_sum() {
	grep -E "^stats: $2" "$OUT/$1.err" |
		awk '{ for (i = 3; i <= NF; i++)
			if ($i + 0 > 0) n += $i } END { print n + 0 }'
}

refused() { # ERE CMD ARG...
	local want=$1 before rc=0
	shift
	before=$(drivers)
	timeout -k 5 60 "$@" </dev/null >"$OUT/refused.out" \
		2>"$OUT/refused.err" || rc=$?
	echo "status $rc, standard error:"
	cat "$OUT/refused.err"
	[ $rc = 125 ] || { echo "want status 125"; return 1; }
	[ ! -s "$OUT/refused.out" ] || { echo "prints output"; return 1; }
	grep -Ev -e "$told" "$OUT/refused.err" >"$OUT/refused.line"
	[ "$(wc -l <"$OUT/refused.line")" = 1 ] || { echo "not one line"; return 1; }
	grep -Eq -e "^passthru: .*$want" "$OUT/refused.line" ||
		{ echo "want: $want"; return 1; }
	[ "$before" = "$(drivers)" ] || { echo "host differs: $(drivers)"; return 1; }
}

fails() { # NAME ERE CMD ARG...
	local name=$1
	shift
	ok "$name" refused "$@"
	note "$(cat "$OUT/refused.line")"
}
