/* SPDX-License-Identifier: BSD-2-Clause */
/* Capability chains in info buffers, good and hostile; regions made of them. */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/bytes.h"
#include "base/err.h"
#include "tests/fake/fake.h"
#include "vfio/caps.h"
#include "vfio/device.h"

#define HEAD 32

static uint8_t buf[128];

static void cap(uint32_t at, uint16_t id, uint32_t next)
{
	struct vfio_info_cap_header h = {.id = id, .version = 1, .next = next};

	memcpy(buf + at, &h, sizeof(h));
}

static const void *find(uint32_t off, uint16_t id)
{
	size_t room = 0;
	const uint8_t *p =
		vfio_cap_find(buf, sizeof(buf), off, HEAD, id, &room);

	if (p)
		cr_assert_eq(room, sizeof(buf) - (size_t)(p - buf));
	return p;
}

Test(vfio_caps, finds_along_the_chain)
{
	cap(32, 5, 64);
	cap(64, 7, 48);
	cap(48, 9, 0);
	cr_assert_eq(find(32, 5), buf + 32);
	cr_assert_eq(find(32, 7), buf + 64);
	cr_assert_eq(find(32, 9), buf + 48, "backwards is allowed");
	cr_assert_null(find(32, 1));
	cr_assert_null(find(0, 5), "no chain");
}

Test(vfio_caps, the_last_header_may_end_the_buffer)
{
	cap(120, 5, 0);
	cr_assert_eq(find(120, 5), buf + 120);
	cr_assert_null(find(121, 5));
	cr_assert_null(find(128, 5));
	cr_assert_null(find(UINT32_MAX, 5));
}

Test(vfio_caps, broken_chains_end)
{
	cap(32, 5, 32);
	cr_assert_null(find(32, 1), "points to itself");
	cap(32, 5, 64);
	cap(64, 6, 32);
	cr_assert_null(find(32, 1), "cycle");
	cap(64, 6, 8);
	cr_assert_null(find(32, 1), "into the info structure");
	cap(64, 6, 4000);
	cr_assert_null(find(32, 1), "behind the buffer");
	cr_assert_null(find(8, 0), "begins in the info structure");
}

/* Regions, over the fake kernel */

static struct sim_pci card;
static struct vfio_container *container;
static struct vfio_device dev;
static struct vfio_region r;

static void open_card(void)
{
	const struct vfio_source src = {
		.ops = &vfio_kernel, .addr = {0, 2, 0, 0}, .group = 7};
	int fd;

	cr_assert_eq(vfio_kernel.container_open(&container), 0);
	cr_assert_eq(vfio_kernel.attach(container, &src, &fd), 0);
	cr_assert_eq(vfio_device_open(&dev, container, &src), 0, "%s",
		     err_last());
}

static void setup(void)
{
	sim_reset();
	sim_knobs()->no_kvm = true;
	sim_e1000e(&card, "0000:02:00.0", 7);
	sim_add(&card);
}

static void teardown(void)
{
	vfio_device_close(&dev);
	cr_assert_eq(vfio_kernel.container_close(container), 0);
	sim_end();
}

TestSuite(vfio_region, .init = setup, .fini = teardown);

static void query(uint32_t index)
{
	cr_assert_eq(vfio_region_query(&dev, &r, index), 0, "%s", err_last());
}

Test(vfio_region, a_bar_is_one_area)
{
	open_card();
	query(0);
	cr_assert_eq(r.size, 128 * KiB);
	cr_assert_eq(r.nareas, 1);
	cr_assert_eq(r.area[0].len, 128 * KiB);
	cr_assert(!r.msix_mappable);
}

Test(vfio_region, the_bar_with_the_table_says_so)
{
	open_card();
	query(3);
	cr_assert(r.msix_mappable);
	cr_assert_eq(r.nareas, 1);
}

Test(vfio_region, what_cannot_be_mapped_has_no_area)
{
	card.no_mmap[1] = true;
	open_card();
	query(1);
	cr_assert_eq(r.nareas, 0);
	query(2);
	cr_assert_eq(r.nareas, 0, "I/O ports");
	query(VFIO_PCI_ROM_REGION_INDEX);
	cr_assert_eq(r.nareas, 0);
	cr_assert_eq(r.size, 256 * KiB);
}

Test(vfio_region, absent_ones_are_empty)
{
	open_card();
	query(5);
	cr_assert_eq(r.size, 0);
	query(VFIO_PCI_VGA_REGION_INDEX);
	cr_assert_eq(r.size, 0, "EINVAL: no such region");
}

Test(vfio_region, sparse_areas)
{
	const struct range want[] = {{0, 0x2000}, {0x4000, 0x1000}};

	memcpy(card.sparse[3], want, sizeof(want));
	card.sparse[3][1].len = 0;
	memcpy(card.sparse[0], want, sizeof(want));
	open_card();
	query(0);
	cr_assert_eq(r.nareas, 2);
	cr_assert(!memcmp(r.area, want, sizeof(want)));
	query(3);
	cr_assert(r.msix_mappable, "the chain has two");
	cr_assert_eq(r.nareas, 1);
}

Test(vfio_region, odd_sparse_areas_are_left_out)
{
	const struct range odd[] = {
		{0x800, 0x1000},   /* not a page */
		{0x1000, 0x800},   /* nor this */
		{0x1f000, 0x2000}, /* over the end */
		{0x3000, 0x1000},
	};

	memcpy(card.sparse[0], odd, sizeof(odd));
	open_card();
	query(0);
	cr_assert_eq(r.nareas, 1);
	cr_assert_eq(r.area[0].start, 0x3000);
}

Test(vfio_region, areas_over_one_another_are_taken_once)
{
	const struct range over[] = {
		{0x2000, 0x2000},
		{0x3000, 0x2000},
		{0x2000, 0x2000},
		{0x4000, 0x1000},
	};

	memcpy(card.sparse[0], over, sizeof(over));
	open_card();
	query(0);
	cr_assert_eq(r.nareas, 2);
	cr_assert_eq(r.area[0].start, 0x2000);
	cr_assert_eq(r.area[1].start, 0x4000);
}

Test(vfio_region, reads_outside_are_all_ones)
{
	uint32_t v = 0;

	open_card();
	query(VFIO_PCI_CONFIG_REGION_INDEX);
	cr_assert_eq(vfio_region_read(&dev, &r, 0, &v, 4), 0);
	cr_assert_eq(v, 0x10d38086);
	cr_assert_eq(vfio_region_read(&dev, &r, 4094, &v, 4), -ERANGE);
	cr_assert_eq(v, 0xffffffff);
	cr_assert_eq(vfio_region_write(&dev, &r, UINT64_MAX, &v, 4), -ERANGE);
	query(0);
	v = 0;
	cr_assert_eq(vfio_region_read(&dev, &r, 0, &v, 4), -EIO, "decode off");
	cr_assert_eq(v, 0xffffffff);
	cr_assert_eq(vfio_region_write(&dev, &r, 0, &v, 4), -EIO);
}

Test(vfio_region, maps_and_unmaps)
{
	uint8_t *p;

	open_card();
	query(0);
	p = vfio_region_map(&dev, &r, (struct range){0x1000, 0x2000});
	cr_assert_not_null(p);
	p[0x1fff] = 1;
	vfio_region_unmap(p, 0x2000);
	cr_assert_eq(sim_count().maps, 0);
	cr_assert_null(
		vfio_region_map(&dev, &r, (struct range){0x1f000, 0x2000}));
	cr_assert_str_eq(err_last(), "region 0, 0x2000 bytes at 0x1f000: mmap: "
				     "EINVAL");
}

Test(vfio_region, a_query_can_fail_twice)
{
	open_card();
	for (unsigned n = 1; n <= 2; n++) {
		sim_fail(n, EIO);
		cr_assert_eq(vfio_region_query(&dev, &r, 3), -EIO);
		cr_assert(strstr(err_last(), "VFIO_DEVICE_GET_REGION_INFO"));
		cr_assert(strstr(err_last(), card.name));
		cr_assert_eq(r.size, 0);
	}
}
