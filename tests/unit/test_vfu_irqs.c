/* SPDX-License-Identifier: BSD-2-Clause */
/* SET_IRQS in all its forms, and what then comes out of the eventfds. */
#include "tests/unit/test_vfu.h"

enum { INTX, MSI, MSIX, ERR, REQ };
enum { NONE = 1, BOOLS = 2, EVENTFD = 4, MASK = 8, UNMASK = 16, TRIGGER = 32 };

struct set {
	uint32_t flags, index, start, count;
};

static int set_data(struct vt *t, struct set s, const void *data, size_t len,
		    const int *fds, size_t nfds)
{
	struct userwire_irq_set set = {20, s.flags, s.index, s.start, s.count};
	uint8_t body[128];

	memcpy(body, &set, sizeof(set));
	if (len)
		memcpy(body + sizeof(set), data, len);
	return vt_call_fds(t, USERWIRE_SET_IRQS, body, sizeof(set) + len, fds,
			   nfds);
}

static int set(struct vt *t, struct set s, const int *fds, size_t nfds)
{
	int rc = set_data(t, s, NULL, 0, fds, nfds);

	cr_assert_eq(t->len, 0, "the reply is a bare header");
	return rc;
}

static int plain(struct vt *t, uint32_t flags, uint32_t index)
{
	return set(t, (struct set){flags, index, 0, 1}, NULL, 0);
}

static int disable(struct vt *t, uint32_t index)
{
	return set(t, (struct set){NONE | TRIGGER, index, 0, 0}, NULL, 0);
}

/* An eventfd at a sub-index */
static int wire(struct vt *t, uint32_t index, uint32_t start)
{
	int fd = vt_eventfd();

	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, index, start, 1},
			 &fd, 1),
		     0);
	return fd;
}

Test(test_vfu_irqs, vectors_fire_their_own_eventfd)
{
	struct vt *t = vt_open();
	int fd[17];

	for (size_t i = 0; i < 17; i++)
		fd[i] = vt_eventfd();
	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSIX, 0, 16}, fd,
			 16),
		     0);
	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSIX, 16, 1},
			 fd + 16, 1),
		     0);
	cr_assert_eq(t->hw.wired, MSIX);
	for (uint32_t i = 0; i < 17; i++) {
		cr_assert(vfu_irqs_fire(&t->s.irqs, MSIX, i));
		for (uint32_t k = 0; k < 17; k++)
			cr_assert_eq(vt_events(fd[k]), i == k);
	}
	vt_close(t);
}

Test(test_vfu_irqs, msix_enabled_without_any_vector)
{
	struct vt *t = vt_open();

	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSIX, 0, 1}, NULL,
			 0),
		     0);
	cr_assert_eq(t->hw.wired, MSIX);
	cr_assert_not(vfu_irqs_fire(&t->s.irqs, MSIX, 0));
	vt_close(t);
}

Test(test_vfu_irqs, descriptors_that_are_taken_away)
{
	struct vt *t = vt_open();
	int a = wire(t, MSIX, 2), b = wire(t, MSIX, 3);

	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSIX, 2, 1}, NULL,
			 0),
		     0);
	cr_assert_not(vfu_irqs_fire(&t->s.irqs, MSIX, 2));
	cr_assert(vfu_irqs_fire(&t->s.irqs, MSIX, 3));
	cr_assert_eq(vt_events(a), 0);
	cr_assert_eq(vt_events(b), 1);
	cr_assert_eq(t->hw.wired, MSIX, "the kind stays");
	vt_close(t);
}

Test(test_vfu_irqs, descriptors_that_are_replaced_are_closed)
{
	struct vt *t = vt_open();
	int a = wire(t, MSI, 0);
	unsigned fds = vt_count_fds();
	int b = wire(t, MSI, 0);

	cr_assert_eq(vt_count_fds(), fds + 1, "only the test's own is new");
	vfu_irqs_fire(&t->s.irqs, MSI, 0);
	cr_assert_eq(vt_events(a), 0);
	cr_assert_eq(vt_events(b), 1);
	vt_close(t);
}

Test(test_vfu_irqs, disable_of_the_whole_index)
{
	struct vt *t = vt_open();
	int fd = vt_eventfd();
	unsigned fds = vt_count_fds();

	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSI, 0, 1}, &fd, 1),
		     0);
	cr_assert_eq(disable(t, MSI), 0);
	cr_assert_eq(t->hw.wired, VFU_NO_IRQ);
	cr_assert_eq(vt_count_fds(), fds);
	cr_assert_eq(disable(t, MSI), 0, "again");
	vt_close(t);
}

Test(test_vfu_irqs, disable_of_another_index_changes_nothing)
{
	struct vt *t = vt_open();
	int fd = wire(t, MSIX, 0);

	cr_assert_eq(disable(t, INTX), 0);
	cr_assert_eq(t->hw.wired, MSIX);
	vfu_irqs_fire(&t->s.irqs, MSIX, 0);
	cr_assert_eq(vt_events(fd), 1);
	vt_close(t);
}

Test(test_vfu_irqs, another_kind_only_after_disable)
{
	struct vt *t = vt_open();
	int fd = wire(t, INTX, 0);

	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSI, 0, 1}, &fd, 1),
		     EINVAL);
	cr_assert_eq(disable(t, INTX), 0);
	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSI, 0, 1}, &fd, 1),
		     0);
	vt_close(t);
}

Test(test_vfu_irqs, err_and_req_beside_any_kind)
{
	struct vt *t = vt_open();
	int x = wire(t, MSIX, 0), e = wire(t, ERR, 0), r = wire(t, REQ, 0);

	cr_assert_eq(t->hw.wired, MSIX);
	vfu_irqs_fire(&t->s.irqs, ERR, 0);
	vfu_irqs_fire(&t->s.irqs, REQ, 0);
	cr_assert_eq(vt_events(x), 0);
	cr_assert_eq(vt_events(e), 1);
	cr_assert_eq(vt_events(r), 1);
	cr_assert_eq(disable(t, MSIX), 0);
	cr_assert(vfu_irqs_fire(&t->s.irqs, ERR, 0), "stays");
	vt_close(t);
}

Test(test_vfu_irqs, loopback_by_none_and_by_bool)
{
	struct vt *t = vt_open();
	int fd[4];

	for (uint32_t i = 0; i < 4; i++)
		fd[i] = wire(t, MSIX, i);
	cr_assert_eq(set(t, (struct set){NONE | TRIGGER, MSIX, 1, 2}, NULL, 0),
		     0);
	cr_assert_eq(set_data(t, (struct set){BOOLS | TRIGGER, MSIX, 0, 4},
			      "\1\0\0\1", 4, NULL, 0),
		     0);
	for (unsigned i = 0; i < 4; i++)
		cr_assert_eq(vt_events(fd[i]), 1, "vector %u", i);
	vt_close(t);
}

Test(test_vfu_irqs, intx_masks_itself_and_fires_again_on_unmask)
{
	struct vt *t = vt_open();
	int fd = wire(t, INTX, 0);

	vfu_irqs_level(&t->s.irqs, true);
	vfu_irqs_level(&t->s.irqs, true);
	cr_assert_eq(vt_events(fd), 1, "once");
	cr_assert_eq(plain(t, NONE | UNMASK, INTX), 0);
	cr_assert_eq(vt_events(fd), 1, "still up");
	vfu_irqs_level(&t->s.irqs, false);
	cr_assert_eq(plain(t, NONE | UNMASK, INTX), 0);
	cr_assert_eq(vt_events(fd), 0, "down");
	vfu_irqs_level(&t->s.irqs, true);
	cr_assert_eq(vt_events(fd), 1, "up again, not masked");
	vt_close(t);
}

Test(test_vfu_irqs, intx_masked_by_the_client)
{
	struct vt *t = vt_open();
	int fd = wire(t, INTX, 0);

	cr_assert_eq(plain(t, NONE | MASK, INTX), 0);
	vfu_irqs_level(&t->s.irqs, true);
	cr_assert_eq(vt_events(fd), 0);
	cr_assert_eq(plain(t, NONE | UNMASK, INTX), 0);
	cr_assert_eq(vt_events(fd), 1);
	vt_close(t);
}

Test(test_vfu_irqs, intx_masked_by_bool)
{
	struct vt *t = vt_open();
	int fd = wire(t, INTX, 0);
	struct set mask = {BOOLS | MASK, INTX, 0, 1};
	struct set unmask = {BOOLS | UNMASK, INTX, 0, 1};

	cr_assert_eq(set_data(t, mask, "\1", 1, NULL, 0), 0);
	vfu_irqs_level(&t->s.irqs, true);
	cr_assert_eq(set_data(t, unmask, "\0", 1, NULL, 0), 0);
	cr_assert_eq(vt_events(fd), 0, "false: not done");
	cr_assert_eq(set_data(t, unmask, "\1", 1, NULL, 0), 0);
	cr_assert_eq(vt_events(fd), 1);
	vt_close(t);
}

Test(test_vfu_irqs, intx_resampled_by_eventfd)
{
	struct vt *t = vt_open();
	int fd = wire(t, INTX, 0), a = vt_eventfd(), b = vt_eventfd();
	struct set s = {EVENTFD | UNMASK, INTX, 0, 1};
	unsigned fds = vt_count_fds();

	cr_assert_eq(set(t, s, &a, 1), 0);
	cr_assert_eq(set(t, s, &b, 1), 0);
	cr_assert_eq(vt_count_fds(), fds + 1, "the newer replaces the older");
	vfu_irqs_level(&t->s.irqs, true);
	cr_assert_eq(vt_events(fd), 1);
	vfu_irqs_resample(&t->s.irqs);
	cr_assert_eq(vt_events(fd), 0, "nothing was written to it");
	cr_assert(!eventfd_write(b, 1));
	vfu_irqs_resample(&t->s.irqs);
	cr_assert_eq(vt_events(fd), 1);
	cr_assert_eq(set(t, s, NULL, 0), 0);
	cr_assert_eq(vt_count_fds(), fds, "taken away");
	vt_close(t);
}

/* The device tells a level that is up when it is told of the wiring. */
Test(test_vfu_irqs, intx_level_of_an_earlier_wiring_is_forgotten)
{
	struct vt *t = vt_open();
	int fd = wire(t, INTX, 0);

	vfu_irqs_level(&t->s.irqs, true);
	cr_assert_eq(vt_events(fd), 1);
	cr_assert_eq(disable(t, INTX), 0);
	fd = wire(t, INTX, 0);
	cr_assert_eq(vt_events(fd), 0);
	cr_assert_eq(plain(t, NONE | UNMASK, INTX), 0);
	cr_assert_eq(vt_events(fd), 0, "no storm");
	vt_close(t);
}

/* QEMU sends an eventfd only when the guest unmasks the vector. */
Test(test_vfu_irqs, msix_vector_that_fires_before_it_has_an_eventfd)
{
	struct vt *t = vt_open();
	int fd;

	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSIX, 0, 1}, NULL,
			 0),
		     0);
	vfu_irqs_fire(&t->s.irqs, MSIX, 3);
	vfu_irqs_fire(&t->s.irqs, MSIX, 3);
	fd = wire(t, MSIX, 2);
	cr_assert_eq(vt_events(fd), 0);
	fd = wire(t, MSIX, 3);
	cr_assert_eq(vt_events(fd), 1, "once, as the pending bit is one");
	fd = wire(t, MSIX, 3);
	cr_assert_eq(vt_events(fd), 0);
	vfu_irqs_fire(&t->s.irqs, MSIX, 5);
	cr_assert_eq(disable(t, MSIX), 0);
	fd = wire(t, MSIX, 5);
	cr_assert_eq(vt_events(fd), 0, "disable forgets");
	vt_close(t);
}

Test(test_vfu_irqs, flags_of_the_clients_eventfd_are_left_alone)
{
	struct vt *t = vt_open();
	int fd = eventfd(0, 0), re = eventfd(0, 0);

	cr_assert_eq(
		set(t, (struct set){EVENTFD | TRIGGER, INTX, 0, 1}, &fd, 1), 0);
	cr_assert_eq(set(t, (struct set){EVENTFD | UNMASK, INTX, 0, 1}, &re, 1),
		     0);
	cr_assert_not(fcntl(fd, F_GETFL) & O_NONBLOCK);
	vfu_irqs_resample(&t->s.irqs); /* nothing there: does not block */
	vt_close(t);
}

/* What QEMU does with KVM: trigger, mask, resample, unmask, over and over */
Test(test_vfu_irqs, intx_set_up_while_the_line_is_up)
{
	struct vt *t = vt_open();
	int fd, re = vt_eventfd();

	t->hw.line = &t->s.irqs;
	fd = wire(t, INTX, 0);
	cr_assert_eq(vt_events(fd), 1, "at once");
	for (unsigned i = 0; i < 3; i++) {
		cr_assert_eq(plain(t, NONE | MASK, INTX), 0);
		cr_assert_eq(set(t, (struct set){EVENTFD | UNMASK, INTX, 0, 1},
				 &re, 1),
			     0);
		cr_assert_eq(plain(t, NONE | UNMASK, INTX), 0);
		cr_assert_eq(vt_events(fd), 1);
	}
	cr_assert_eq(disable(t, INTX), 0);
	fd = wire(t, INTX, 0);
	cr_assert_eq(vt_events(fd), 1, "a new set-up is not masked");
	vt_close(t);
}

Test(test_vfu_irqs, eventfd_whose_counter_is_full)
{
	struct vt *t = vt_open();
	int fd = eventfd(0, 0); /* blocking */

	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSI, 0, 1}, &fd, 1),
		     0);
	cr_assert(!eventfd_write(fd, UINT64_MAX - 1));
	cr_assert(vfu_irqs_fire(&t->s.irqs, MSI, 0), "and does not hang");
	vt_close(t);
}

Test(test_vfu_irqs, descriptor_that_is_no_eventfd)
{
	struct vt *t = vt_open();
	int fd[2];

	cr_assert(!pipe(fd));
	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSI, 0, 1}, fd, 1),
		     EINVAL);
	cr_assert_eq(set(t, (struct set){EVENTFD | UNMASK, INTX, 0, 1}, fd, 1),
		     EINVAL);
	vt_close(t);
}

Test(test_vfu_irqs, not_exactly_one_data_and_one_action)
{
	struct vt *t = vt_open();

	for (uint32_t flags = 0; flags < 128; flags++) {
		uint32_t data = flags & 7, action = flags & 0x38;
		struct set s = {flags, INTX, 0, 1};

		if (is_pow2(data) && is_pow2(action) && flags < 64)
			continue;
		cr_assert_eq(set(t, s, NULL, 0), EINVAL, "flags %#x", flags);
	}
	vt_close(t);
}

Test(test_vfu_irqs, index_or_range_beyond_what_there_is)
{
	static const struct set bad[] = {
		{NONE | TRIGGER, 5, 0, 0},
		{NONE | TRIGGER, 5, 0, 1},
		{NONE | TRIGGER, UINT32_MAX, 0, 1},
		{NONE | TRIGGER, INTX, 0, 2},
		{NONE | TRIGGER, INTX, 1, 1},
		{NONE | TRIGGER, MSI, 0, 9},
		{NONE | TRIGGER, MSI, 8, 1},
		{NONE | TRIGGER, MSIX, 16, 2},
		{NONE | TRIGGER, MSIX, 1, UINT32_MAX},
		{NONE | TRIGGER, MSIX, UINT32_MAX, 1},
		{NONE | TRIGGER, MSIX, UINT32_MAX, 2},
		{NONE | TRIGGER, ERR, 0, 2},
		{NONE | TRIGGER, REQ, 1, 1},
	};
	struct vt *t = vt_open();

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_eq(set(t, bad[i], NULL, 0), EINVAL, "case %zu", i);
	vt_close(t);
}

Test(test_vfu_irqs, count_0_is_only_for_disable)
{
	static const struct set bad[] = {
		{NONE | TRIGGER, MSI, 1, 0},    {BOOLS | TRIGGER, MSI, 0, 0},
		{EVENTFD | TRIGGER, MSI, 0, 0}, {NONE | MASK, INTX, 0, 0},
		{NONE | UNMASK, INTX, 0, 0},
	};
	struct vt *t = vt_open();

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		cr_assert_eq(set(t, bad[i], NULL, 0), EINVAL, "case %zu", i);
	vt_close(t);
}

Test(test_vfu_irqs, bool_data_of_another_length)
{
	struct vt *t = vt_open();
	struct set s = {BOOLS | TRIGGER, MSIX, 0, 4};

	cr_assert_eq(set_data(t, s, "\1\1\1", 3, NULL, 0), EINVAL);
	cr_assert_eq(set_data(t, s, "\1\1\1\1\1", 5, NULL, 0), EINVAL);
	s.flags = NONE | TRIGGER;
	cr_assert_eq(set_data(t, s, "\1\1\1\1", 4, NULL, 0), EINVAL);
	vt_close(t);
}

Test(test_vfu_irqs, descriptors_that_do_not_fit_the_count)
{
	struct vt *t = vt_open();
	int fd[3] = {vt_eventfd(), vt_eventfd(), vt_eventfd()};

	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSIX, 0, 2}, fd, 3),
		     EINVAL);
	cr_assert_eq(set(t, (struct set){EVENTFD | TRIGGER, MSIX, 0, 3}, fd, 2),
		     EINVAL);
	cr_assert_eq(set(t, (struct set){NONE | TRIGGER, MSIX, 0, 1}, fd, 1),
		     EINVAL, "without DATA_EVENTFD");
	vt_close(t);
}

Test(test_vfu_irqs, mask_where_there_is_none)
{
	struct vt *t = vt_open();
	int fd = vt_eventfd();

	for (uint32_t index = MSI; index <= REQ; index++) {
		cr_assert_eq(plain(t, NONE | MASK, index), ENOTTY);
		cr_assert_eq(plain(t, NONE | UNMASK, index), ENOTTY);
	}
	cr_assert_eq(set(t, (struct set){EVENTFD | MASK, INTX, 0, 1}, &fd, 1),
		     ENOTTY, "a mask eventfd");
	vt_close(t);
}

Test(test_vfu_irqs, message_shorter_than_its_fixed_part)
{
	struct vt *t = vt_open();
	struct userwire_irq_set s = {19, NONE | TRIGGER, INTX, 0, 1};

	cr_assert_eq(vt_call(t, USERWIRE_SET_IRQS, &s, 19), EINVAL);
	cr_assert_eq(vt_call(t, USERWIRE_SET_IRQS, &s, 20), EINVAL, "argsz");
	vt_close(t);
}

Test(test_vfu_irqs, reset_keeps_the_eventfds)
{
	struct vt *t = vt_open();
	int fd = wire(t, MSIX, 0), e = wire(t, ERR, 0);

	cr_assert_eq(vt_call(t, USERWIRE_RESET, NULL, 0), 0);
	cr_assert(vfu_irqs_fire(&t->s.irqs, MSIX, 0));
	cr_assert(vfu_irqs_fire(&t->s.irqs, ERR, 0));
	cr_assert_eq(vt_events(fd), 1);
	cr_assert_eq(vt_events(e), 1);
	vt_close(t);
}

Test(test_vfu_irqs, end_of_session_unwires)
{
	struct vt *t = vt_open();
	unsigned fds = vt_count_fds();

	close(wire(t, MSIX, 0));
	close(wire(t, ERR, 0));
	vfu_session_close(&t->s);
	cr_assert_eq(t->hw.wired, VFU_NO_IRQ);
	cr_assert_eq(vt_count_fds(), fds - 1, "the session's socket");
	vt_close(t);
}
