#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every lint finds what it is for: a tree with one offence of each kind, and
# what the lint must say about it.  And each is content with a clean file.
. "$(dirname "$0")/lib.sh"

repo=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{base,kvm,vfio,vmm/pci,tests}
cp -r tests/lint "$work/tests/"
cp .clang-format .clang-tidy "$work/"
cd "$work" || exit

top='/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of the self-test. */'

put() { # FILE, body on stdin
	{ echo "$top"; cat; } >"$1"
}

put base/good.h <<'C'
#ifndef BASE_GOOD_H
#define BASE_GOOD_H

struct range;

/** good_one - has a docstring on one line */
static inline int good_one(void)
{
	return 1;
}

/**
 * good_two - has a longer one
 * @a: a number
 *
 * Return: 0.
 */
int good_two(int a) __attribute__((warn_unused_result));

#endif
C
put base/good.c <<'C'
#include "base/good.h"

int good_two(int a)
{
	return a - a;
}
C
put base/nodoc.h <<'C'
#ifndef BASE_NODOC_H
#define BASE_NODOC_H

/* says nothing of its name */
int nodoc(int a,
	  int b);

/** other - names another function */
int wrongdoc(void);

#endif
C
put base/needy.h <<'C'
#ifndef BASE_NEEDY_H
#define BASE_NEEDY_H

/** needy - uses a type that it does not declare */
uint32_t needy(void);

#endif
C
put base/guard.h <<'C'
#ifndef GUARD
#define GUARD
#endif
C
put base/up.c <<'C'
#include "kvm/sys.h"
C
put kvm/sideways.c <<'C'
#include "vfio/sys.h"
C
put vmm/pci/impure.c <<'C'
#include <sys/ioctl.h>
#include <unistd.h>
C
put vfio/sys.c <<'C'
int x = ioctl(0, 0);
C
put vfio/group.c <<'C'
/* ioctl(fd) in a comment is nothing */
int y = ioctl(0, 0);
C
echo 'int z;' >base/nospdx.c
put base/format.c <<'C'
int  w ;
C
{
	printf 'void longer(void)\n{\n'
	for i in $(seq 61); do echo "	g($i);"; done
	echo '}'
	for i in $(seq 450); do echo; done
} | put base/long.c
put base/bug.c <<'C'
#include <stdlib.h>

int bug(void);
int bug(void)
{
	int *p = malloc(sizeof(*p));
	int a[2] = {0};

	free(p);
	return *p + a[2];
}
C

mkdir -p docs/lessons vmm/cli
echo 'See 01-bad.md.' >docs/lessons/README.md
put vmm/cli/breaks.c <<'C'
static const char *const words[] = {
	[0] = "some-thing",
};
C
cat >docs/lessons/01-bad.md <<'M'
# 1. Bad

## Type this

`--break no-thing`

## In the code

| what | file | look for |
|---|---|---|
| a function | `base/good.c` | `good_two` |
| none | `base/good.c` | `good_two`, `good_three` |
| no file | `base/none.c` | `good_two` |
M

must() { # LINT PATTERN...
	local lint=$1 out p
	shift
	out=$(bash "tests/lint/$lint.sh" 2>&1) &&
		echo "tests/lint/$lint.sh:1: is content with a bad tree"
	for p in "$@"; do
		grep -q "^$p" <<<"$out" ||
			echo "tests/lint/$lint.sh:1: misses $p; said: $out"
	done
	grep -q '^base/good\.' <<<"$out" &&
		echo "tests/lint/$lint.sh:1: complains about a good file: $out"
}

{
	must lessons 'docs/lessons/01-bad.md:5: --break no-thing' \
		'docs/lessons/01-bad.md:12: base/good.c does not define good_three' \
		'docs/lessons/01-bad.md:13: there is no base/none.c' \
		"docs/lessons/01-bad.md:1: has no part '## Break it'" \
		'vmm/cli/breaks.c:1: some-thing is in no lesson' \
		'docs/lessons/README.md:1: does not name some-thing' \
		'docs/lessons/README.md:1: has no link to 01-bad.md'
	must docs 'base/nodoc.h:7: nodoc()' 'base/nodoc.h:11: wrongdoc()'
	must headers 'base/guard.h:1: wants' '.*uint32_t.*gcc' '.*uint32_t.*clang'
	must layers 'base/up.c:3: ' 'kvm/sideways.c:3: ' \
		'vmm/pci/impure.c:3: ' 'vmm/pci/impure.c:4: '
	must ioctl 'vfio/group.c:4: '
	must spdx 'base/nospdx.c:1: ' 'base/nospdx.c:2: '
	must size 'base/long.c:3: longer() has 61' 'base/long.c:1: 51[0-9] lines'
	must format 'base/format.c:3'
	must tidy 'base/bug.c:[0-9]*:.*clang-analyzer'
	must cppcheck 'base/bug.c:[0-9]*: '
	must analyzer 'base/bug.c:[0-9]*:.*after-free'
	bash tests/lint/ioctl.sh | grep -E '^vfio/(sys\.c|group\.c:3)' &&
		echo "tests/lint/ioctl.sh:1: complains about what is allowed"
	cd "$repo" || echo "$repo:1: gone"
} | verdict
