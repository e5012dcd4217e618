#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The demo: a dual-port NIC goes from the host to a guest and back.
#
# Runs in the rig, a machine made of software with an IOMMU and the NIC, a
# BCM5720 made of software too, so that it is the same everywhere and touches
# no device of this host.  What happens there is in demo-inside.sh; the README
# has the steps for real hardware.
set -eu
cd "$(dirname "$0")/.."

started=$(date +%s)
echo "The demo runs in a software machine: an AMD CPU with SVM, an Intel IOMMU"
echo "and a BCM5720 NIC at 02:00.0 and 02:00.1. Nothing of this host is touched."
tests/rig/rig build
echo "Starting it (about 10 seconds) ..."
status=0
tests/rig/rig exec --hw bcm5720 --timeout 300 --out build/demo \
	-- scripts/demo-inside.sh || status=$?
echo
if [ "$status" -eq 0 ]; then
	echo "Done in $(($(date +%s) - started)) s. On your own hardware: README.md," \
		"\"On your own hardware\"."
else
	echo "The demo failed with status $status; the outer kernel's log is" \
		"build/demo/console.log" >&2
fi
exit "$status"
