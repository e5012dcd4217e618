/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The double of vmm/machine/sys.c: writes down what a thread would give up,
 * and gives up nothing.  Threads do so at the same time.
 */
#include "vmm/machine/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

#include "tests/fake/fake.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int call(const char *name, unsigned long long arg)
{
	int rc;

	pthread_mutex_lock(&lock);
	rc = sim_leave(sim_enter('s', name, "0x%llx", arg));
	pthread_mutex_unlock(&lock);
	return rc;
}

int machine_sys_no_new_privs(void)
{
	return call("PR_SET_NO_NEW_PRIVS", 1);
}

int machine_sys_no_dump(void)
{
	return call("PR_SET_DUMPABLE", 0);
}

int machine_sys_drop_caps(void)
{
	return call("capset", 0);
}

int machine_sys_seccomp(const struct sock_fprog *f)
{
	return call("seccomp", f->len > 0);
}

int machine_sys_landlock_abi(void)
{
	int abi = sim_knobs()->landlock;

	return abi ? abi : -ENOSYS;
}

int machine_sys_landlock_create(uint64_t access)
{
	int rc = call("landlock_create_ruleset", access);

	return rc ? rc : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int machine_sys_landlock_restrict(int ruleset_fd)
{
	return ruleset_fd < 0 ? -EBADF : call("landlock_restrict_self", 0);
}
