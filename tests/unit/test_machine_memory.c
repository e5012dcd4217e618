/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest RAM of each kind, from this host's kernel; memory slots in the fake
 * one.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "tests/fake/fake.h"
#include "test_assign_guest.h"
#include "vmm/machine/memory.h"

static struct kvm_vm vm;
static struct platform plat;
static struct memory mem;

static void setup(void)
{
	sim_reset();
	cr_assert_eq(kvm_vm_open(&vm, PLAT_KVM_HOLE_GPA), 0);
	cr_assert_eq(platform_init(&plat, 1, 64 * MiB, 40), 0);
}

static void teardown(void)
{
	kvm_vm_close(&vm);
	sim_end();
}

TestSuite(machine_memory, .init = setup, .fini = teardown);

static void open_kind(enum memory_kind kind)
{
	cr_assert_eq(memory_open(&mem, &plat, &vm, kind, NULL), 0, "%s",
		     err_last());
}

/* The kernel's flags of the mapping at @p: two letters each */
static void flags_of(const void *p, char flags[512])
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long start, end;
	bool here = false;
	char line[512];

	cr_assert(f);
	*flags = '\0';
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			here = start <= (uintptr_t)p && (uintptr_t)p < end;
		else if (here && !strncmp(line, "VmFlags:", 8))
			memcpy(flags, line + 8, sizeof(line) - 8);
	}
	fclose(f);
}

Test(machine_memory, is_in_no_core_file_and_in_no_child)
{
	static const enum memory_kind kind[] = {MEMORY_ANONYMOUS, MEMORY_FILE};
	char flags[512];

	for (unsigned i = 0; i < ARRAY_SIZE(kind); i++) {
		open_kind(kind[i]);
		flags_of(mem.ram.part[0].hva, flags);
		cr_assert(strstr(flags, " dd "), "%s", flags);
		cr_assert(strstr(flags, " dc "), "%s", flags);
		memory_close(&mem);
	}
}

Test(machine_memory, what_is_ours_alone_is_no_file)
{
	unsigned fds = open_fds();

	open_kind(MEMORY_ANONYMOUS);
	cr_assert_eq(mem.ram.n, 1);
	cr_assert_eq(mem.ram.part[0].fd, -1);
	cr_assert_eq((uintptr_t)mem.ram.part[0].hva % (2 * MiB), 0);
	mem.ram.part[0].hva[64 * MiB - 1] = 1;
	cr_assert_eq(open_fds(), fds);
	memory_close(&mem);
	memory_close(&mem);
}

/* Both pieces, and that the file holds what the mapping does */
Test(machine_memory, a_file_holds_every_part)
{
	unsigned fds = open_fds();
	const struct gmem_part *p = mem.ram.part;
	char c = 0;

	cr_assert_eq(platform_init(&plat, 1, 3 * GiB, 40), 0);
	open_kind(MEMORY_FILE);
	cr_assert_eq(mem.ram.n, 2);
	cr_assert_eq((uintptr_t)p[0].hva % (2 * MiB), 0);
	cr_assert_eq(p[0].fd_offset, 0);
	cr_assert_eq(p[1].fd, p[0].fd);
	cr_assert_eq(p[1].fd_offset, 2 * GiB);
	cr_assert_eq(p[1].hva, p[0].hva + 2 * GiB);
	p[0].hva[5] = 'l';
	p[1].hva[GiB - 1] = 'h';
	cr_assert_eq(pread(p[0].fd, &c, 1, 5), 1);
	cr_assert_eq(c, 'l');
	cr_assert_eq(pread(p[1].fd, &c, 1, 3 * GiB - 1), 1);
	cr_assert_eq(c, 'h');
	memory_close(&mem);
	cr_assert_eq(open_fds(), fds);
}

/* Whoever is handed the descriptor cannot take memory away from us. */
Test(machine_memory, a_file_is_sealed)
{
	int fd;

	open_kind(MEMORY_FILE);
	fd = mem.ram.part[0].fd;
	cr_assert_eq(ftruncate(fd, 4096), -1);
	cr_assert_eq(errno, EPERM);
	cr_assert_eq(ftruncate(fd, GiB), -1);
	cr_assert_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
	cr_assert_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	memory_close(&mem);
}

/* DONTFORK: in a child there is nothing at all. */
static bool child_sees(const uint8_t *hva)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		unsigned char in_core;
		void *page = (void *)(uintptr_t)hva;

		_exit(mincore(page, 4096, &in_core) == 0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

Test(machine_memory, no_child_inherits_it)
{
	open_kind(MEMORY_ANONYMOUS);
	cr_assert_not(child_sees(mem.ram.part[0].hva));
	memory_close(&mem);
	open_kind(MEMORY_FILE);
	cr_assert_not(child_sees(mem.ram.part[0].hva));
	memory_close(&mem);
}

Test(machine_memory, without_a_descriptor_it_says_so)
{
	struct rlimit lim;
	struct rlimit few;
	int next = dup(0);

	close(next);
	getrlimit(RLIMIT_NOFILE, &lim);
	few = (struct rlimit){(rlim_t)next, lim.rlim_max};
	setrlimit(RLIMIT_NOFILE, &few);
	cr_assert_eq(memory_open(&mem, &plat, &vm, MEMORY_FILE, NULL), -EMFILE);
	setrlimit(RLIMIT_NOFILE, &lim);
	cr_assert(strstr(err_last(), "memfd_create: EMFILE"), "%s", err_last());
	cr_assert_eq(mem.fd, -1);
}

Test(machine_memory, a_file_that_may_not_be_so_long)
{
	unsigned fds = open_fds();
	struct rlimit lim;
	struct rlimit small;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &lim);
	small = (struct rlimit){MiB, lim.rlim_max};
	setrlimit(RLIMIT_FSIZE, &small);
	cr_assert_eq(memory_open(&mem, &plat, &vm, MEMORY_FILE, NULL), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &lim);
	cr_assert_str_eq(err_last(), "guest RAM of 64 MiB: ftruncate: EFBIG; "
				     "give a smaller --memory");
	cr_assert_eq(open_fds(), fds);
}

static void too_little_address_space(enum memory_kind kind)
{
	struct rlimit lim;
	struct rlimit small;

	getrlimit(RLIMIT_AS, &lim);
	small = (struct rlimit){MiB, lim.rlim_max};
	setrlimit(RLIMIT_AS, &small);
	cr_assert_eq(memory_open(&mem, &plat, &vm, kind, NULL), -ENOMEM);
	setrlimit(RLIMIT_AS, &lim);
	cr_assert_str_eq(err_last(), "guest RAM of 64 MiB: mmap: ENOMEM; give "
				     "a smaller --memory");
}

Test(machine_memory, without_address_space_it_says_so)
{
	unsigned fds = open_fds();

	too_little_address_space(MEMORY_ANONYMOUS);
	too_little_address_space(MEMORY_FILE);
	cr_assert_eq(open_fds(), fds);
}

Test(machine_memory, a_slot_that_kvm_refuses)
{
	static const enum memory_kind kind[] = {MEMORY_ANONYMOUS, MEMORY_FILE};
	unsigned fds = open_fds();

	cr_assert_eq(platform_init(&plat, 1, 3 * GiB, 40), 0);
	for (unsigned i = 0; i < 2 * ARRAY_SIZE(kind); i++) {
		sim_fail(1 + i / 2, EINVAL);
		cr_assert_lt(memory_open(&mem, &plat, &vm, kind[i % 2], NULL),
			     0);
		sim_fail(0, 0);
		cr_assert_eq(sim_count().slots, 0);
		cr_assert_eq(open_fds(), fds);
	}
}

/* Huge pages of the host */

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/"

static unsigned long pool(const char *name)
{
	char path[128];
	char text[32];

	snprintf(path, sizeof(path), POOL "%s", name);
	if (fd_read_text(path, text, sizeof(text)) < 0)
		cr_skip_test("the kernel has no pages of 2 MiB");
	return strtoul(text, NULL, 10);
}

Test(machine_memory, too_few_huge_pages_are_counted)
{
	unsigned long all = pool("nr_hugepages");
	unsigned long left = pool("free_hugepages") - pool("resv_hugepages");
	unsigned fds = open_fds();
	unsigned long need = left + 64;
	char want[200];

	cr_assert_eq(platform_init(&plat, 1, need * 2 * MiB, 46), 0);
	cr_assert_eq(memory_open(&mem, &plat, &vm, MEMORY_HUGE, NULL), -ENOMEM);
	snprintf(want, sizeof(want),
		 "guest RAM of %lu MiB takes %lu huge pages of 2 MiB, and %lu "
		 "are free; have more: echo %lu > /proc/sys/vm/nr_hugepages",
		 2 * need, need, left, all + 64);
	cr_assert_str_eq(err_last(), want);
	cr_assert_eq(open_fds(), fds);
	cr_assert_eq(mem.base, NULL);
}

static int stopped(void *opaque, uint64_t done, uint64_t all)
{
	cr_assert_eq(done, 0);
	cr_assert_eq(all, 64 * MiB);
	++*(unsigned *)opaque;
	return err_set(EINTR, "somebody said stop");
}

Test(machine_memory, taking_huge_pages_can_be_stopped)
{
	unsigned asked = 0;
	const struct progress_steps s = {stopped, &asked};
	unsigned fds = open_fds();

	if (pool("free_hugepages") < 32 + pool("resv_hugepages"))
		cr_skip_test("no huge pages: echo 32 > "
			     "/proc/sys/vm/nr_hugepages");
	cr_assert_eq(memory_open(&mem, &plat, &vm, MEMORY_HUGE, &s), -EINTR);
	cr_assert_str_eq(err_last(), "somebody said stop");
	cr_assert_eq(asked, 1);
	cr_assert_eq(open_fds(), fds);
	cr_assert_eq(mem.base, NULL);
}

Test(machine_memory, huge_pages_are_taken_at_once_and_sealed)
{
	unsigned long before = pool("free_hugepages");

	if (before < 32 + pool("resv_hugepages"))
		cr_skip_test("no huge pages: echo 32 > "
			     "/proc/sys/vm/nr_hugepages");
	open_kind(MEMORY_HUGE);
	cr_assert_eq(pool("free_hugepages"), before - 32);
	cr_assert_eq(ftruncate(mem.ram.part[0].fd, 2 * MiB), -1);
	mem.ram.part[0].hva[64 * MiB - 1] = 1;
	cr_assert_not(child_sees(mem.ram.part[0].hva));
	memory_close(&mem);
	cr_assert_eq(pool("free_hugepages"), before);
}
