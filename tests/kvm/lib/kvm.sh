# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# What the tests on /dev/kvm share: source it, then say the plan.
#
#   kvm_needed              skips the whole script where no VM can be made
#   payload NAME ARG...     runs build/payload/NAME.elf; sets out, err, status
#
# Knows where programs are built, not what is tested.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../../.." || exit
. tests/tap.sh

PROGRAMS=build/${FLAVOUR:-release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM INT

kvm_needed() {
	kvm_why=$("$PROGRAMS/kvm-usable") || skip_all "${kvm_why:-no KVM}"
}

# A payload takes milliseconds; the limit is for one that hangs
payload() { # NAME ARG...
	local elf=build/payload/$1.elf
	shift
	status=0
	build/passthru run --kernel "$elf" --memory 64M --timeout 20 "$@" \
		</dev/null >"$work/out" 2>"$work/err" || status=$?
	out=$(tr -d '\r' <"$work/out")
	err=$(tr -d '\r' <"$work/err")
}

# Value of a line of --stats in $err, 0 when there is none
stat_of() { # NAME
	printf '%s\n' "$err" | awk -v n="$1" '
		$1 == "stats:" && $2 == n { v = $3 }
		END { print v + 0 }'
}
