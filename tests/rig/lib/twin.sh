# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# The software BCM5720 of one run: a process of ours on this host, to which
# QEMU connects. Knows how it is started and ended; machine.sh knows where it
# is plugged in. It outlives QEMU, never the run.

TWIN=()
TWIN_PID=
TWIN_SECONDS=10

# twin_plan [:OPTIONS] JOBDIR: what will be run; OPTIONS are shell words
twin_plan() {
	local words=()
	[ ${#TWIN[@]} = 0 ] || rig_die "--hw bcm5720: one is all there can be"
	[ -z "$1" ] || mapfile -t words < <(printf '%s\n' "${1#:}" |
		xargs -r -n 1 printf '%s\n')
	TWIN=("${RIG_BCM5720:-$REPO/build/bcm5720}"
		--socket "$2/bcm5720.0" --socket "$2/bcm5720.1"
		${words[@]+"${words[@]}"})
	[ -x "${TWIN[0]}" ] ||
		rig_die "${TWIN[0]} is not there: make build/bcm5720"
}

twin_evidence() { # LOG WHAT
	tail -n 15 "$1" | sed 's/^/rig: bcm5720: /' >&2
	rig_die "$2; its output is in $1"
}

# twin_start JOBDIR OUTDIR: started, and both of its sockets accept
twin_start() {
	local log=$2/bcm5720.log end=$((SECONDS + TWIN_SECONDS))
	[ ${#TWIN[@]} -gt 0 ] || return 0
	: >"$1/twin.out"
	setpriv --pdeathsig TERM "${TWIN[@]}" \
		</dev/null >"$1/twin.out" 2>"$log" &
	TWIN_PID=$!
	until grep -qx ready "$1/twin.out"; do
		kill -0 $TWIN_PID 2>/dev/null || {
			TWIN_PID=
			twin_evidence "$log" "${TWIN[*]}: ended at once"
		}
		[ $SECONDS -lt $end ] || twin_evidence "$log" \
			"${TWIN[*]}: not ready after $TWIN_SECONDS s"
		sleep 0.05
	done
}

# twin_end: ended as it promises, which is a test of it: 0, or says why not
twin_end() {
	local rc=0 pid=$TWIN_PID i
	[ -n "$pid" ] || return 0
	TWIN_PID=
	kill -TERM "$pid" 2>/dev/null || :
	for ((i = 0; i < 100; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	kill -KILL "$pid" 2>/dev/null &&
		rig_say "bcm5720 did not end within 5 s of SIGTERM"
	wait "$pid" 2>/dev/null || rc=$?
	[ $rc = 0 ] || rig_say "bcm5720 ended with status $rc"
	return $rc
}
