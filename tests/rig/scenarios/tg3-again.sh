# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The software BCM5720 outlives the machine it is in: QEMU is killed in the
# middle of traffic and started again on the same server, and tg3 finds the
# device as new. Runs on the host: it boots the rig by itself, twice.
#
# rig: on-host
set -u
. tests/tap.sh

plan 6
OUT=$TEST_OUT/rig-tg3-again.out
tmp=$(mktemp -d)
twin=${RIG_BCM5720:-build/bcm5720}
twin_pid=
rig_pid=
cleanup() {
	[ -z "$rig_pid" ] || kill "$rig_pid" 2>/dev/null
	[ -z "$twin_pid" ] || kill "$twin_pid" 2>/dev/null
	wait
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 143' INT TERM

until_true() { # SECONDS CMD...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -le $end ] || return 1
		sleep 0.2
	done
}

machine() { # OUT-DIRECTORY CMD
	exec tests/rig/rig exec --mem 1G --timeout 150 --out "$1" \
		--hw "bcm5720-at:$tmp/0,$tmp/1" -- bash -c "$inside $2"
}

inside='set -u; . tests/rig/lib-tg3.sh
twin_up && remember && ip addr add 10.0.2.15/24 dev $if0 &&
	pings 10.0.2.2 && quiet || exit 1
echo $mac0 $mac1 >"$OUT/macs"'

# The machine under `rig`: its only child that is QEMU
qemu() {
	pgrep -f "^[^ ]*ld-linux.*path.*$tmp/0"
}

"$twin" --socket "$tmp/0" --socket "$tmp/1" >"$tmp/ready" \
	2>"$OUT/bcm5720.log" &
twin_pid=$!
ok "the server is ready" until_true 10 grep -qx ready "$tmp/ready"

mkdir -p "$OUT/1" "$OUT/2"
machine "$OUT/1" '; ping -f 10.0.2.2 >/dev/null & sleep 1
	echo >"$OUT/traffic"; sleep 100' >"$OUT/1/log" 2>&1 &
rig_pid=$!
ok "first machine: traffic" until_true 60 test -e "$OUT/1/traffic"
ok "first machine: killed" kill -KILL "$(qemu)"
wait $rig_pid
is "first machine: the rig noticed" $? 125
rig_pid=
ok "second machine: tg3, link, ping, no warning" \
	machine "$OUT/2" '' 
is "second machine: MACs" "$(cat "$OUT/2/macs")" "$(cat "$OUT/1/macs")"
