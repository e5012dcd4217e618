# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# In the guest, before the script that wants it, and in the rig: pings whose
# answers are waited for.
#
#   ping_count VIA N ARG...    ping -c N ARG...; prints how many were answered
#                              within 20 seconds.  VIA: command that runs
#                              another in a network namespace, or "".
#
# After the last request iputils' ping waits no longer than twice the longest
# way so far, or one interval, whatever its -W says: where the processor is
# emulated, all stands still for longer at times.  The kernel counts answers
# that come later, too.

replies() { # VIA
	$1 cat /proc/net/snmp /proc/net/snmp6 2>/dev/null | awk '
		$1 == "Icmp:" && col { n += $col }
		$1 == "Icmp:" && !col {
			for (i = 2; i <= NF; i++)
				if ($i == "InEchoReps")
					col = i
		}
		$1 == "Icmp6InEchoReplies" { n += $2 }
		END { print n + 0 }'
}

ping_count() {
	via=$1 sent=$2
	shift 2
	before=$(replies "$via")
	$via ping -q -c "$sent" "$@" >/dev/null
	for _ in $(seq 100); do
		got=$(($(replies "$via") - before))
		[ $got -lt "$sent" ] || break
		sleep 0.2
	done
	# one more may be an answer to an earlier ping that gave up
	[ $got -lt "$sent" ] || got=$sent
	echo $got
}
