/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Anything as a kernel and as its initramfs: bzImage, vmlinux or payload.
 *
 * Input: how many bytes the kernel has (3 bytes), two bytes of command line
 * length, the command line, the kernel, and the rest is the initramfs.
 */
#include <assert.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/boot/boot.h"

#define RAM  (64 * MiB)
#define HEAD 5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct platform platform;
static struct gmem ram;

static void make_ram(void)
{
	void *p = mmap(NULL, RAM, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || platform_init(&platform, 1, RAM, 40))
		errx(1, "no guest memory: %s", err_last());
	ram.n = 1;
	ram.part[0] =
		(struct gmem_part){.gpa = platform.ram[0], .hva = p, .fd = -1};
}

/* With a heap block of its own, whose end the sanitizer knows */
static void *take(const uint8_t **data, size_t *len, size_t n)
{
	uint8_t *p;

	n = min_u64(n, *len);
	p = calloc(1, n + 1);
	if (!p)
		errx(1, "calloc");
	memcpy(p, *data, n);
	*data += n;
	*len -= n;
	return p;
}

static void boot(struct boot_source *src)
{
	struct boot_entry e;

	err_clear();
	if (boot_load(&platform, &ram, src, &e)) {
		assert(*err_last());
		return;
	}
	assert(gmem_at(&ram, e.rip, 1) && gmem_at(&ram, e.rsi, 1));
	assert(gmem_at(&ram, e.cr3, 4096) && e.rsp < RAM);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct boot_source src = {.kernel.name = "k", .initrd.name = "i"};
	size_t kernel, words;
	char *cmdline;

	if (len < HEAD)
		return 0;
	if (!ram.n)
		make_ram();
	kernel = (size_t)le_get(data, 2) | (size_t)data[2] << 16;
	words = (size_t)le_get(data + 3, 2);
	data += HEAD;
	len -= HEAD;
	cmdline = take(&data, &len, words);
	src.cmdline = cmdline;
	src.kernel.len = min_u64(kernel, len);
	src.kernel.data = take(&data, &len, kernel);
	src.initrd.len = len;
	src.initrd.data = take(&data, &len, len);
	boot(&src);
	free(cmdline);
	free((void *)(uintptr_t)src.kernel.data);
	free((void *)(uintptr_t)src.initrd.data);
	madvise(ram.part[0].hva, RAM, MADV_DONTNEED);
	return 0;
}
