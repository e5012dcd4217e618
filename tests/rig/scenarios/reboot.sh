# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A guest that reboots and is started again finds its device as after power-on:
# what it wrote into a register of a card that knows function level reset is
# gone.  The other card has a reset by power state only, which QEMU accepts and
# ignores: its register tells that the test can see the difference.
#
# rig: --hw igb --hw e1000e --mem 4G --timeout 900
set -u
. tests/rig/lib-scenario.sh

plan 10
igb=0000:01:00.0
e1000e=0000:02:00.0

# Multicast table, a register that is 0 at power-on in both
script='for s in 0a 0b; do
	bar=$(head -n 1 /sys/bus/pci/devices/0000:00:$s.0/resource | cut -d" " -f1)
	echo "found $s: $(devmem $((bar + 0x5200)))"
	devmem $((bar + 0x5200)) 32 0x5a5a5a5a
	echo "wrote $s: $(devmem $((bar + 0x5200)))"
done
echo "life ends"
reboot -f
sleep 100'

lives() { # N
	[ "$(grep -c '^life ends' "$OUT/again.out")" -ge "$1" ]
}

found() { # SLOT N
	sed -n "s/^found $1: //p" "$OUT/again.out" | sed -n "$2p"
}

ok "host: drivers" modprobe -a igb e1000e
before=$(drivers)
build/passthru run --managed --device $igb,at=0a.0 --device $e1000e,at=0b.0 \
	--append "passthru.noload iomem=relaxed" --on-reboot restart \
	--timeout 600 -- sh -c "$script" >"$OUT/again.out" 2>"$OUT/again.err" &
pid=$!
ok "a guest reboots, and its next life too" until_true 400 lives 2
kill -TERM $pid
status=0
wait $pid || status=$?
is "ended by SIGTERM: status" $status 143
is "first life: igb's register as after power-on" "$(found 0a 1)" 0x00000000
like "it could be written" "$(cat "$OUT/again.out")" '^wrote 0a: 0x5A5A5A5A'
is "second life: as after power-on again" "$(found 0a 2)" 0x00000000
is "second life: what no reset clears is seen" "$(found 0b 2)" 0x5A5A5A5A
like "a line tells" "$(cat "$OUT/again.err")" \
	'^passthru: guest reset itself; it starts again'
is "host drivers are back" "$(drivers)" "$before"
guest once --managed --device $igb --on-reboot exit -- reboot -f
is "--on-reboot exit: status" "$status" 0
[ "$tap_failed" = 0 ] || note "$(cat "$OUT/again.out" "$OUT/again.err")"
