#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The same packages and sources give the same guest: built here and elsewhere,
# by another umask, later, and where directories list their files backwards.
set -u
cd "$(dirname "$0")/../.." || exit
. tests/tap.sh
unset MAKEFLAGS MFLAGS MAKELEVEL
mkdir -p build
work=$(mktemp -d "$PWD/build/guest.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
images="vmlinux vmlinuz initrd.img more.img"

# readdir(3) from the end, for programs that do not sort.  Directories are read
# one inside the other: each has its own list.
cat >"$work/backwards.c" <<'X'
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define OPEN 64

static struct list {
	DIR *of;
	struct dirent64 *e;
	size_t n;
} open_now[OPEN];

static struct list *list_of(DIR *d)
{
	for (int i = 0; i < OPEN; i++)
		if (open_now[i].of == d)
			return &open_now[i];
	return NULL;
}

static struct list *read_all(DIR *d)
{
	struct dirent64 *(*next)(DIR *) = dlsym(RTLD_NEXT, "readdir64");
	struct list *l = list_of(NULL);
	struct dirent64 *e;

	if (!l)
		abort();
	l->of = d;
	while ((e = next(d))) {
		l->e = realloc(l->e, (l->n + 1) * sizeof(*e));
		memcpy(&l->e[l->n++], e, e->d_reclen);
	}
	return l;
}

struct dirent64 *readdir64(DIR *d)
{
	struct list *l = list_of(d);

	if (!l)
		l = read_all(d);
	return l->n ? &l->e[--l->n] : NULL;
}

struct dirent *readdir(DIR *d)
{
	return (struct dirent *)readdir64(d);
}

int closedir(DIR *d)
{
	int (*real)(DIR *) = dlsym(RTLD_NEXT, "closedir");
	struct list *l = list_of(d);

	if (l) {
		free(l->e);
		*l = (struct list){0};
	}
	return real(d);
}
X

# A copy of what a guest is made of, where it is built by itself
copy() { # DIR
	mkdir -p "$1/build/guest" && cp -R guest Makefile "$1/" &&
		cp -R vmm scripts tests "$1/" &&
		cp -R build/guest/cache "$1/build/guest/"
}

built() { # DIR [VARIABLE=VALUE]...
	local dir=$1
	shift
	env "$@" make -s --no-print-directory -C "$dir" guest
}

sums() { # DIR
	# shellcheck disable=SC2086
	(cd "$1/build/guest" && sha256sum init $images)
}

# What a program that does not sort says of a directory
listed() {
	(cd "$work" && mkdir -p three && touch three/1 three/2 three/3 &&
		env "$@" ls -U three | paste -sd,)
}

plan 6
ok "what it is made of" make -s --no-print-directory build/guest/cache/debs.list
ok "one" eval '(umask 022; copy "$work/a") && built "$work/a"'
ok "the other's order of files" gcc -shared -fPIC -O1 -o "$work/backwards.so" \
	"$work/backwards.c" -ldl
ok "the other" eval '(umask 077; copy "$work/far/away/b" &&
	built "$work/far/away/b" LD_PRELOAD="$work/backwards.so" TZ=Asia/Tokyo)'
is "which is another one" "$(listed LD_PRELOAD="$work/backwards.so")" \
	"$(listed A=B | tr , '\n' | tac | paste -sd,)"
is "both are the same" "$(sums "$work/far/away/b")" "$(sums "$work/a")"
