#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What parsers that are not ours read in report.tap and report.xml, which
# tests/unit/test_cli_report.c compares with what report.c prints: seven rows,
# among them output that is made to break such parsers.
set -u
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
. tests/lib-report.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

plan 6
is "TAP::Parser" "$(tap_read tests/golden/report.tap)" "$(cat <<'X'
planned 7 run 7 passed 2 failed 5 todo 0 skipped 0
2: want no line that matches <&>
3: want ]]>"'\nü
5: status 1, want 0
6: no answer: the guest ended (status 0)
7: not reached: the guest ended (status 0)
X
)"
is "xmllint and Python" "$(junit_read tests/golden/report.xml)" "$(cat <<'X'
tests 7=7 failures 3=3 errors 2=2
2 failure: want no line that matches <&>
3 failure: want ]]>"'\nü
5 failure: status 1, want 0
6 error: no answer: the guest ended (status 0)
7 error: not reached: the guest ended (status 0)
X
)"
is "prove: five of seven fail" "$(prove -e cat tests/golden/report.tap 2>&1 |
	grep -o 'Failed 5/7 subtests' | head -n 1)" "Failed 5/7 subtests"

# The readers do complain.
sed '3d' tests/golden/report.tap >"$work/short.tap"
like "a missing row is noticed" "$(tap_read "$work/short.tap")" '^complaint: '
sed 's/ classname="[^"]*"//' tests/golden/report.xml >"$work/bad.xml"
like "a missing attribute is noticed" "$(junit_read "$work/bad.xml")" \
	"attribute 'classname' is required"
sed 's/&lt;/</' tests/golden/report.xml >"$work/torn.xml"
like "what is no XML is noticed" "$(junit_read "$work/torn.xml")" \
	'not well-formed'
