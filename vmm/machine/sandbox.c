/* SPDX-License-Identifier: BSD-2-Clause */
/* Prepared while everything may still be opened; then four calls a thread. */
#include "vmm/machine/sandbox.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <time.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "vmm/machine/sys.h"

#define CURE "or leave it off: --sandbox off"

/* A file system's rights: so many, from bit 0, in each version of Landlock */
static const uint8_t rights[] = {0, 13, 14, 15, 15, 16};

bool sandbox_can(void)
{
#if defined(__SANITIZE_ADDRESS__)
	return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
	return false;
#else
	return true;
#endif
#else
	return true;
#endif
}

void sandbox_init(struct sandbox *s)
{
	*s = (struct sandbox){0};
	for (unsigned k = 0; k < SANDBOX_KINDS; k++)
		s->ruleset[k] = -1;
}

static int failed(int rc, const char *call)
{
	return err_call(rc, "sandbox", call, CURE);
}

/* No file is allowed: there is no rule in them. */
static int open_rulesets(struct sandbox *s)
{
	int abi = machine_sys_landlock_abi();

	/* not built in, not switched on, or kept from us by another sandbox */
	if (abi <= 0)
		return 0;
	if (abi >= (int)ARRAY_SIZE(rights))
		abi = ARRAY_SIZE(rights) - 1;
	for (unsigned k = 0; k < SANDBOX_KINDS; k++) {
		s->ruleset[k] = machine_sys_landlock_create(
			(UINT64_C(1) << rights[abi]) - 1);
		if (s->ruleset[k] < 0)
			return failed(s->ruleset[k], "landlock_create_ruleset");
	}
	return 0;
}

static int build_filters(struct sandbox *s)
{
	int rc = 0;

	for (unsigned k = 0; !rc && k < SANDBOX_KINDS; k++)
		rc = filter_build(&s->filter[k], (enum sandbox_kind)k);
	return rc;
}

/*
 * What the C library would open a file for later: the time zone, with the
 * first use of gmtime_r(), and /proc/sys/vm/overcommit_memory, when the heap
 * of a thread shrinks.  So one heap is for all.  Observed: glibc 2.36.
 */
static void settle_libc(void)
{
	tzset();
	mallopt(M_ARENA_MAX, 1);
}

int sandbox_open(struct sandbox *s, bool on)
{
	int rc;

	sandbox_init(s);
	if (!on)
		return 0;
	settle_libc();
	rc = build_filters(s);
	if (!rc)
		rc = open_rulesets(s);
	if (rc)
		sandbox_close(s);
	s->on = !rc;
	return rc;
}

/* The order is the kernel's: the first allows a plain user the others. */
int sandbox_enter(const struct sandbox *s, enum sandbox_kind kind)
{
	int rc;

	if (!s->on)
		return 0;
	rc = machine_sys_no_new_privs();
	if (rc)
		return failed(rc, "PR_SET_NO_NEW_PRIVS");
	rc = kind == SANDBOX_LOOP ? machine_sys_no_dump() : 0;
	if (rc)
		return failed(rc, "PR_SET_DUMPABLE");
	rc = s->ruleset[kind] < 0
		     ? 0
		     : machine_sys_landlock_restrict(s->ruleset[kind]);
	if (rc)
		return failed(rc, "landlock_restrict_self");
	rc = machine_sys_drop_caps();
	if (rc)
		return failed(rc, "capset");
	rc = machine_sys_seccomp(&s->filter[kind]);
	if (rc)
		return failed(rc, "seccomp");
	return 0;
}

void sandbox_close(struct sandbox *s)
{
	for (unsigned k = 0; k < SANDBOX_KINDS; k++) {
		filter_free(&s->filter[k]);
		fd_close(&s->ruleset[k]);
	}
	s->on = false;
}
