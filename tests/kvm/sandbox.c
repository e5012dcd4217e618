/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enters the sandbox as a thread of one kind, and makes one system call.
 *
 *   kvm-sandbox loop|vcpu|server CALL
 *   kvm-sandbox landlock CALL
 *
 * Of a call that is let through it prints "ok" or the errno's name; another
 * ends it by SIGSYS.  Without KVM, and without a guest.  The second takes of
 * the sandbox only what Landlock does, which the list of calls otherwise hides,
 * and prints "none" where the kernel has it not.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/machine/sandbox.h"
#include "vmm/machine/sys.h"

#define PAGE 4096

struct call {
	const char *name;
	long (*make)(void);
};

static struct sandbox box;
static enum sandbox_kind kind;
static bool only_landlock;
static const struct call *chosen;

static long mapped(int prot)
{
	return mmap(NULL, PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
			       MAP_FAILED
		       ? -1
		       : 0;
}

static long make_open(void)
{
	return open("/", O_RDONLY | O_CLOEXEC);
}

static long make_exec(void)
{
	char *const argv[] = {NULL};

	return execv("/bin/true", argv);
}

static long make_socket(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long make_fork(void)
{
	return syscall(SYS_fork);
}

static void *nothing(void *arg)
{
	return arg;
}

static long make_thread(void)
{
	pthread_t t;

	errno = pthread_create(&t, NULL, nothing, NULL);
	return errno ? -1 : 0;
}

static long make_ptrace(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static long make_mmap_exec(void)
{
	return mapped(PROT_READ | PROT_EXEC);
}

static long make_mprotect_exec(void)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, PAGE, PROT_READ | PROT_EXEC);
}

static long make_create_vm(void)
{
	return ioctl(-1, KVM_CREATE_VM, 0);
}

static long make_map_dma(void)
{
	return ioctl(-1, VFIO_IOMMU_MAP_DMA, NULL);
}

static long make_unmap_dma(void)
{
	return ioctl(-1, VFIO_IOMMU_UNMAP_DMA, NULL);
}

static long make_run(void)
{
	return ioctl(-1, KVM_RUN, 0);
}

static long make_kill_init(void)
{
	return kill(1, 0);
}

static long make_kill_all(void)
{
	return kill(-1, 0);
}

static long make_raise(void)
{
	return raise(SIGURG); /* ignored when nobody waits for it */
}

static long make_tgkill(void)
{
	return syscall(SYS_tgkill, getppid(), getppid(), 0);
}

static long make_unlink(void)
{
	return unlink("/tmp/passthru-test-of-nothing");
}

static long make_create(void)
{
	return open("/tmp/passthru-test-of-nothing",
		    O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long make_mkdir(void)
{
	return mkdir("/tmp/passthru-test-of-nothing", 0700);
}

static long make_heap(void)
{
	void *volatile p = malloc(64UL << 20);
	void *volatile q = malloc(100);
	bool good = p && q && mapped(PROT_READ | PROT_WRITE) == 0;

	free(p);
	free(q);
	return good ? 0 : -1;
}

static long make_gmtime(void)
{
	time_t now = time(NULL);
	struct tm tm;

	return gmtime_r(&now, &tm) ? 0 : -1;
}

/* What would shrink a heap of the thread's own, if it had one */
static long make_shrink(void)
{
	enum { BLOCKS = 1000 };
	static void *block[BLOCKS];

	for (unsigned i = 0; i < BLOCKS; i++)
		block[i] = malloc(32 << 10);
	for (unsigned i = BLOCKS; i; i--)
		free(block[i - 1]);
	return malloc_trim(0) < 0 ? -1 : 0;
}

static long make_eventfd(void)
{
	return eventfd(0, EFD_CLOEXEC);
}

static const struct call calls[] = {
	{"open", make_open},           {"exec", make_exec},
	{"socket", make_socket},       {"fork", make_fork},
	{"thread", make_thread},       {"ptrace", make_ptrace},
	{"mmap-exec", make_mmap_exec}, {"mprotect-exec", make_mprotect_exec},
	{"create-vm", make_create_vm}, {"map-dma", make_map_dma},
	{"unmap-dma", make_unmap_dma}, {"run", make_run},
	{"kill-init", make_kill_init}, {"kill-all", make_kill_all},
	{"raise", make_raise},         {"tgkill", make_tgkill},
	{"unlink", make_unlink},       {"heap", make_heap},
	{"gmtime", make_gmtime},       {"shrink", make_shrink},
	{"eventfd", make_eventfd},     {"create", make_create},
	{"mkdir", make_mkdir},
};

static void fail(const char *why)
{
	fprintf(stderr, "kvm-sandbox: %s\n", why);
	exit(1);
}

/* What a thread of the loop's kind is bound by, and nothing else */
static void enter_landlock(void)
{
	if (box.ruleset[SANDBOX_LOOP] < 0) {
		puts("none");
		exit(0);
	}
	if (machine_sys_no_new_privs() ||
	    machine_sys_landlock_restrict(box.ruleset[SANDBOX_LOOP]))
		fail("landlock_restrict_self");
}

static void *one_call(void *arg)
{
	char line[64];
	long rc;

	if (only_landlock)
		enter_landlock();
	else if (sandbox_enter(&box, kind))
		fail(err_last());
	errno = 0;
	rc = chosen->make();
	snprintf(line, sizeof(line), "%s\n", rc < 0 ? err_name(errno) : "ok");
	return write(STDOUT_FILENO, line, strlen(line)) < 0 ? NULL : arg;
}

static void choose(const char *kind_name, const char *call_name)
{
	static const char *const name[] = {"loop", "vcpu", "server"};
	unsigned k = 0;

	only_landlock = !strcmp(kind_name, "landlock");
	while (!only_landlock && k < SANDBOX_KINDS &&
	       strcmp(name[k], kind_name) != 0)
		k++;
	for (unsigned i = 0; i < ARRAY_SIZE(calls); i++)
		if (!strcmp(calls[i].name, call_name))
			chosen = &calls[i];
	if (k == SANDBOX_KINDS || !chosen)
		fail("no such kind or call");
	kind = (enum sandbox_kind)k;
}

int main(int argc, char **argv)
{
	pthread_t t;

	if (argc != 3)
		fail("usage: loop|vcpu|server|landlock CALL");
	choose(argv[1], argv[2]);
	if (sandbox_open(&box, true))
		fail(err_last());
	if (kind == SANDBOX_LOOP)
		return !one_call(&box);
	if (pthread_create(&t, NULL, one_call, &box))
		fail("pthread_create");
	pthread_join(t, NULL);
	return 0;
}
