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
