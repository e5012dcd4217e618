/* SPDX-License-Identifier: BSD-2-Clause */
/* REGION_READ, REGION_WRITE and RESET. */
#include "tests/unit/test_vfu.h"

static int rd(struct vt *t, uint32_t region, uint64_t off, uint32_t count)
{
	struct userwire_access a = {off, region, count};

	return vt_call(t, USERWIRE_REGION_READ, &a, sizeof(a));
}

/* @sent bytes of data, where the message says @count */
static int wr(struct vt *t, uint32_t region, uint64_t off, uint32_t count,
	      size_t sent)
{
	struct userwire_access a = {off, region, count};
	uint8_t *body = malloc(sizeof(a) + sent);
	int rc;

	memcpy(body, &a, sizeof(a));
	memset(body + sizeof(a), 0x77, sent);
	rc = vt_call(t, USERWIRE_REGION_WRITE, body, sizeof(a) + sent);
	free(body);
	return rc;
}

Test(test_vfu_access, read_echoes_and_brings_data)
{
	struct vt *t = vt_open();

	le_put(t->hw.bar + 0x68, 4, 0xcafef00d);
	cr_assert_eq(rd(t, 0, 0x68, 4), 0);
	cr_assert_eq(t->len, 20);
	cr_assert_eq(le_get(t->body, 8), 0x68);
	cr_assert_eq(le_get(t->body + 8, 4), 0);
	cr_assert_eq(le_get(t->body + 12, 4), 4);
	cr_assert_eq(le_get(t->body + 16, 4), 0xcafef00d);
	vt_close(t);
}

Test(test_vfu_access, read_of_a_whole_region)
{
	struct vt *t = vt_open();

	t->hw.bar[VT_BAR - 1] = 9;
	cr_assert_eq(rd(t, 0, 0, VT_BAR), 0);
	cr_assert_eq(t->len, 16 + VT_BAR);
	cr_assert_eq(t->body[16 + VT_BAR - 1], 9);
	vt_close(t);
}

Test(test_vfu_access, read_of_nothing)
{
	struct vt *t = vt_open();

	cr_assert_eq(rd(t, 0, 4, 0), 0);
	cr_assert_eq(t->len, 16);
	cr_assert_eq(t->hw.reads, 0);
	vt_close(t);
}

Test(test_vfu_access, read_beyond_the_end)
{
	struct vt *t = vt_open();

	cr_assert_eq(rd(t, 0, VT_BAR, 1), EINVAL);
	cr_assert_eq(rd(t, 0, VT_BAR - 3, 4), EINVAL);
	cr_assert_eq(rd(t, 0, UINT64_MAX, 1), EINVAL);
	cr_assert_eq(rd(t, 0, UINT64_MAX - 3, 8), EINVAL, "wraps");
	cr_assert_eq(rd(t, 0, VT_BAR + 1, 0), EINVAL);
	cr_assert_eq(t->hw.reads, 0);
	vt_close(t);
}

Test(test_vfu_access, read_of_more_than_a_message_carries)
{
	struct vt *t = vt_open();

	t->dev.region[0].size = UINT64_C(1) << 40;
	cr_assert_eq(rd(t, 0, 0, USERWIRE_XFER_MAX + 1), EINVAL);
	cr_assert_eq(rd(t, 0, 0, UINT32_MAX), EINVAL);
	cr_assert_eq(t->hw.reads, 0);
	vt_close(t);
}

Test(test_vfu_access, region_that_is_not_there)
{
	struct vt *t = vt_open();

	cr_assert_eq(rd(t, 1, 0, 4), EINVAL, "size 0");
	cr_assert_eq(rd(t, 9, 0, 4), EINVAL);
	cr_assert_eq(rd(t, UINT32_MAX, 0, 4), EINVAL);
	cr_assert_eq(wr(t, 1, 0, 4, 4), EINVAL);
	cr_assert_eq(wr(t, 9, 0, 4, 4), EINVAL);
	vt_close(t);
}

Test(test_vfu_access, read_with_a_body_too_short_or_too_long)
{
	struct vt *t = vt_open();
	uint8_t body[32] = {0};

	for (size_t n = 0; n <= sizeof(body); n++)
		if (n != sizeof(struct userwire_access))
			cr_assert_eq(vt_call(t, USERWIRE_REGION_READ, body, n),
				     EINVAL);
	vt_close(t);
}

Test(test_vfu_access, write_stores_and_echoes)
{
	struct vt *t = vt_open();

	cr_assert_eq(wr(t, 7, 0x10, 4, 4), 0);
	cr_assert_eq(t->len, 16);
	cr_assert_eq(le_get(t->body, 8), 0x10);
	cr_assert_eq(le_get(t->body + 8, 4), 7);
	cr_assert_eq(le_get(t->body + 12, 4), 4);
	cr_assert_eq(le_get(t->hw.config + 0x0f, 8), 0x7777777700);
	vt_close(t);
}

Test(test_vfu_access, write_of_nothing)
{
	struct vt *t = vt_open();

	cr_assert_eq(wr(t, 0, 0, 0, 0), 0);
	cr_assert_eq(t->hw.writes, 0);
	vt_close(t);
}

Test(test_vfu_access, write_with_other_data_than_it_says)
{
	struct vt *t = vt_open();

	cr_assert_eq(wr(t, 0, 0, 4, 3), EINVAL);
	cr_assert_eq(wr(t, 0, 0, 4, 5), EINVAL);
	cr_assert_eq(wr(t, 0, 0, 4, 0), EINVAL);
	cr_assert_eq(wr(t, 0, 0, UINT32_MAX, 4), EINVAL);
	cr_assert_eq(t->hw.writes, 0);
	vt_close(t);
}

Test(test_vfu_access, write_beyond_the_end)
{
	struct vt *t = vt_open();

	cr_assert_eq(wr(t, 0, VT_BAR - 3, 4, 4), EINVAL);
	cr_assert_eq(wr(t, 0, UINT64_MAX, 4, 4), EINVAL);
	cr_assert_eq(t->hw.writes, 0);
	vt_close(t);
}

Test(test_vfu_access, write_to_what_is_read_only)
{
	struct vt *t = vt_open();

	cr_assert_eq(wr(t, 6, 0, 4, 4), EINVAL);
	cr_assert_eq(t->hw.writes, 0);
	vt_close(t);
}

Test(test_vfu_access, posted_write_is_done_before_the_next_read)
{
	struct vt *t = vt_open();
	struct userwire_access a = {.count = 1};
	uint8_t msg[128], body[17] = {0};
	size_t n;

	memcpy(body, &a, sizeof(a));
	body[16] = 0x42;
	n = vt_make(msg, 1, USERWIRE_REGION_WRITE, USERWIRE_NO_REPLY, body, 17);
	n += vt_make(msg + n, 2, USERWIRE_REGION_READ, 0, &a, sizeof(a));
	vt_send_raw(t, msg, n, NULL, 0);
	vt_run(t);
	cr_assert(vt_receive(t));
	cr_assert_eq(t->head.id, 2);
	cr_assert_eq(t->body[16], 0x42);
	cr_assert_not(vt_receive(t));
	vt_close(t);
}

Test(test_vfu_access, what_the_device_refuses_reaches_the_client)
{
	struct vt *t = vt_open();

	t->hw.fail = -ENXIO;
	cr_assert_eq(rd(t, 0, 0, 4), ENXIO);
	cr_assert_eq(wr(t, 0, 0, 4, 4), ENXIO);
	cr_assert_eq(vt_call(t, USERWIRE_RESET, NULL, 0), ENXIO);
	vt_close(t);
}

Test(test_vfu_access, reset)
{
	struct vt *t = vt_open();

	cr_assert_eq(vt_call(t, USERWIRE_RESET, NULL, 0), 0);
	cr_assert_eq(t->len, 0);
	cr_assert_eq(t->hw.resets, 1);
	vt_close(t);
}

Test(test_vfu_access, reset_with_a_body)
{
	struct vt *t = vt_open();

	cr_assert_eq(vt_call(t, USERWIRE_RESET, "x", 1), EINVAL);
	cr_assert_eq(t->hw.resets, 0);
	vt_close(t);
}
