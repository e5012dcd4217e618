#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The software BCM5720, driven bare through all that a driver does: found, its
# BARs sized and moved, DMA, every kind of interrupt, resets.  Behind a server
# that serves one guest after the other, then behind the one that passthru
# starts by itself.
. "$(dirname "$0")/lib/twin.sh"
twin_needed
plan 15

everything() {
	driven enum 58
	driven dma 27
	driven msix 26
	driven msi 23
	driven intx 21
	driven reset 38
}

twin_start
everything
twin_run dma end=7168 --memory 5G
is "DMA to RAM above 4 GiB" "$status $(grep -c ^PASS <<<"$out")" "0 29"
twin_stop
is "the server ends with 0" "$twin_status" 0
is "and leaves no socket" "$(ls "$work"/f? 2>/dev/null)" ""

embedded=1
everything
