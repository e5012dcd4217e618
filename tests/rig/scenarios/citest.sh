# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# `passthru test` in the rig, with the software BCM5720: a table that holds
# (docs/nic.test), one with a miss of each kind and a guest that reboots before
# its end, one that is over by --timeout, and one with the device of a host,
# whose MAC addresses are to be the same.  The reports are read on the host, by
# parsers that we did not write.
#
# rig: on-host
set -u
. tests/tap.sh
. tests/lib-report.sh

plan 18
OUT=$TEST_OUT/rig-citest.out

# Runs inside, once; each NAME leaves NAME.report, .err and .status
inside='set -u; . tests/rig/lib-tg3.sh
test_it() { # NAME OPTION...
	local name=$1 status=0
	shift
	TMPDIR=$OUT timeout -k 5 500 $passthru test "$@" --memory 256M \
		--server-timeout 60000 --output "$OUT/$name.report" \
		>"$OUT/$name.out" 2>"$OUT/$name.err" || status=$?
	echo $status >"$OUT/$name.status"
}
test_it good docs/nic.test
test_it bad "$OUT/bad.test" --device bcm5720,at=0a.0 --format junit
test_it late "$OUT/late.test" --timeout 60 --console "$OUT/late.console"
twin_up && remember || exit
test_it host "$OUT/host.test" --managed --format=junit
twin_is_back || exit
$passthru bind 02:00.0
test_it gone "$OUT/host.test"
$passthru restore --all'

cat >"$OUT/bad.test" <<'X'
run "echo boom; dd if=/dev/zero bs=1M count=20" status 1 output !~ boom
present 00:0a.0
present 00:0b.0
present 00:0a.0 14e4:1657
driver 00:0a.1 e1000e
driver 00:00.0 none
mac 00:0a.0 34:17:eb:f0:dc:e4
mac 00:0a.1 34:17:eb:f0:dc:e4
link eth9 up
link 00:0a.0 down
ping 00:0a.0 10.0.2.99
run "printf '\\n%s 14 0 0 0\\n]]></failure>\\000\\033[2J\\377' x" output ~ "^$"
run "false"
run "exit 3" status 3
run "yes | head -c 3000000" output = "y"
run "dd if=/dev/zero bs=1M count=20"
run "no-such-command" status 127 output !~ "not found"
run "reboot -f"
run "true"
X
cat >"$OUT/late.test" <<'X'
run "echo early"
run "sleep 1000"
run "true"
X
cat >"$OUT/host.test" <<'X'
device 02:00.0,at=0a.0
device 02:00.1,at=0b.0
driver 00:0a.0 tg3
mac 00:0a.0 host
mac 00:0b.0 host
mac 00:0a.0 34:17:eb:f0:dc:e3
mac 00:0b.0 34:17:eb:f0:dc:e4
ping 00:0a.0 10.0.2.2
X

of() { # NAME WHAT
	cat "$OUT/$1.$2"
}

tests/rig/rig exec --mem 4G --hw bcm5720 --timeout 900 --out "$OUT" \
	-- bash -c "$inside" >"$OUT/rig.log" 2>&1
is "the host has its device back" $? 0
note "$(tail -n 20 "$OUT/rig.log")"

is "good: status" "$(of good status)" 0
is "good: nothing is said" "$(of good out)$(of good err)" ""
is "good: TAP" "$(tap_read "$OUT/good.report")" \
	"planned 12 run 12 passed 12 failed 0 todo 0 skipped 0"
note "$(of good report)"
is "good: prove" "$(prove -e cat "$OUT/good.report" 2>&1 | tail -n 1)" \
	"Result: PASS"
is "only the bad one's log is left" \
	"$(find "$OUT" -name 'passthru-test-*' | wc -l)" 1

is "bad: status" "$(of bad status)" 1
is "bad: JUnit" "$(junit_read "$OUT/bad.report")" "$(cat <<'X'
tests 19=19 failures 12=12 errors 2=2
1 failure: want no line that matches boom
3 failure: no such device
4 failure: want 14e4:1657
5 failure: want e1000e
7 failure: want 34:17:eb:f0:dc:e4
9 failure: want up
10 failure: want down
11 failure: failed with status 1
13 failure: status 1, want 0
15 failure: want this output: y
16 failure: status 1, want 0
17 failure: want no line that matches not found
18 error: no answer: the guest ended (status 0)
19 error: not reached: the guest ended (status 0)
X
)"
log=$(sed -n 's/.*of 19 not ok; the guest.s console: //p' "$OUT/bad.err")
like "bad: one line says so, and where the log is" "$(of bad err)" \
	'^passthru: .*bad.test: 14 of 19 not ok; the guest.s console: /'
like "bad: the log is kept" "$(cat "$OUT/${log##*/}")" 'reboot|Restarting'
like "bad: and named in the report" "$(of bad report)" \
	"<system-out>.*${log##*/}</system-out>"

is "late: status" "$(of late status)" 124
is "late: what was answered before is there" \
	"$(tap_read "$OUT/late.report")" "$(cat <<'X'
planned 3 run 3 passed 1 failed 2 todo 0 skipped 0
2: no answer: --timeout was over (status 124)
3: not reached: --timeout was over (status 124)
X
)"
ok "late: its console" test -e "$OUT/late.console"

is "host: status" "$(of host status)" 0
is "host: JUnit" "$(junit_read "$OUT/host.report")" \
	"tests 6=6 failures 0=0 errors 0=0"
is "on vfio-pci: status" "$(of gone status)" 125
like "on vfio-pci: nobody knows the MAC, and what to do" "$(of gone err)" \
	'^passthru: .*host.test:4: 02:00.0 has no network .*passthru restore 02:'
