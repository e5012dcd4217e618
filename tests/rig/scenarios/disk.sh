# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A NIC that knows function level reset, and a disk whose MSI-X table lies
# among its registers: only the table's page may be slow.
#
# rig: --hw igb --hw nvme --mem 4G --timeout 900
set -u
. tests/rig/lib-scenario.sh

plan 17
igb=0000:01:00.0
nvme=0000:02:00.0

value() { # KEY
	sed -n "s/^$1=\([^ ]*\).*/\1/p" "$OUT/disk.out"
}

# Accesses of the disk's registers that came as exits
trapped() {
	sed -n "s/^stats: access \"$nvme\" reads \([0-9]*\) writes \([0-9]*\)/\1 \2/p" \
		"$OUT/disk.err" | awk '{ n += $1 + $2 } END { print n + 0 }'
}

igb_is_back() {
	[ "$(driver_of $igb)" = igb ] && until_true 20 carrier $igb
}

nvme_is_back() {
	[ "$(driver_of $nvme)" = nvme ] && until_true 20 [ -b /dev/nvme0n1 ]
}

sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ok "host: drivers" modprobe -a igb nvme
ip link set "$(ifname_of $igb)" up
ok "host: igb has a link" igb_is_back
ok "host: nvme is there" nvme_is_back

guest disk --managed --device $igb,at=0a.0 --device $nvme,at=0b.0 --cpus 2 \
	-- sh -c "$(guest_sh disk)"
note "$(cat -v "$OUT/disk.out")"
note "$(grep '^[0-9.]* s: ' "$OUT/disk.err")"
is "status" "$status" 0
is "igb: 20 long pings" "$(value igb_pings)" 20
is "igb: by MSI-X" "$(value igb_enabled)" 1
ok "igb: interrupts came" [ "$(value igb_irqs)" -gt 20 ]
is "igb: reset by the guest" "$(value reset)" "done"
is "igb: 20 pings after it" "$(value igb_pings_after_reset)" 20
is "nvme: size" "$(value nvme_bytes)" 67108864
is "nvme: 16 MiB read back" "$(value read)" "$(value written)"
is "nvme: and in small pieces, past the cache" "$(value direct)" "$(value written)"
is "nvme: by MSI-X" "$(value nvme_enabled)" 1
# 2048 reads in rounds of eight; what is done at the same time shares one
ok "nvme: interrupts came" [ "$(value nvme_irqs)" -gt 256 ]
note "$(value nvme_reads) reads, two doorbells each; $(trapped) trapped accesses"
ok "nvme: doorbells are not trapped" sh -c \
	"[ $(value nvme_reads) -gt 2000 ] && [ $(trapped) -lt 300 ]"
ok "igb: host driver and link are back" igb_is_back
ok "nvme: host driver and disk are back" nvme_is_back
[ "$tap_failed" = 0 ] || [ "$status" != 0 ] || evidence disk
