# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The software BCM5720 served inside the rig, for guests that take it from its
# sockets, without kernel VFIO: source it after lib-scenario.sh.
#
#   serve NAME [OPTION...]   build/bcm5720 started, its sockets are accepting;
#                            sets $server (its process) and the array $user,
#                            options that put its two functions into a guest
#                            at 0a.0 and 0b.0; what it says: $OUT/NAME.server
#   unserve                  test: ended by SIGTERM with status 0
#   value NAME KEY SLOT      what guest NAME printed as `KEY SLOT: VALUE`
#   calm NAME                test: the guest's kernel has warned of nothing
#   only_line FILE ERE       of passthru's own there is one line, which matches
# A busy machine is no dead server: the limit of an answer is $patience.
# Knows options of bcm5720; nothing of what guests do.

server=0
user=()
patience=(--server-timeout 60000)

serve() { # NAME [OPTION...]
	local s=/tmp/$1 log=$OUT/$1.server
	shift
	build/bcm5720 --socket "$s.0" --socket "$s.1" "$@" \
		>"$s.ready" 2>"$log" &
	server=$!
	until_true 10 grep -qx ready "$s.ready" ||
		{ note "server: $(tail "$log")"; return 1; }
	user=("${patience[@]}" --device "vfio-user:$s.0,at=0a.0"
		--device "vfio-user:$s.1,at=0b.0")
}

unserve() {
	local rc=0
	kill -TERM $server
	wait $server || rc=$?
	is "the server ended" $rc 0
}

value() { # NAME KEY SLOT
	sed -n "s/^$2 $3: //p" "$OUT/$1.out"
}

calm() { # NAME
	is "$1: nothing was warned of" "$(sed '1,/^warned:/d' "$OUT/$1.out")" ""
}

only_line() { # FILE ERE
	grep '^passthru: ' "$1"
	[ "$(grep -c '^passthru: ' "$1")" = 1 ] && grep -Eq -e "$2" "$1"
}
