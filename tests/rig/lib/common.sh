# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2034
#
# Words the whole rig shares: where things lie, how it fails, how it becomes
# root, and how it runs a program of the Debian 13 tree on whatever host this
# is. Knows nothing of how the tree is made or of what the machine looks like.

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
RIG_LIB=$REPO/tests/rig/lib
RIG_DIR=${RIG_DIR:-$REPO/build/rig}
TREE=$RIG_DIR/tree

# Own failures: one line, status 125, so that CMD's status stays readable.
rig_die() {
	echo "rig: $*" >&2
	exit 125
}

rig_say() {
	echo "rig: $*" >&2
}

rig_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		rig_die "$1 needs root: run as root or install sudo"
	fi
}

# Install what the host lacks, saying so. Arguments: COMMAND:PACKAGE...
rig_need() {
	local pair missing=()
	for pair in "$@"; do
		PATH=$PATH:/usr/sbin:/sbin command -v "${pair%%:*}" >/dev/null ||
			missing+=("${pair##*:}")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	rig_say "installing on this host: ${missing[*]}"
	rig_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
		--no-install-recommends "${missing[@]}" >&2 ||
		rig_die "cannot install ${missing[*]}: install them by hand"
}

# tree_argv PROGRAM: sets TREE_ARGV to what runs $TREE/PROGRAM without chroot,
# by the tree's own dynamic loader: paths stay the host's, root is not needed.
tree_argv() {
	local lib=$TREE/usr/lib/x86_64-linux-gnu
	TREE_ARGV=("$lib/ld-linux-x86-64.so.2" --argv0 "${1##*/}"
		--library-path "$lib:$TREE/usr/lib" "$TREE/$1")
}

tree_run() {
	tree_argv "$1"
	shift
	"${TREE_ARGV[@]}" "$@"
}
