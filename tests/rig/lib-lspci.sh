# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Is what lspci says of a function the same here and there? Source it after
# lib-scenario.sh.
#
#   guest_tree             unpack the guest: its lspci runs on the host too
#   host_lspci BDF         lspci -vvv by the guest's lspci, on the host
#   normal FILE...         standard input without what these let differ
#   same_lspci GUEST SLOT HOST-FILE [FILE]
#                          a guest printed `lspci SLOT:` and what lspci said;
#                          FILE lets more differ
#   same_as_golden BDF     lspci -vvv is what lspci makes of the golden file
#   same_bytes BDF         configuration space is the golden file's, outside
#                          of what can be written
# Knows the files of tests/golden; nothing of the device.

golden=tests/golden/bcm5720

# lspci of the guest's own build, so that both sides are told in the same words
guest_tree() {
	mkdir /tmp/guest && cd /tmp/guest || return
	busybox cpio -i -d <"$OLDPWD/build/guest/initrd.img" 2>/dev/null
	mount --rbind /sys sys && mount -t proc proc proc
	cd - >/dev/null || return
}

host_lspci() { # BDF
	chroot /tmp/guest /usr/bin/lspci -vvv -s "$1" 2>/dev/null
}

normal() { # ALLOW-FILE...
	sed -E -e "$(sed -n 's,/,\\/,g; /^[^#]/s/.*/s\/&\/\//p' "$@")" \
		-e '/^$/d'
}

guest_lspci() { # NAME SLOT
	sed -n "/^lspci $2:/,/^$/p" "$OUT/$1.out" | sed 1d
}

same_lspci() { # NAME SLOT HOST-FILE [ALLOW-FILE]
	local allow=(tests/golden/lspci-allow.txt "${@:4}")
	guest_lspci "$1" "$2" | normal "${allow[@]}" >"$OUT/$1.$2"
	normal "${allow[@]}" <"$3" >"$3.normal"
	[ -s "$3.normal" ] || { echo "empty: $3"; return 1; }
	diff -U 0 "$3.normal" "$OUT/$1.$2"
}

same_as_golden() { # BDF
	lspci -F $golden.txt -vvv -s "${1#0000:}" 2>/dev/null |
		normal $golden-allow.txt >"$OUT/golden-$1"
	lspci -vvv -s "$1" >"$OUT/lspci-$1"
	normal $golden-allow.txt <"$OUT/lspci-$1" >"$OUT/lspci-$1.normal"
	[ -s "$OUT/golden-$1" ] || { echo "empty golden file"; return 1; }
	diff -U 0 "$OUT/golden-$1" "$OUT/lspci-$1.normal"
}

# words of `lspci -xxxx` on standard input: OFFSET VALUE, hexadecimal
words() {
	awk '/^[0-9a-f]+: / { off = substr($1, 1, length($1) - 1)
		for (i = 0; i < 4; i++)
			printf "%s%s %s\n", substr("00" off, length(off),
				2), substr("048c", i + 1, 1),
				$(4 * i + 5) $(4 * i + 4) $(4 * i + 3) \
				$(4 * i + 2) }'
}

same_bytes() { # BDF
	local off mask got want rc=0
	local -A free=()
	while read -r off mask _; do
		case $off in '' | '#'*) ;; *) free[$off]=$mask ;; esac
	done <$golden-mask.txt
	lspci -F $golden.txt -xxxx -s "${1#0000:}" 2>/dev/null | words \
		>"$OUT/words-golden"
	lspci -xxxx -s "$1" | words >"$OUT/words-$1"
	[ "$(wc -l <"$OUT/words-$1")" = 1024 ] ||
		{ echo "not 4096 bytes"; return 1; }
	while read -r off want _ got; do
		mask=$((~0x${free[$off]:-0}))
		[ $((0x$want & mask)) = $((0x$got & mask)) ] ||
			{ echo "$off: $got, want $want"; rc=1; }
	done < <(paste -d' ' "$OUT/words-golden" "$OUT/words-$1")
	return $rc
}
