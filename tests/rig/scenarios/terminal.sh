# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A person at a terminal: a shell in the guest, a command that reads, Ctrl-a x;
# and the bzImage in place of the uncompressed kernel.
#
# rig: --mem 4G --timeout 900
set -u
. tests/rig/lib-scenario.sh

plan 15

# type_into NAME TEXT: what a person types next
type_into() {
	printf '%b' "$2" >"$OUT/$1.keys"
}

shows() { # NAME ERE
	grep -aqE "$2" "$OUT/$1.screen" || { screen "$1"; return 1; }
}

# What is on it, each byte to be seen
screen() { # NAME
	echo "the screen of $1:"
	tail -n 40 "$OUT/$1.screen" | cat -A
}

comes() { # NAME ERE: within a minute
	until_true 60 shows "$@" || { screen "$1"; return 1; }
}

# on_terminal NAME OPTION...: passthru on a terminal of its own, in the
# background; its status and the terminal's settings afterwards are on screen
on_terminal() {
	local name=$1
	shift
	mkfifo "$OUT/$name.keys"
	script -qefc "stty rows 30 cols 100; $passthru run --timeout 200 $*; \
echo status=\$?; stty -a" "$OUT/$name.screen" \
		<>"$OUT/$name.keys" >/dev/null 2>&1 &
	terminal=$!
}

cooked() { # NAME: the terminal was given back
	shows "$1" '(^| )icanon' && shows "$1" '(^| )echo '
}

on_terminal shell
ok "shell: a prompt comes" comes shell 'guest:.*# '
type_into shell 'echo he""llo; tty; stty size; exit\r'
wait $terminal
ok "shell: runs what is typed" shows shell '^hello'
ok "shell: is on the console" shows shell '^/dev/ttyS0'
ok "shell: knows the terminal's size" shows shell '^30 100'
ok "shell: leaving it powers off" shows shell '^status=0'
ok "shell: the terminal is cooked again" cooked shell

on_terminal read --console none -- "sh -c 'echo ready; read a; echo got \$a; exit 5'"
ok "command: starts" comes read '^ready'
type_into read 'something\r'
wait $terminal
ok "command: reads what is typed" shows read '^got something'
ok "command: its status" shows read '^status=5'
ok "command: the terminal is cooked again" cooked read

on_terminal leave -- "sh -c 'echo ready; sleep 1000'"
ok "Ctrl-a x: the guest runs" comes leave '^ready'
type_into leave '\001x'
wait $terminal
ok "Ctrl-a x: leaves with 0" shows leave '^status=0'
ok "Ctrl-a x: the terminal is cooked again" cooked leave

guest bzimage --kernel build/guest/vmlinuz --initrd build/guest/initrd.img \
	--timeout 200 -- uname -a
is "bzImage: status" "$status" 0
like "bzImage: boots" "$(cat "$OUT/bzimage.out")" '^Linux '
