#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# `make bench`: passthru beside QEMU, in the rig.  Prints one table and leaves
# every figure in build/bench.
#
#   tests/bench/bench.sh            three rounds
#   ROUNDS=1 tests/bench/bench.sh   one: quick, and worth less
#
# A figure that misses its goal fails nothing; a run that breaks does.  What is
# measured, and how, is in inside.sh.
set -eu
cd "$(dirname "$0")/../.."

for f in build/passthru build/guest/vmlinux build/guest/vmlinuz \
	build/guest/initrd.img; do
	[ -e "$f" ] || { echo "bench: no $f (make all guest)" >&2; exit 1; }
done
tests/rig/rig build
mkdir -p build/bench
strip -o build/bench/passthru.stripped build/passthru
# The times mean little when others keep the host's processors busy too
load() {
	echo "host load $(cut -d' ' -f1 /proc/loadavg) of $(nproc) processors"
}

echo "bench: about 10 minutes on 2 idle processors; before: $(load)"
rc=0
tests/rig/rig exec --hw e1000e-pair --timeout "${BENCH_TIMEOUT:-5400}" \
	--out build/bench -- env ROUNDS="${ROUNDS:-3}" LIMIT="${LIMIT:-180}" \
	bash tests/bench/inside.sh || rc=$?
echo "bench: after: $(load) (the rig itself takes 1 to 2)"
exit $rc
