/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks before pinning, and mapping in a container. */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "tests/fake/fake.h"
#include "vfio/container.h"
#include "vfio/dma.h"
#include "vfio/group.h"

static struct sim_pci card;
static struct kernel_container c;
static struct vfio_group g;
static uint8_t ram[4 * 4096] __attribute__((aligned(4096)));

static void setup(void)
{
	sim_reset();
	sim_e1000e(&card, "0000:02:00.0", 7);
	sim_add(&card);
	cr_assert_eq(kernel_container_open(&c), 0);
	cr_assert_eq(vfio_group_open(&g, 7, (struct pci_addr){0}, c.fd), 0);
	cr_assert_eq(kernel_container_set_iommu(&c), 0, "%s", err_last());
}

static void teardown(void)
{
	vfio_group_close(&g);
	cr_assert_eq(kernel_container_close(&c), 0, "%s", err_last());
	sim_end();
}

TestSuite(vfio_dma, .init = setup, .fini = teardown);

Test(vfio_dma, the_iommu_says_what_it_can)
{
	cr_assert_eq(c.niova, 2);
	cr_assert_eq(range_last(c.iova[0]), 0xfedfffff);
	cr_assert_eq(c.dma_avail, 65535);
	cr_assert_eq(c.page_sizes, ~UINT64_C(0xfff));
}

Test(vfio_dma, maps_for_reading_and_writing)
{
	struct range low = {0, 0x2000};

	sim_take("");
	cr_assert_eq(vfio_dma_map(&c, low, ram), 0);
	cr_assert_eq(vfio_dma_unmap(&c, low), 0);
	cr_assert_str_eq(sim_take("o"), "VFIO_IOMMU_MAP_DMA 0x0+0x2000 3\n"
					"VFIO_IOMMU_UNMAP_DMA 0x0+0x2000\n");
}

Test(vfio_dma, what_the_kernel_refuses_has_a_message)
{
	cr_assert_eq(vfio_dma_map(&c, (struct range){0x1000, 0x2000}, ram), 0);
	cr_assert_eq(vfio_dma_map(&c, (struct range){0x2000, 0x1000}, ram),
		     -EEXIST);
	cr_assert(strstr(err_last(), "guest RAM 0x2000, 0x1000 bytes: "
				     "VFIO_IOMMU_MAP_DMA: EEXIST"),
		  "%s", err_last());
	cr_assert_eq(vfio_dma_map(&c, (struct range){0x800, 0x800}, ram),
		     -EINVAL);
	cr_assert_eq(vfio_dma_unmap(&c, (struct range){0x1000, 0x1000}),
		     -EINVAL, "type1v2 does not cut");
	sim_knobs()->short_unmap = true;
	cr_assert_eq(vfio_dma_unmap(&c, (struct range){0x1000, 0x2000}), -EIO);
	cr_assert(strstr(err_last(), "0x2000 bytes asked for, 0x1000"));
}

Test(vfio_dma, every_errno_has_its_cure)
{
	static const struct {
		int err;
		const char *cure;
	} row[] = {{ENOMEM, "ulimit -l"},
		   {ENOSPC, "dma_entry_limit"},
		   {EFAULT, "free memory"},
		   {EPERM, "dmesg"}};

	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		sim_fail(1, row[i].err);
		cr_assert_eq(vfio_dma_map(&c, (struct range){0, 0x1000}, ram),
			     -row[i].err);
		cr_assert(strstr(err_last(), row[i].cure), "%s", err_last());
	}
}

Test(vfio_dma, the_window_of_the_msis_is_refused_with_names)
{
	struct range across = {0xfed00000, 0x200000};

	sim_fail(1, EIO);
	cr_assert_eq(vfio_dma_map(&c, across, ram), -ERANGE);
	cr_assert(strstr(err_last(),
			 "0xfed00000-0xfeefffff: the IOMMU maps only "
			 "0x0-0xfedfffff 0xfef00000-0xffffffffff"),
		  "%s", err_last());
	cr_assert_eq(sim_calls(), 0, "the kernel was not even asked");
	cr_assert_eq(vfio_dma_map(&c, (struct range){1ull << 40, 4096}, ram),
		     -ERANGE);
}

Test(vfio_dma, an_old_kernel_does_not_tell)
{
	sim_knobs()->old_kernel = true;
	cr_assert_eq(kernel_container_refresh(&c), 0);
	cr_assert_eq(c.niova, 0);
	cr_assert_eq(c.dma_avail, UINT32_MAX);
	cr_assert_eq(vfio_dma_map(&c, (struct range){1ull << 40, 4096}, ram),
		     -EINVAL, "so the kernel decides");
}

static void drop_ipc_lock(void)
{
	struct __user_cap_header_struct h = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2];

	cr_assert_eq(syscall(SYS_capget, &h, d), 0);
	d[0].effective &= ~(1u << CAP_IPC_LOCK);
	cr_assert_eq(syscall(SYS_capset, &h, d), 0);
}

static void limit(uint64_t bytes)
{
	struct rlimit lim = {bytes, bytes};

	cr_assert_eq(setrlimit(RLIMIT_MEMLOCK, &lim), 0);
}

Test(vfio_dma, memlock_too_small_states_the_numbers)
{
	drop_ipc_lock();
	limit(64 * KiB);
	cr_assert_eq(vfio_dma_check_memlock(64 * KiB), 0);
	cr_assert_eq(vfio_dma_check_memlock(64 * KiB + 1), -ENOMEM);
	cr_assert_eq(vfio_dma_check_memlock(512 * MiB), -ENOMEM);
	cr_assert(strstr(err_last(), "524288 KiB to pin"), "%s", err_last());
	cr_assert(strstr(err_last(), "limit 64 KiB"), "%s", err_last());
	cr_assert(strstr(err_last(), "ulimit -l 524288"), "%s", err_last());
}

Test(vfio_dma, a_limit_is_named_when_the_kernel_has_no_memory)
{
	const struct gmem m = {
		.part = {{{0, 0x2000}, ram, -1, 0},
			 {{0x100000000, 0x2000}, ram + 0x2000, -1, 0}},
		.n = 2,
	};

	drop_ipc_lock();
	limit(4 * KiB);
	cr_assert_eq(vfio_kernel.map(&c.base, &m, m.part[0].gpa), 0,
		     "the kernel counts");
	sim_fail(1, ENOMEM);
	cr_assert_eq(vfio_kernel.map(&c.base, &m, m.part[1].gpa), -ENOMEM);
	cr_assert(strstr(err_last(), "VFIO_IOMMU_MAP_DMA: ENOMEM "
				     "(RLIMIT_MEMLOCK: 8 KiB to pin"),
		  "%s", err_last());
	cr_assert_eq(vfio_kernel.unmap(&c.base, m.part[0].gpa), 0);
}

Test(vfio_dma, no_memory_without_a_limit_is_just_that)
{
	const struct gmem m = {.part = {{{0, 0x2000}, ram, -1, 0}}, .n = 1};

	sim_fail(1, ENOMEM);
	cr_assert_eq(vfio_kernel.map(&c.base, &m, m.part[0].gpa), -ENOMEM);
	cr_assert(strstr(err_last(), "raise the limit (ulimit -l) or"), "%s",
		  err_last());
}

Test(vfio_dma, memlock_does_not_wrap)
{
	drop_ipc_lock();
	limit(64 * KiB);
	cr_assert_eq(vfio_dma_check_memlock(UINT64_MAX), -ENOMEM);
	cr_assert_eq(vfio_dma_check_memlock(0), 0);
}
