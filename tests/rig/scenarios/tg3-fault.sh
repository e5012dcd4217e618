# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Faults of the software BCM5720 under the outer machine's own tg3: on the first
# function bootcode does not answer, on the second a DMA access fails and, later,
# the link flaps.  tg3 says so and goes on.  See user-faults.sh for the others.
#
# rig: --hw 'bcm5720:--fault no-boot:0 --fault dma@300:1 --fault link-flap@3:1'
# rig: --mem 1G --timeout 300
set -u
. tests/rig/lib-tg3.sh

plan 11

ok "tg3 has both functions, with a link" twin_up
remember
ok "no-boot: tg3 says so" grep -q "tg3 $a.*: No firmware running" <(dmesg)
works() { # BDF
	ip addr replace 10.0.2.15/24 dev "$(ifname_of "$1")"
	pings 10.0.2.2 || return
	ip addr del 10.0.2.15/24 dev "$(ifname_of "$1")"
}
ok "no-boot: ping" works $a

# Many frames: the occasion comes among them
flood() { # BDF
	ip addr replace 10.0.2.15/24 dev "$(ifname_of "$1")"
	ping -q -f -c 200 -w 20 10.0.2.2
	ip addr del 10.0.2.15/24 dev "$(ifname_of "$1")"
}
said() { # ERE
	dmesg | grep -Eq "tg3 $b.*$1" || { dmesg | tail -n 20; return 1; }
}
ok "dma: ping before, during, after" flood $b
note "$tap_out"
ok "dma: tg3 says so" until_true 10 said "DMA Status error"
ok "dma: ping" works $b
ok "link-flap: link" twin_carrier $b
ok "link-flap: tg3 saw it" until_true 20 said "Link is down"
ok "link-flap: link again" twin_carrier $b
note "$(dmesg | grep "tg3 $b.*Link is")"
ok "link-flap: ping" works $b
is "each happened" "$(sed -n 's/.*\(port [01]: fault: [a-z-]*\).*/\1/p' \
	"$OUT/bcm5720.log" | sort -u | xargs)" \
	"port 0: fault: no-boot port 1: fault: dma port 1: fault: link-flap"
