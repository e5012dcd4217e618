#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# gcc -fanalyzer on what goes into the binary.
. "$(dirname "$0")/lib.sh"

one() { # FILE
	gcc "${FLAGS[@]}" -O1 -fanalyzer -fdiagnostics-plain-output \
		-c -o /dev/null "$1" 2>&1 | grep -E '(error|warning): '
	return 0
}

case ${1-} in
--one) one "$2" ;;
*) sources | xargs -r -P "$(nproc)" -n 1 bash "$0" --one | verdict ;;
esac
