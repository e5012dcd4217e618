# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The software BCM5720 given to a guest where MSI messages get lost: tg3 tries
# MSI out, hears nothing, says so and goes on with INTx.  Where MSI-X is there
# it never comes to that.
#
# rig: --hw 'bcm5720:--net pair --fault lost-msi' --mem 4G --timeout 400
set -u
. tests/rig/lib-tg3.sh

plan 13
guest_script=$(guest_sh tg3)
nomsix=build/hidemsix/passthru # see `rig-programs` in tests/tests.mk

value() { # NAME KEY SLOT
	sed -n "s/^$2 $3: //p" "$OUT/$1.out"
}

ok "host: tg3 has both functions, with a link" twin_up
remember

passthru=$nomsix guest lost --managed "${devices[@]}" --cpus 1 \
	-- sh -c "$guest_script" tg3 link ping tcp irq
is "lost: status" "$status" 0
# at every open, that is twice
is "lost: tg3 of both noticed" "$(sed -n '1,/^warned:/d
	s/.*tg3 \(0000:00:0[ab].0\).*No interrupt was generated using MSI\. Switching to INTx.*/\1/p' \
	"$OUT/lost.out" | sort -u | xargs)" "0000:00:0a.0 0000:00:0b.0"
is "lost: nothing else" "$(sed '1,/^warned:/d' "$OUT/lost.out" |
	grep -vc 'No interrupt was generated using MSI. Switching to INTx')" 0
is "lost: links" "$(value lost link 0a.0), $(value lost link 0b.0)" \
	"1000 full, 1000 full"
is "lost: ping" "$(value lost ping 0a.0)" 3
is "lost: TCP" "$(value lost tcp 0a.0) $(value lost tcp 0b.0)" "equal equal"
for s in 0a.0 0b.0; do
	like "lost: $s has INTx and it arrives" "$(value lost irq $s)" \
		"^intx 1 [1-9][0-9]+ IO-APIC"
done
ok "lost: the host has both back" twin_is_back

guest msix --managed "${devices[@]}" --cpus 1 \
	-- sh -c "$guest_script" tg3 link ping irq
is "msix: ping" "$(value msix ping 0a.0)" 3
is "msix: nothing was warned of" "$(sed '1,/^warned:/d' "$OUT/msix.out")" ""
ok "msix: the host has both back" twin_is_back
