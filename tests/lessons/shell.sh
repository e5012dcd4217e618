#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `make lessons`: a shell in the rig, with the devices of tests/rig/scenarios/
# lessons.sh.  What begins a lesson is said, for the shell has no command.
set -eu
cd "$(dirname "$0")/../.."
tests/rig/rig build
echo "In the shell, type first:  . tests/lessons/begin.sh"
exec tests/rig/rig shell --hw bcm5720 --hw e1000 --hw e1000e
