/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIGBUS to -EFAULT, by sigsetjmp(3).
 *
 * The way back is this thread's and not an argument, because a signal handler
 * takes none.  No mask is saved (that would be a system call per copy), which
 * is why SA_NODEFER leaves SIGBUS unblocked.
 */
#include "tests/twin/server/guard.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

static _Thread_local sigjmp_buf *volatile way_back;

static void on_sigbus(int sig)
{
	if (way_back)
		siglongjmp(*way_back, 1);
	signal(sig, SIG_DFL); /* the access is repeated and kills */
}

void vfu_guard_install(void)
{
	struct sigaction sa = {.sa_handler = on_sigbus, .sa_flags = SA_NODEFER};

	sigemptyset(&sa.sa_mask);
	sigaction(SIGBUS, &sa, NULL);
}

/*
 * The first eight bytes go last, in one store: who polls a status block's tag
 * there finds the rest of it already written, as on a bus, where a host's cache
 * line changes as a whole.  memcpy(3) promises no order, and a copy may be
 * preempted between any two of its stores.
 */
static void copy(void *dst, const void *src, size_t len)
{
	uint64_t first;

	if (len < sizeof(first) || (uintptr_t)dst % sizeof(first)) {
		memcpy(dst, src, len);
		return;
	}
	memcpy(&first, src, sizeof(first));
	memcpy((char *)dst + sizeof(first), (const char *)src + sizeof(first),
	       len - sizeof(first));
	__atomic_store_n((uint64_t *)dst, first, __ATOMIC_RELEASE);
}

int vfu_guard_copy(void *dst, const void *src, size_t len)
{
	sigjmp_buf here;

	if (sigsetjmp(here, 0)) {
		way_back = NULL;
		return -EFAULT;
	}
	way_back = &here;
	atomic_signal_fence(memory_order_seq_cst);
	copy(dst, src, len);
	atomic_signal_fence(memory_order_seq_cst);
	way_back = NULL;
	return 0;
}
