#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The PCI root as a payload finds it through the device tree: the host bridge
# alone, for nothing was assigned.
. "$(dirname "$0")/lib/kvm.sh"
kvm_needed
plan 3

payload lspci --stats
is "ends with 0" "$status" 0
is "one line, the host bridge" "$(sed 's/ .*//' <<<"$out")" "00:00.0"
like "of class 0600" "$out" \
	'^00:00\.0 0600: [0-9a-f]{4}:[0-9a-f]{4} \(rev [0-9a-f]{2}\)$'
