#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make install puts everything where it belongs, the program finds what came with
# it wherever that is moved, and make uninstall takes away just this.
set -u
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
unset MAKEFLAGS MFLAGS MAKELEVEL
export FLAVOUR=${FLAVOUR:-release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

# A guest and a server that are none: what becomes of them is the question
mkdir "$work/guest" "$work/none"
touch "$work"/guest/{vmlinux,vmlinuz,initrd.img,more.img}
cat >"$work/server" <<'X'
#!/bin/sh
echo "I am $0" >&2
exit 3
X

mk() { # GUEST TARGET
	make -s --no-print-directory GUEST="$1" TWIN="$work/server" \
		DESTDIR="$root" PREFIX=/usr "$2"
}

tree() {
	(cd "$root" && find . -printf '%M %P\n' | sort -k 2)
}

# What `run` says is missing of its guest, or of its server
complaint() { # ROOT ARG...
	local at=$1
	shift
	(cd / && "$at/usr/bin/passthru" run "$@" -- true 2>&1)
}

plan 12
(umask 077 && mk "$work/guest" install) >"$work/log" 2>&1
is "make install" "$? $(grep -v '^install ' "$work/log")" "0 "
is "what is there, for all to read" "$(tree | grep -v '^d')" \
	"-rwxr-xr-x usr/bin/passthru
-rwxr-xr-x usr/lib/passthru/bcm5720
-rw-r--r-- usr/lib/passthru/initrd.img
-rw-r--r-- usr/lib/passthru/more.img
-rw-r--r-- usr/lib/passthru/vmlinux
-rw-r--r-- usr/lib/passthru/vmlinuz
-rw-r--r-- usr/share/bash-completion/completions/passthru
-rw-r--r-- usr/share/man/man1/passthru.1"
is "and to enter" "$(tree | grep '^d' | grep -v '^drwxr-xr-x')" ""
ok "it runs" "$root/usr/bin/passthru" --version

mkdir "$work/other"
mv "$root/usr" "$work/other/"
rm "$work/other/usr/lib/passthru/initrd.img"
mkdir "$work/other/usr/lib/passthru/initrd.img" # to be complained about
like "elsewhere it finds its guest" "$(complaint "$work/other")" \
	"^passthru: $work/other/usr/.*lib/passthru/initrd.img: not a regular file"
rmdir "$work/other/usr/lib/passthru/initrd.img"
touch "$work/other/usr/lib/passthru/initrd.img"
like "and its server" "$(complaint "$work/other" --device bcm5720)" \
	"I am $work/other/usr/.*lib/passthru/bcm5720"
ln -s "$work/other/usr/bin/passthru" "$work/link"
mkdir -p "$work/via/usr/bin"
mv "$work/link" "$work/via/usr/bin/passthru"
like "and by a symbolic link" "$(complaint "$work/via" --device bcm5720)" \
	"I am $work/other/usr/.*lib/passthru/bcm5720"
mv "$work/other/usr" "$root/"

touch "$root/usr/lib/passthru/mine"
ok "make uninstall" mk "$work/guest" uninstall
is "leaves what is not its own" "$(tree | grep -v '^d')" \
	"-rw-r--r-- usr/lib/passthru/mine"
rm "$root/usr/lib/passthru/mine"
ok "again, with nothing to do" mk "$work/guest" uninstall
is "no directory of its own is left" "$(find "$root" -name passthru)" ""
like "without a guest it says what to do" "$(mk "$work/none" install)" \
	'make guest install'
