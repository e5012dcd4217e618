# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The software BCM5720 offers a page of BAR2 to be mapped, and a client that we
# did not write, QEMU, maps it: the outer machine's tg3 works as without, a word
# that it writes there is in the server's memory though no message told of it,
# and what the server's memory holds it reads.  Runs on the host, for it looks
# into the server.
#
# rig: on-host
set -u
. tests/tap.sh

plan 8
OUT=$TEST_OUT/rig-tg3-mmap.out
tmp=$(mktemp -d)
twin=${RIG_BCM5720:-build/bcm5720}
twin_pid=
cleanup() {
	[ -z "$twin_pid" ] || kill "$twin_pid" 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 143' INT TERM

is_ready() {
	local i
	for ((i = 0; i < 100; i++)); do
		grep -qx ready "$tmp/ready" && return
		sleep 0.1
	done
	return 1
}

# The server's memory file; only a page of it is shown to clients
page() {
	local f
	for f in /proc/"$twin_pid"/fd/*; do
		case $(readlink "$f") in
		/memfd:bcm5720*) echo "$f" ;;
		esac
	done
}

word() { # OFFSET
	od -An -tx4 -j "$1" -N 4 "$(page)" | tr -d ' '
}

# BAR2 of a function, a page of which, from 0x4000 on, is mapped
inside='set -u; . tests/rig/lib-tg3.sh
bar2() { echo $(($(sed -n "3s/ .*//p" $pci/$1/resource) + $2)); }
works() {
	twin_up && remember && ip addr add 10.0.2.15/24 dev $if0 &&
		pings 10.0.2.2 && quiet
}
works || exit 1
busybox devmem $(bar2 $b 0x4804) 32 >"$OUT/read"
busybox devmem $(bar2 $b 0x4800) 32 0x5a17cafe
busybox devmem $(bar2 $a 0x4800) 32 >"$OUT/other"
busybox devmem $(bar2 $a 0x4808) 8 0x77
rmmod tg3 && works'

"$twin" --socket "$tmp/0" --socket "$tmp/1" --mmap -v >"$tmp/ready" \
	2>"$tmp/log" &
twin_pid=$!
ok "the server is ready" is_ready
is "it has BAR2 as a file" "$(stat -Lc %s "$(page)")" 65536
printf '\xef\xbe\xad\xde' | dd of="$(page)" bs=4 seek=$((0x4804 / 4)) \
	conv=notrunc 2>/dev/null
mkdir -p "$OUT"
ok "tg3, link, ping, no warning" tests/rig/rig exec --mem 1G --timeout 300 \
	--append iomem=relaxed --out "$OUT" --hw "bcm5720-at:$tmp/0,$tmp/1" \
	-- bash -c "$inside"
is "the machine read what the server has" "$(cat "$OUT/read")" 0xDEADBEEF
is "the server has the word that the machine wrote" "$(word 0x4800)" 5a17cafe
is "and the byte" "$(word 0x4808)" 00000077
is "the other function reads it" "$(cat "$OUT/other")" 0x5A17CAFE
is "no message told of it" "$(grep -c 'BAR2 0x48' "$tmp/log")" 0
