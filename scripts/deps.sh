#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Which Debian packages each part of the build needs, and installs them.
#
#   scripts/deps.sh check GROUP...     0, or says what is missing and fails
#   scripts/deps.sh install GROUP...   installs what is missing, saying what
#
# A row is: group, a command or the absolute path of a file whose presence
# shows that the package is there, the package.
set -eu

table='
build    gcc                                gcc
build    /usr/include/stdio.h               libc6-dev
build    /usr/include/linux/kvm.h           linux-libc-dev
build    /usr/include/libfdt.h              libfdt-dev
build    /usr/include/seccomp.h             libseccomp-dev
build    iasl                               acpica-tools
twin     /usr/include/libdeflate.h          libdeflate-dev
unit     /usr/include/libdeflate.h          libdeflate-dev
unit     /usr/include/criterion/criterion.h libcriterion-dev
unit     cpio                               cpio
unit     ip                                 iproute2
unit     ping                               iputils-ping
unit     nc                                 netcat-openbsd
unit     busybox                            busybox
unit     pgrep                              procps
unit     mandoc                             mandoc
unit     groff                              groff-base
unit     jq                                 jq
unit     prove                              perl
unit     xmllint                            libxml2-utils
unit     python3                            python3
lint     clang                              clang
lint     clang-format                       clang-format
lint     clang-tidy                         clang-tidy
lint     cppcheck                           cppcheck
lint     shellcheck                         shellcheck
compdb   bear                               bear
guest    dpkg-deb                           dpkg
guest    strip                              binutils
guest    xz                                 xz-utils
guest    zstd                               zstd
rig      debootstrap                        debootstrap
rig      cpio                               cpio
rig      flock                              util-linux
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

# apt-get as root, its output shown only when it fails
apt() {
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	if [ "$(id -u)" = 0 ]; then
		env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive apt-get -q "$@"
	fi </dev/null >"$log" 2>&1 || {
		tail -20 "$log" >&2
		die "apt-get $1 failed (its last lines are above)"
	}
}

install_all() {
	command -v apt-get >/dev/null ||
		die "missing: $1(and no apt-get here to install them)"
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
		die "missing: $1; as root: apt-get install $1"
	echo "deps: installing $1"
	apt update
	# shellcheck disable=SC2086 # a list of package names
	apt install -y --no-install-recommends $1
}

# The guest is made of packages that apt must know, not have installed
know_packages() {
	apt-cache show linux-image-amd64 >/dev/null 2>&1 || {
		echo "deps: fetching apt's package lists"
		apt update
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
case $verb in
check) [ -z "$list" ] || die "missing: ${list% }; install with: sudo apt-get install ${list% }" ;;
install)
	[ -z "$list" ] || install_all "$list"
	case " $* " in *" guest "*) know_packages ;; esac
	;;
*) die "no verb '$verb'" ;;
esac
