#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Which Debian packages each part of the build needs, and installs them.
#
#   scripts/deps.sh check GROUP...     0, or says what is missing and fails
#   scripts/deps.sh install GROUP...   installs what is missing, saying what
#
# A row is: group, a command or file whose presence shows that the package is
# there, the package.  Files are given by their absolute path; @ stands for
# the machine's library directory.
set -eu

table='
build    gcc                                gcc
build    /usr/include/stdio.h               libc6-dev
build    /usr/include/linux/kvm.h           linux-libc-dev
build    /usr/include/libfdt.h              libfdt-dev
build    iasl                               acpica-tools
unit     /usr/include/criterion/criterion.h libcriterion-dev
lint     clang                              clang
lint     clang-format                       clang-format
lint     clang-tidy                         clang-tidy
lint     cppcheck                           cppcheck
lint     shellcheck                         shellcheck
compdb   bear                               bear
guest    cpio                               cpio
guest    gzip                               gzip
rig      debootstrap                        debootstrap
'

die() {
	echo "deps: $*" >&2
	exit 1
}

present() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] ;;
	esac
}

# Packages of group $1 that are not there, one per line
missing() {
	while read -r group probe package; do
		[ "$group" != "$1" ] || present "$probe" || echo "$package"
	done <<-EOT
	$table
	EOT
}

all_missing() {
	for g in "$@"; do
		missing "$g"
	done | sort -u | tr '\n' ' '
}

install_all() {
	command -v apt-get >/dev/null ||
		die "missing: $1(and no apt-get here to install them)"
	sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	[ -z "$sudo" ] || command -v sudo >/dev/null ||
		die "missing: $1; as root: apt-get install $1"
	echo "deps: installing $1"
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	# shellcheck disable=SC2086 # a list of package names
	{
		$sudo apt-get -q update &&
		$sudo env DEBIAN_FRONTEND=noninteractive \
			apt-get -q install -y --no-install-recommends $1
	} </dev/null >"$log" 2>&1 || {
		tail -20 "$log" >&2
		die "apt-get failed (its last lines are above)"
	}
}

[ $# -ge 2 ] || die "usage: deps.sh check|install GROUP..."
verb=$1
shift
for g in "$@"; do
	case $table in
	*"
$g "*) ;;
	*) die "no group '$g'" ;;
	esac
done
list=$(all_missing "$@")
[ -n "$list" ] || exit 0
case $verb in
check) die "missing: ${list% }; install with: sudo apt-get install $list" ;;
install) install_all "$list" ;;
*) die "no verb '$verb'" ;;
esac
