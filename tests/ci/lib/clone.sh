# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A clone of HEAD, as somebody has it who comes for the first time; source it in
# the repository.

# fresh_clone DIR: and it finds what was downloaded here before
fresh_clone() {
	git clone -q --no-hardlinks . "$1" || return
	[ -e build/guest/cache/debs.list ] || return 0
	mkdir -p "$1/build/guest/cache"
	cp -al build/guest/cache/debs "$1/build/guest/cache/" &&
		cp -a build/guest/cache/debs.list "$1/build/guest/cache/"
}
