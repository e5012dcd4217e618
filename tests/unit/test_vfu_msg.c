/* SPDX-License-Identifier: BSD-2-Clause */
/* Framing: bytes in any pieces, bad headers, no reply, slow readers, EOF. */
#include "tests/unit/test_vfu.h"

#include <poll.h>
#include <sys/resource.h>

static const char hello[] = "\0\0\0\0{\"capabilities\":{}}";

static size_t make_read(uint8_t *msg, uint16_t id, uint32_t flags, uint64_t off,
			uint32_t count)
{
	struct userwire_access a = {.offset = off, .count = count};

	return vt_make(msg, id, USERWIRE_REGION_READ, flags, &a, sizeof(a));
}

Test(test_vfu_msg, bytes_one_at_a_time)
{
	struct vt *t = vt_open();
	uint8_t msg[64];
	size_t n = make_read(msg, 7, 0, 4, 4);

	t->hw.bar[4] = 0x5a;
	for (size_t i = 0; i < n; i++) {
		cr_assert_not(vt_receive(t), "a reply after %zu bytes", i);
		vt_send_raw(t, msg + i, 1, NULL, 0);
		cr_assert_eq(vt_run(t), 0);
	}
	cr_assert(vt_receive(t));
	cr_assert_eq(t->len, 20);
	cr_assert_eq(t->body[16], 0x5a);
	vt_close(t);
}

Test(test_vfu_msg, several_in_flight_are_answered_in_order)
{
	struct vt *t = vt_open();
	uint8_t msg[64 * 32];
	size_t n = 0;

	for (uint16_t i = 0; i < 32; i++)
		n += make_read(msg + n, (uint16_t)(i * 7), 0, i, 1);
	vt_send_raw(t, msg, n, NULL, 0);
	vt_run(t);
	for (uint16_t i = 0; i < 32; i++) {
		cr_assert(vt_receive(t));
		cr_assert_eq(t->head.id, i * 7);
		cr_assert_eq(le_get(t->body, 8), i);
	}
	cr_assert_not(vt_receive(t));
	vt_close(t);
}

Test(test_vfu_msg, the_same_id_twice_is_nobodys_business)
{
	struct vt *t = vt_open();
	uint8_t msg[128];
	size_t n = make_read(msg, 9, 0, 0, 1);

	n += make_read(msg + n, 9, 0, 0, 2);
	vt_send_raw(t, msg, n, NULL, 0);
	vt_run(t);
	cr_assert(vt_receive(t));
	cr_assert_eq(t->len, 17);
	cr_assert(vt_receive(t));
	cr_assert_eq(t->len, 18);
	vt_close(t);
}

Test(test_vfu_msg, no_reply_gets_none_when_good)
{
	struct vt *t = vt_open();
	uint8_t msg[64];
	size_t n = make_read(msg, 1, USERWIRE_NO_REPLY, 0, 4);

	vt_send_raw(t, msg, n, NULL, 0);
	cr_assert_eq(vt_run(t), 0);
	cr_assert_not(vt_receive(t));
	cr_assert_eq(t->hw.reads, 1);
	vt_close(t);
}

Test(test_vfu_msg, no_reply_gets_none_when_bad)
{
	struct vt *t = vt_open();
	uint8_t msg[64];
	size_t n = make_read(msg, 1, USERWIRE_NO_REPLY, VT_BAR, 4);

	vt_send_raw(t, msg, n, NULL, 0);
	cr_assert_eq(vt_run(t), 0);
	cr_assert_not(vt_receive(t));
	n = vt_make(msg, 2, 99, USERWIRE_NO_REPLY, NULL, 0);
	vt_send_raw(t, msg, n, NULL, 0);
	cr_assert_eq(vt_run(t), 0);
	cr_assert_not(vt_receive(t));
	vt_close(t);
}

Test(test_vfu_msg, commands_that_are_not_offered)
{
	static const uint16_t cmd[] = {0,
				       USERWIRE_DMA_READ,
				       USERWIRE_DMA_WRITE,
				       14,
				       USERWIRE_WRITE_MULTI,
				       USERWIRE_FEATURE,
				       USERWIRE_MIG_READ,
				       USERWIRE_MIG_WRITE,
				       19,
				       0xffff};
	struct vt *t = vt_open();

	for (size_t i = 0; i < ARRAY_SIZE(cmd); i++)
		cr_assert_eq(vt_call(t, cmd[i], t->body, 40), EOPNOTSUPP,
			     "command %u", cmd[i]);
	cr_assert_eq(vt_call(t, USERWIRE_RESET, NULL, 0), 0, "goes on");
	vt_close(t);
}

Test(test_vfu_msg, type_that_is_neither_request_nor_reply)
{
	struct vt *t = vt_open();
	uint8_t msg[64];

	for (uint32_t type = 2; type < 16; type++) {
		vt_send_raw(t, msg, make_read(msg, 1, type, 0, 4), NULL, 0);
		cr_assert_eq(vt_run(t), 0);
		cr_assert(vt_receive(t));
		cr_assert_eq(t->head.err, EINVAL);
	}
	cr_assert_eq(t->hw.reads, 0);
	vt_close(t);
}

Test(test_vfu_msg, reply_to_nothing_is_passed_over)
{
	struct vt *t = vt_open();
	uint8_t msg[64];

	vt_send_raw(t, msg, make_read(msg, 1, USERWIRE_REPLY, 0, 4), NULL, 0);
	cr_assert_eq(vt_run(t), 0);
	cr_assert_not(vt_receive(t));
	cr_assert_eq(vt_call(t, USERWIRE_RESET, NULL, 0), 0, "goes on");
	vt_close(t);
}

Test(test_vfu_msg, size_below_a_header_ends_the_session)
{
	for (uint32_t size = 0; size < VT_HEAD; size++) {
		struct vt *t = vt_open();
		struct userwire_header h = {.cmd = USERWIRE_RESET,
					    .size = size};

		vt_send_raw(t, &h, sizeof(h), NULL, 0);
		cr_assert_eq(vt_run(t), -ECONNRESET);
		cr_assert(vt_receive(t));
		cr_assert_eq(t->head.err, EINVAL);
		cr_assert_eq(t->hw.resets, 0);
		vt_close(t);
	}
}

Test(test_vfu_msg, size_above_the_limit_is_refused_and_skipped)
{
	struct vt *t = vt_open();
	uint8_t *junk = malloc(65536);
	struct userwire_header h = {.cmd = USERWIRE_REGION_WRITE,
				    .size = VFU_MSG_MAX + 1};
	size_t left = h.size - sizeof(h);

	memset(junk, 0xee, 65536);
	vt_send_raw(t, &h, sizeof(h), NULL, 0);
	cr_assert_eq(vt_run(t), 0);
	cr_assert(vt_receive(t), "is answered before its body has come");
	cr_assert_eq(t->head.err, EINVAL);
	while (left) {
		size_t n = min_u64(left, 65536);

		vt_send_raw(t, junk, n, NULL, 0);
		cr_assert_eq(vt_run(t), 0);
		left -= n;
	}
	cr_assert_not(vt_receive(t));
	cr_assert_eq(vt_call(t, USERWIRE_RESET, NULL, 0), 0, "goes on");
	free(junk);
	vt_close(t);
}

Test(test_vfu_msg, longest_message_is_taken)
{
	struct vt *t = vt_open();
	uint8_t *msg = calloc(1, VFU_MSG_MAX);
	struct userwire_header h = {.cmd = USERWIRE_REGION_WRITE,
				    .size = VFU_MSG_MAX};
	struct userwire_access a = {.count = USERWIRE_XFER_MAX};

	memcpy(msg, &h, sizeof(h));
	memcpy(msg + VT_HEAD, &a, sizeof(a));
	for (size_t at = 0; at < VFU_MSG_MAX; at += 32768) {
		vt_send_raw(t, msg + at, min_u64(VFU_MSG_MAX - at, 32768), NULL,
			    0);
		cr_assert_eq(vt_run(t), 0);
	}
	cr_assert(vt_receive(t));
	cr_assert_eq(t->head.err, EINVAL, "longer than any region");
	free(msg);
	vt_close(t);
}

/* A valid conversation, cut off behind each of its bytes */
Test(test_vfu_msg, client_vanishes_at_any_byte)
{
	struct userwire_map map = {.argsz = 32, .flags = 3, .size = VT_PAGE};
	uint8_t msg[512];
	size_t n = vt_make(msg, 1, USERWIRE_VERSION, 0, hello, sizeof(hello));
	size_t at = n;
	int mem = memfd_create("t", 0);
	unsigned fds;

	cr_assert(!ftruncate(mem, VT_PAGE));
	n += vt_make(msg + n, 2, USERWIRE_DMA_MAP, 0, &map, sizeof(map));
	n += make_read(msg + n, 3, 0, 0, 4);
	n += vt_make(msg + n, 4, USERWIRE_RESET, USERWIRE_NO_REPLY, NULL, 0);
	fds = vt_count_fds();
	for (size_t end = 0; end <= n; end++) {
		struct vt *t = vt_connect();

		vt_send_raw(t, msg, min_u64(end, at), NULL, 0);
		if (end > at)
			vt_send_raw(t, msg + at, end - at, &mem, 1);
		close(t->peer);
		t->peer = -1;
		cr_assert_eq(vt_run(t), -ECONNRESET, "after %zu bytes", end);
		cr_assert_eq(vfu_session_step(&t->s), -ECONNRESET);
		vt_close(t);
		cr_assert_eq(vt_count_fds(), fds, "after %zu bytes", end);
	}
}

/* It stops reading at some limit, and goes on when there is room again. */
Test(test_vfu_msg, client_that_does_not_read_its_replies)
{
	struct vt *t = vt_open();
	struct userwire_access a = {.count = VT_BAR};
	uint8_t msg[64];
	size_t n = vt_make(msg, 1, USERWIRE_REGION_READ, 0, &a, sizeof(a));
	unsigned sent = 0, got = 0;

	while (vfu_session_events(&t->s) & POLLIN) {
		vt_send_raw(t, msg, n, NULL, 0);
		sent++;
		cr_assert_geq(vt_run(t), 0);
		cr_assert_lt(sent, 1000);
	}
	cr_assert_eq(vfu_session_events(&t->s), POLLOUT);
	cr_assert_leq(vfu_msg_waiting(&t->s), VFU_OUT_MAX + VFU_MSG_MAX);
	vt_send_raw(t, msg, n, NULL, 0);
	sent++;
	for (unsigned tries = 0; got < sent && tries < 10000; tries++) {
		uint8_t part[VT_HEAD + 16 + VT_BAR];
		size_t have = 0;

		while (have < sizeof(part)) {
			ssize_t k = recv(t->peer, part + have,
					 sizeof(part) - have, 0);

			if (k > 0)
				have += (size_t)k;
			else
				vt_run(t);
		}
		cr_assert_eq(le_get(part + 4, 4), sizeof(part));
		got++;
	}
	cr_assert_eq(got, sent);
	cr_assert_eq(t->hw.reads, sent);
	cr_assert_eq(vfu_session_events(&t->s), POLLIN);
	vt_close(t);
}

/* A reply, with steps of the session whenever it comes to nothing */
static void slowly(struct vt *t)
{
	size_t have = 0;

	while (vt_receive_head(t->peer, &t->head, &t->fd) != VT_HEAD)
		cr_assert_geq(vt_run(t), 0);
	while (have < t->head.size - VT_HEAD) {
		ssize_t n = recv(t->peer, t->body + have,
				 t->head.size - VT_HEAD - have, 0);

		if (n > 0)
			have += (size_t)n;
		else
			cr_assert_geq(vt_run(t), 0);
	}
}

/* One that must wait goes out later, and with no other message than its own. */
Test(test_vfu_msg, descriptor_waits_with_its_reply)
{
	struct vt *t = vt_open();
	struct vfu_share share = {.fd = memfd_create("t", MFD_CLOEXEC)};
	struct userwire_access a = {.count = VT_BAR};
	struct userwire_region r = {.argsz = 32};
	uint8_t msg[64];
	size_t n = vt_make(msg, 1, USERWIRE_REGION_READ, 0, &a, sizeof(a));
	unsigned sent = 0;

	t->dev.share[0] = &share;
	for (; !vfu_msg_waiting(&t->s); sent++) {
		vt_send_raw(t, msg, n, NULL, 0);
		cr_assert_geq(vt_run(t), 0);
		cr_assert_lt(sent, 1000);
	}
	n = vt_make(msg, 2, USERWIRE_REGION_INFO, 0, &r, sizeof(r));
	for (int i = 0; i < 3; i++)
		vt_send_raw(t, msg, n, NULL, 0);
	cr_assert_geq(vt_run(t), 0);
	cr_assert_eq(vfu_session_events(&t->s), POLLOUT, "not read meanwhile");
	for (unsigned got = 0; got < sent + 3; got++) {
		slowly(t);
		cr_assert_eq(t->head.id, got < sent ? 1 : 2);
		cr_assert_eq(t->fd >= 0, got >= sent, "message %u", got);
		close(t->fd);
	}
	cr_assert_eq(vfu_session_events(&t->s), POLLIN);
	cr_assert_eq(vt_run(t), 0);
	cr_assert(!vt_receive(t));
	vt_close(t);
}

Test(test_vfu_msg, descriptors_with_a_verb_that_takes_none)
{
	struct userwire_info i = {.argsz = sizeof(i)};
	struct vt *t = vt_open();
	int fd = vt_eventfd();
	unsigned fds = vt_count_fds();

	cr_assert_eq(vt_call_fds(t, USERWIRE_GET_INFO, &i, sizeof(i), &fd, 1),
		     EINVAL);
	cr_assert_eq(vt_count_fds(), fds, "and they are closed");
	vt_close(t);
}

/* Messages before, behind and beside it, none of which takes descriptors */
Test(test_vfu_msg, descriptors_go_to_the_message_they_came_with)
{
	struct userwire_irq_set set = {.argsz = 20,
				       .flags = VFIO_IRQ_SET_DATA_EVENTFD |
						VFIO_IRQ_SET_ACTION_TRIGGER,
				       .index = 2,
				       .count = 1};
	struct vt *t = vt_open();
	unsigned start = vt_count_fds(), sent = 0;

	for (unsigned before = 0; before < 5; before++)
		for (unsigned kind = 0; kind < 3; kind++) {
			uint8_t msg[256];
			int fd = vt_eventfd();
			size_t n = 0;

			for (unsigned i = 0; i < before; i++, sent++)
				n += kind ? make_read(msg + n, 1, 0, 0, 4)
					  : vt_make(msg + n, 1, USERWIRE_RESET,
						    0, NULL, 0);
			if (n)
				vt_send_raw(t, msg, n, NULL, 0);
			set.start = before * 3 + kind;
			n = vt_make(msg, 2, USERWIRE_SET_IRQS, 0, &set,
				    sizeof(set));
			n += vt_make(msg + n, 3, USERWIRE_RESET, 0, NULL, 0);
			vt_send_raw(t, msg, n - (kind == 2 ? 16 : 0), &fd, 1);
			sent += kind == 2 ? 1 : 2;
			close(fd);
		}
	cr_assert_eq(vt_run(t), 0);
	for (unsigned i = 0; i < sent; i++) {
		cr_assert(vt_receive(t));
		cr_assert_eq(t->head.flags, USERWIRE_REPLY, "message %u", i);
	}
	cr_assert_not(vt_receive(t));
	cr_assert_eq(vt_count_fds(), start + 15);
	for (uint32_t i = 0; i < 15; i++)
		cr_assert(vfu_irqs_fire(&t->s.irqs, 2, i));
	vt_close(t);
}

Test(test_vfu_msg, descriptors_of_a_message_too_long_are_closed)
{
	struct vt *t = vt_open();
	struct userwire_header h = {.cmd = USERWIRE_SET_IRQS,
				    .size = VFU_MSG_MAX + 1};
	uint8_t msg[64] = {0};
	int fd = vt_eventfd();
	unsigned fds = vt_count_fds();

	memcpy(msg, &h, sizeof(h));
	for (size_t n = sizeof(h); n <= 40; n += 24) {
		struct vt *u = vt_open();

		vt_send_raw(u, msg, n, &fd, 1);
		vt_run(u);
		cr_assert(vt_receive(u));
		cr_assert_eq(u->head.flags, USERWIRE_REPLY | USERWIRE_ERROR);
		vt_run(u);
		cr_assert_eq(vt_count_fds(), fds + 2, "the two sockets");
		cr_assert_not(u->s.in.fds_lost);
		vt_close(u);
	}
	vt_close(t);
}

Test(test_vfu_msg, descriptors_inside_a_body_are_closed)
{
	struct vt *t = vt_open();
	uint8_t msg[64];
	int fd = vt_eventfd();
	unsigned fds = vt_count_fds();

	make_read(msg, 1, 0, 0, 4);
	vt_send_raw(t, msg, 20, NULL, 0);
	vt_run(t);
	vt_send_raw(t, msg + 20, 12, &fd, 1);
	vt_run(t);
	cr_assert(vt_receive(t));
	cr_assert_eq(t->head.flags, USERWIRE_REPLY);
	cr_assert_eq(vt_count_fds(), fds);
	vt_close(t);
}

Test(test_vfu_msg, more_descriptors_than_can_be_taken)
{
	struct userwire_irq_set set = {.argsz = 20,
				       .flags = VFIO_IRQ_SET_DATA_EVENTFD |
						VFIO_IRQ_SET_ACTION_TRIGGER,
				       .index = 2,
				       .count = 17};
	struct vt *t = vt_open();
	int fds[VFU_MSG_FDS + 1];
	unsigned before;

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = vt_eventfd();
	before = vt_count_fds();
	cr_assert_eq(vt_call_fds(t, USERWIRE_SET_IRQS, &set, sizeof(set), fds,
				 ARRAY_SIZE(fds)),
		     EMFILE);
	cr_assert_eq(vt_count_fds(), before);
	vt_close(t);
}

Test(test_vfu_msg, no_descriptor_left_for_those_that_come)
{
	struct userwire_map map = {.argsz = 32, .flags = 3, .size = VT_PAGE};
	struct vt *t = vt_open();
	int mem = memfd_create("t", 0);
	struct rlimit r, none = {0, 0};

	cr_assert(!ftruncate(mem, VT_PAGE));
	cr_assert(!getrlimit(RLIMIT_NOFILE, &r));
	none.rlim_max = r.rlim_max;
	cr_assert(!setrlimit(RLIMIT_NOFILE, &none));
	cr_assert_eq(vt_call_fds(t, USERWIRE_DMA_MAP, &map, sizeof(map), &mem,
				 1),
		     EMFILE);
	cr_assert(!setrlimit(RLIMIT_NOFILE, &r));
	cr_assert_eq(vt_call_fds(t, USERWIRE_DMA_MAP, &map, sizeof(map), &mem,
				 1),
		     0, "later it can be had");
	vt_close(t);
}
