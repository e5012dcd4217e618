#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Completion offers what --help says, of every command, and what fits as a value;
# bash itself asks, with the line parted as readline does it.
set -u
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
B=build/${FLAVOUR:-release}
program=$B/passthru
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What Tab offers behind LINE, sorted; TYPE is readline's, 63 to have a choice
# shown.  Words end at blanks, and : and = are words by themselves.
offers() { # LINE [TYPE]
	COMP_TYPE=${2:-9} COMP_WORDBREAKS=$' \t\n"\'><=;|&(:' bash -c '
		. "$1"
		_passthru_devices=$2
		line=${3//:/ : }
		line=${line//=/ = }
		read -ra COMP_WORDS <<<"$line"
		[[ $3 != *" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_passthru "${COMP_WORDS[0]}"
		printf "%s\n" "${COMPREPLY[@]}"' \
		- "$completion" "$work/devices" "$1" | LC_ALL=C sort |
		sed '/^$/d' | paste -sd,
}

# The options that a help text explains
options() { # COMMAND
	"$program" "$1" --help | grep -oE '^ +--[a-z][a-z0-9-]*' |
		tr -d ' ' | LC_ALL=C sort -u | paste -sd,
}

# A host with four devices, and its `passthru list`
mkdir -p "$work"/devices/{0000:02:00.0,0000:02:00.1,0000:03:00.0,0001:00:00.0}
cat >"$work/passthru" <<'X'
#!/bin/sh
case "$*" in
list)
	echo 'DEVICE        ID         DRIVER   GROUP  NAME'
	echo '0000:02:00.0  14e4:165f  tg3      10     Broadcom'
	echo '0000:02:00.1  14e4:165f  tg3      10     Broadcom'
	;;
--help) printf '%s\n' 'other - x' '' '  passthru frob [--in=FILE] FILE   do it' \
	'  passthru --help' ;;
"frob --help") printf '%s\n' \
	'usage: passthru frob [--in=FILE] FILE' '' '  --in=FILE   from here' \
	'  --out[=on|off]' '              or not' '  --help' ;;
esac
X
chmod +x "$work/passthru"
mkdir "$work/dir"
touch "$work/dir/kernel" "$work/dir/initrd"
completion=$B/passthru.bash
commands=$("$program" --help |
	awk '/^  passthru [a-z]/ && !n[$2]++ { print $2 }')

plan $((25 + $(wc -w <<<"$commands")))
ok "it is bash" bash -n "$completion"
# shellcheck disable=SC2086
is "every command" "$(offers 'passthru ')" \
	"$(printf '%s\n' $commands --help --version | LC_ALL=C sort | paste -sd,)"
for c in $commands; do
	is "$c: every option of --help" "$(offers "passthru $c --")" \
		"$(options "$c")"
done
is "a word's beginning" "$(offers 'passthru re')" restore
is "no such command" "$(offers 'passthru frob ')" ""
all=0000:02:00.0,0000:02:00.1,0000:03:00.0,0001:00:00.0
is "devices, and what else may stand there" \
	"$(offers 'passthru run --device ')" "$all,bcm5720,vfio-user:"
is "devices as arguments" "$(offers 'passthru bind ')" "$all"
is "what is behind a colon is replaced" \
	"$(offers 'passthru bind 0000:02')" "02:00.0,02:00.1"
is "behind two" "$(offers 'passthru bind 0000:02:00.')" "00.0,00.1"
is "without the domain" "$(offers 'passthru run --device 02:')" "00.0,00.1"
is "a second one" "$(offers 'passthru restore 02:00.0 0000:03:')" 00.0
is "behind an equals sign" "$(offers 'passthru run --device=0000:03:')" 00.0
is "on the way to a server" "$(offers 'passthru run --device vf')" vfio-user:
is "its socket" "$(offers "passthru run --device vfio-user:$work/di")" \
	"$work/dir"
is "files" "$(offers "passthru run --kernel $work/dir/")" \
	"$work/dir/initrd,$work/dir/kernel"
is "behind an equals sign, too" "$(offers "passthru run --initrd=$work/dir/k")" \
	"$work/dir/kernel"
is "words that may be a value" "$(offers 'passthru run --sandbox ')" off,on
like "words beside files" "$(offers 'passthru run --console s')" '^(.*,)?stdio(,|$)'
like "users" "$(offers 'passthru bind --owner roo')" '^root(,|$)'
is "a number is nothing to be offered" "$(offers 'passthru run --cpus ')" ""
is "the guest's command is not ours" "$(offers 'passthru run -- --')" ""
is "a choice is shown with names" "$(offers "$work/passthru bind 0000:02:" 63)" \
	"$(printf '00.%d  14e4:165f  tg3      10     Broadcom\n' 0 1 | paste -sd,)"
is "one is not" "$(offers "$work/passthru bind 0000:03:" 63)" 00.0

completion=$work/completion
scripts/helps "$work/passthru" | awk -f scripts/completion.awk >"$completion"
cat scripts/completion.sh >>"$completion"
is "another program has other commands" "$(offers 'passthru ')" --help,frob
is "a value that may be left out" "$(offers 'passthru frob --out ')" \
	"$(offers 'passthru frob ')"
is "and one that is given" "$(offers 'passthru frob --out=o')" off,on
