/* SPDX-License-Identifier: BSD-2-Clause */
/* GET_INFO, REGION_INFO, REGION_IO_FDS, IRQ_INFO. */
#include "tests/unit/test_vfu.h"

Test(test_vfu_info, device)
{
	struct vt *t = vt_open();
	struct userwire_info i = {.argsz = sizeof(i)};

	cr_assert_eq(vt_call(t, USERWIRE_GET_INFO, &i, sizeof(i)), 0);
	cr_assert_eq(t->len, sizeof(i));
	memcpy(&i, t->body, sizeof(i));
	cr_assert_eq(i.argsz, 16);
	cr_assert_eq(i.flags, VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI);
	cr_assert_eq(i.num_regions, 9);
	cr_assert_eq(i.num_irqs, 5);
	vt_close(t);
}

Test(test_vfu_info, device_argsz_too_small)
{
	struct vt *t = vt_open();
	struct userwire_info i = {.argsz = 15};

	cr_assert_eq(vt_call(t, USERWIRE_GET_INFO, &i, sizeof(i)), EINVAL);
	vt_close(t);
}

Test(test_vfu_info, device_argsz_larger_gets_no_more)
{
	struct vt *t = vt_open();
	struct userwire_info i = {.argsz = 4096};

	cr_assert_eq(vt_call(t, USERWIRE_GET_INFO, &i, sizeof(i)), 0);
	cr_assert_eq(t->len, 16);
	vt_close(t);
}

Test(test_vfu_info, body_too_short_or_too_long)
{
	static const struct {
		uint16_t cmd;
		uint8_t len;
	} verb[] = {{USERWIRE_GET_INFO, 16},
		    {USERWIRE_REGION_INFO, 32},
		    {USERWIRE_REGION_IO_FDS, 16},
		    {USERWIRE_IRQ_INFO, 16}};
	uint8_t body[64] = {64};

	for (size_t v = 0; v < ARRAY_SIZE(verb); v++) {
		struct vt *t = vt_open();

		for (size_t n = 0; n <= sizeof(body); n++) {
			int rc = vt_call(t, verb[v].cmd, body, n);

			if (n != verb[v].len)
				cr_assert_eq(rc, EINVAL, "%u: %zu bytes",
					     verb[v].cmd, n);
		}
		vt_close(t);
	}
}

Test(test_vfu_info, every_region)
{
	static const uint64_t size[9] = {
		[0] = VT_BAR, [6] = VT_PAGE, [7] = VT_CONFIG};
	static const uint32_t flags[9] = {[0] = 3, [6] = 1, [7] = 3};
	struct vt *t = vt_open();

	for (uint32_t n = 0; n < 9; n++) {
		struct userwire_region r = {.argsz = 32, .index = n};

		cr_assert_eq(vt_call(t, USERWIRE_REGION_INFO, &r, sizeof(r)), 0,
			     "also one of size 0");
		cr_assert_eq(t->len, sizeof(r));
		memcpy(&r, t->body, sizeof(r));
		cr_assert_eq(r.argsz, 32);
		cr_assert_eq(r.index, n);
		cr_assert_eq(r.size, size[n]);
		cr_assert_eq(r.flags, flags[n]);
		cr_assert_eq(r.cap_offset, 0);
		cr_assert_eq(r.offset, 0);
	}
	vt_close(t);
}

Test(test_vfu_info, region_beyond_the_last_or_argsz_too_small)
{
	struct vt *t = vt_open();
	struct userwire_region r = {.argsz = 32, .index = 9};

	cr_assert_eq(vt_call(t, USERWIRE_REGION_INFO, &r, sizeof(r)), EINVAL);
	r.index = UINT32_MAX;
	cr_assert_eq(vt_call(t, USERWIRE_REGION_INFO, &r, sizeof(r)), EINVAL);
	r = (struct userwire_region){.argsz = 31};
	cr_assert_eq(vt_call(t, USERWIRE_REGION_INFO, &r, sizeof(r)), EINVAL);
	vt_close(t);
}

Test(test_vfu_info, every_irq)
{
	static const struct vfu_irq want[5] = {
		{1, 7}, {8, 1}, {17, 1}, {1, 1}, {1, 1}};
	struct vt *t = vt_open();

	for (uint32_t n = 0; n < 5; n++) {
		struct userwire_irq i = {.argsz = 16, .index = n};

		cr_assert_eq(vt_call(t, USERWIRE_IRQ_INFO, &i, sizeof(i)), 0);
		cr_assert_eq(t->len, sizeof(i));
		memcpy(&i, t->body, sizeof(i));
		cr_assert_eq(i.argsz, 16);
		cr_assert_eq(i.index, n);
		cr_assert_eq(i.count, want[n].count);
		cr_assert_eq(i.flags, want[n].flags);
	}
	vt_close(t);
}

Test(test_vfu_info, irq_beyond_the_last_or_argsz_too_small)
{
	struct vt *t = vt_open();
	struct userwire_irq i = {.argsz = 16, .index = 5};

	cr_assert_eq(vt_call(t, USERWIRE_IRQ_INFO, &i, sizeof(i)), EINVAL);
	i = (struct userwire_irq){.argsz = 15};
	cr_assert_eq(vt_call(t, USERWIRE_IRQ_INFO, &i, sizeof(i)), EINVAL);
	vt_close(t);
}

Test(test_vfu_info, io_fds_are_refused)
{
	struct vt *t = vt_open();
	struct userwire_io_fds f = {.argsz = 16};

	cr_assert_eq(vt_call(t, USERWIRE_REGION_IO_FDS, &f, sizeof(f)),
		     EOPNOTSUPP);
	f.index = 9;
	cr_assert_eq(vt_call(t, USERWIRE_REGION_IO_FDS, &f, sizeof(f)), EINVAL,
		     "no such region");
	f = (struct userwire_io_fds){.argsz = 16, .flags = 1};
	cr_assert_eq(vt_call(t, USERWIRE_REGION_IO_FDS, &f, sizeof(f)), EINVAL,
		     "flags");
	f = (struct userwire_io_fds){.argsz = 15};
	cr_assert_eq(vt_call(t, USERWIRE_REGION_IO_FDS, &f, sizeof(f)), EINVAL,
		     "argsz");
	vt_close(t);
}

/* ---- what can be mapped ----------------------------------------------- */

/* BAR0 of @t can be mapped, at byte 0x2000 of a file, in these areas */
static struct vfu_share *shared(struct vt *t, unsigned nareas)
{
	static struct vfu_share share;
	int fd = memfd_create("t", MFD_CLOEXEC);

	cr_assert(fd >= 0);
	cr_assert(!ftruncate(fd, 0x2000 + VT_BAR));
	share = (struct vfu_share){
		.fd = fd,
		.offset = 0x2000,
		.nareas = nareas,
		.area = {{0x1000, 0x1000}, {0x4000, 0x3000}},
	};
	t->dev.share[0] = &share;
	return &share;
}

static struct userwire_region ask(struct vt *t, uint32_t index, uint32_t argsz)
{
	struct userwire_region r = {.argsz = argsz, .index = index};

	cr_assert_eq(vt_call(t, USERWIRE_REGION_INFO, &r, sizeof(r)), 0);
	cr_assert_geq(t->len, sizeof(r));
	cr_assert_leq(t->len, argsz, "never more than was asked for");
	memcpy(&r, t->body, sizeof(r));
	return r;
}

Test(test_vfu_info, areas_need_a_second_question)
{
	enum { FULL = 32 + 16 + 2 * 16 };
	struct vt *t = vt_open();
	struct userwire_region r;

	shared(t, 2);
	for (uint32_t argsz = 32; argsz < FULL; argsz++) {
		r = ask(t, 0, argsz);
		cr_assert_eq(r.argsz, FULL);
		cr_assert_eq(r.flags, 7, "read, write, mmap");
		cr_assert_eq(r.cap_offset, 0, "but not here");
		cr_assert_eq(t->len, 32);
		cr_assert_eq(t->fd, -1, "nothing to map by yet");
	}
	for (uint32_t argsz = FULL; argsz < FULL + 9; argsz += 8) {
		r = ask(t, 0, argsz);
		cr_assert_eq(r.argsz, FULL);
		cr_assert_eq(r.flags, 15);
		cr_assert_eq(r.cap_offset, 32);
		cr_assert_eq(r.size, VT_BAR);
		cr_assert_eq(r.offset, 0x2000);
		cr_assert_eq(t->len, FULL);
		cr_assert_geq(t->fd, 0);
		close(t->fd);
	}
	vt_close(t);
}

Test(test_vfu_info, areas_as_linux_vfio_h_has_them)
{
	struct vt *t = vt_open();
	_Alignas(8) uint8_t copy[64];
	struct vfio_region_info_cap_sparse_mmap *cap = (void *)copy;

	shared(t, 2);
	ask(t, 0, 4096);
	memcpy(copy, t->body + 32, t->len - 32);
	cr_assert_eq(cap->header.id, VFIO_REGION_INFO_CAP_SPARSE_MMAP);
	cr_assert_eq(cap->header.version, 1);
	cr_assert_eq(cap->header.next, 0);
	cr_assert_eq(cap->nr_areas, 2);
	cr_assert_eq(cap->areas[0].offset, 0x1000);
	cr_assert_eq(cap->areas[0].size, 0x1000);
	cr_assert_eq(cap->areas[1].offset, 0x4000);
	cr_assert_eq(cap->areas[1].size, 0x3000);
	close(t->fd);
	vt_close(t);
}

Test(test_vfu_info, without_areas_the_whole_region_at_once)
{
	struct vt *t = vt_open();
	struct vfu_share *share = shared(t, 0);
	struct userwire_region r = ask(t, 0, 32);
	uint8_t *p;

	cr_assert_eq(r.argsz, 32);
	cr_assert_eq(r.flags, 7, "read, write, mmap; no capabilities");
	cr_assert_eq(r.cap_offset, 0);
	cr_assert_eq(pwrite(share->fd, "x", 1, 0x2123), 1);
	p = mmap(NULL, VT_BAR, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd,
		 (off_t)r.offset);
	cr_assert(p != MAP_FAILED);
	cr_assert_eq(p[0x123], 'x', "this is the file");
	munmap(p, VT_BAR);
	close(t->fd);
	vt_close(t);
}

Test(test_vfu_info, no_descriptor_with_anything_else)
{
	struct vt *t = vt_open();
	struct userwire_region bad = {.argsz = 31};
	struct userwire_info i = {.argsz = sizeof(i)};

	shared(t, 2);
	ask(t, 1, 4096);
	cr_assert_eq(t->fd, -1, "another region");
	ask(t, 0, 4096);
	close(t->fd);
	cr_assert_eq(vt_call(t, USERWIRE_REGION_INFO, &bad, sizeof(bad)),
		     EINVAL);
	cr_assert_eq(t->fd, -1, "an error");
	cr_assert_eq(vt_call(t, USERWIRE_GET_INFO, &i, sizeof(i)), 0);
	cr_assert_eq(t->fd, -1, "another verb");
	vt_close(t);
}

Test(test_vfu_info, the_descriptor_stays_the_devices)
{
	struct vt *t = vt_open();
	struct vfu_share *share = shared(t, 2);
	unsigned before = vt_count_fds();

	for (unsigned i = 0; i < 20; i++) {
		ask(t, 0, 4096);
		close(t->fd);
	}
	cr_assert_eq(vt_count_fds(), before);
	vt_close(t);
	cr_assert_eq(fcntl(share->fd, F_GETFD), FD_CLOEXEC);
}
