#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Interrupts that reach a payload through irqfds, without a return to us: by an
# edge, by a level with its resamplefd, by a level that two share, by an MSI.
. "$(dirname "$0")/lib/kvm.sh"
kvm_needed
plan 7

irq() { # TEST
	"$PROGRAMS/kvm-irq" "$1" build/payload/irq.elf
}

ok "edge: five writes, five interrupts" irq edge
ok "level: the line comes back at each EOI" irq level
ok "shared level: each EOI is told to both" irq shared
ok "MSI: a route of its own" irq msi
ok "a detached eventfd raises nothing" irq detach

payload irq --append gsi=5 --timeout 1
is "without an interrupt the payload waits" "$status" 124
payload irq
is "without a line it complains" "$status" 1
