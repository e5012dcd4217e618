/* SPDX-License-Identifier: BSD-2-Clause */
/* Device, region and interrupt info, reset, and the order of opening. */
#include "tests/unit/test_user.h"

Test(test_user_info, numbers_are_handed_on)
{
	struct ut *t = ut_with(NULL);
	struct vfio_device_info info = {.argsz = sizeof(info)};
	struct vfio_irq_info irq = {.argsz = sizeof(irq), .index = 2};
	struct vfio_region_info r = {.argsz = sizeof(r), .index = 7};

	cr_assert(!vfio_user.info(&t->d, &info));
	cr_assert_eq(info.flags,
		     VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET);
	cr_assert_eq(info.num_regions, 9);
	cr_assert_eq(info.num_irqs, 5);
	cr_assert(!vfio_user.irq_info(&t->d, &irq));
	cr_assert_eq(irq.count, 32);
	cr_assert_eq(irq.flags, VFIO_IRQ_INFO_EVENTFD);
	cr_assert(!vfio_user.region_info(&t->d, &r, sizeof(r)));
	cr_assert_eq(r.size, UT_CONFIG);
	cr_assert_eq(r.argsz, sizeof(r));
	ut_free(t);
}

Test(test_user_info, name_and_lost_fd_are_the_devices)
{
	struct ut *t = ut_with(NULL);
	struct pollfd p = {.fd = t->d.lost_fd, .events = POLLIN};
	char name[80];

	snprintf(name, sizeof(name), "vfio-user:%s", t->path);
	cr_assert_str_eq(t->d.name, name);
	cr_assert_geq(t->d.lost_fd, 0);
	cr_assert_eq(poll(&p, 1, 0), 0);
	cr_assert_eq(vfio_user.check(&t->d), 0);
	ut_join(t);
	cr_assert_eq(t->d.lost_fd, -1);
	cr_assert_eq(t->d.priv, NULL);
	vfio_user.close(&t->d);
	ut_free(t);
}

/* ---- capabilities ----------------------------------------------------- */

enum { CAP = sizeof(struct vfio_region_info_cap_sparse_mmap), AREA = 16 };

/* BAR 0 with a capability of one area, for those who have room for it */
static bool sparse(struct peer *p, struct peer_msg *m)
{
	struct vfio_region_info_cap_sparse_mmap cap = {
		.header = {VFIO_REGION_INFO_CAP_SPARSE_MMAP, 1, 0},
		.nr_areas = 1};
	struct vfio_region_sparse_mmap_area area = {0x1000, 0x2000};
	struct userwire_region r;
	uint8_t body[sizeof(r) + CAP + AREA];
	bool fits;
	int fd;

	if (m->h.cmd != USERWIRE_REGION_INFO || m->body[8])
		return false;
	fits = le_get(m->body, 4) >= sizeof(body);
	r = peer_region(p, 0);
	r.argsz = sizeof(body);
	r.flags |= VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
	r.cap_offset = fits ? sizeof(r) : 0;
	memcpy(body, &r, sizeof(r));
	memcpy(body + sizeof(r), &cap, CAP);
	memcpy(body + sizeof(r) + CAP, &area, AREA);
	fd = memfd_create("bar", MFD_CLOEXEC);
	cr_assert(!ftruncate(fd, UT_BAR));
	peer_reply_fds(p, m, body, fits ? sizeof(body) : sizeof(r), &fd, fits);
	close(fd);
	return true;
}

Test(test_user_info, capabilities_come_with_the_second_question)
{
	struct ut *t = ut_with(sparse);
	struct vfio_region r;

	cr_assert(!vfio_region_query(&t->d, &r, 0), "%s", err_last());
	cr_assert_eq(r.nareas, 1);
	cr_assert_eq(r.area[0].start, 0x1000);
	cr_assert_eq(r.area[0].len, 0x2000);
	ut_free(t);
}

static bool absent(struct peer *p, struct peer_msg *m)
{
	if (m->h.cmd != USERWIRE_REGION_INFO && m->h.cmd != USERWIRE_IRQ_INFO)
		return false;
	peer_error(p, m, EINVAL, 0);
	return true;
}

Test(test_user_info, what_the_server_does_not_know_is_absent)
{
	struct ut *t = ut_with(absent);
	struct vfio_irq_info irq = {.argsz = sizeof(irq), .index = 4};
	struct vfio_region r;

	cr_assert_eq(vfio_user.irq_info(&t->d, &irq), -EINVAL);
	cr_assert_eq(vfio_region_query(&t->d, &r, 8), 0);
	cr_assert_eq(r.size, 0);
	cr_assert_eq(vfio_user.check(&t->d), 0, "that is no violation");
	ut_free(t);
}

Test(test_user_info, a_server_cannot_end_the_guest)
{
	struct ut *t = ut_with(NULL);

	for (uint32_t i = 0; i < VFIO_PCI_NUM_IRQS; i++) {
		struct vfio_irq_info irq = {.argsz = sizeof(irq), .index = i};

		cr_assert(!vfio_user.irq_info(&t->d, &irq));
		cr_assert_eq(irq.count, i < VFIO_PCI_ERR_IRQ_INDEX ? 32 : 0,
			     "%u", i);
	}
	ut_free(t);
}

/* ---- echoes ----------------------------------------------------------- */

static bool other_index(struct peer *p, struct peer_msg *m)
{
	struct userwire_irq irq = {16, 1, 1, 1};
	struct userwire_region r = peer_region(p, 7);

	if (m->h.cmd == USERWIRE_IRQ_INFO)
		peer_reply(p, m, &irq, sizeof(irq));
	else if (m->h.cmd == USERWIRE_REGION_INFO)
		peer_reply(p, m, &r, sizeof(r));
	else
		return false;
	return true;
}

Test(test_user_info, about_another_interrupt)
{
	struct ut *t = ut_with(other_index);
	struct vfio_irq_info irq = {.argsz = sizeof(irq), .index = 2};

	cr_assert_eq(vfio_user.irq_info(&t->d, &irq), -EPROTO);
	ut_assert_dead(t, "IRQ_INFO: EPROTO", "about 1, not 2");
	ut_free(t);
}

Test(test_user_info, about_another_region)
{
	struct ut *t = ut_with(other_index);
	struct vfio_region_info r = {.argsz = sizeof(r), .index = 2};

	cr_assert_eq(vfio_user.region_info(&t->d, &r, sizeof(r)), -EPROTO);
	ut_assert_dead(t, "REGION_INFO: EPROTO", "about 7, not 2");
	ut_free(t);
}

Test(test_user_info, a_region_beyond_all_is_not_asked_for)
{
	struct ut *t = ut_with(NULL);
	struct vfio_region_info r = {.argsz = sizeof(r), .index = 9};

	cr_assert_eq(vfio_user.region_info(&t->d, &r, sizeof(r)), -EINVAL);
	ut_free(t);
}

/* ---- opening and reset ------------------------------------------------ */

Test(test_user_info, order_of_opening)
{
	static const uint16_t want[] = {USERWIRE_VERSION, USERWIRE_GET_INFO,
					USERWIRE_RESET, USERWIRE_REGION_READ,
					USERWIRE_DMA_MAP};
	struct ut *t = ut_new();

	ut_ram(t);
	cr_assert(!vfio_user.map(t->c, &t->mem, t->mem.part[0].gpa));
	cr_assert(!ut_open(t), "%s", err_last());
	ut_join(t);
	cr_assert_eq(t->peer->nlog, ARRAY_SIZE(want));
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		cr_assert_eq(t->peer->log[i].cmd, want[i], "%zu", i);
	ut_free(t);
}

static bool no_reset(struct peer *p, struct peer_msg *m)
{
	struct userwire_info info = {16, VFIO_DEVICE_FLAGS_PCI, 9, 5};

	if (m->h.cmd != USERWIRE_GET_INFO)
		return false;
	peer_reply(p, m, &info, sizeof(info));
	return true;
}

Test(test_user_info, no_reset_where_there_is_none)
{
	struct ut *t = ut_with(no_reset);

	ut_join(t);
	for (unsigned i = 0; i < t->peer->nlog; i++)
		cr_assert_neq(t->peer->log[i].cmd, USERWIRE_RESET);
	ut_free(t);
}

static bool failing_reset(struct peer *p, struct peer_msg *m)
{
	if (m->h.cmd != USERWIRE_RESET)
		return false;
	peer_error(p, m, EIO, 0);
	return true;
}

Test(test_user_info, a_failing_reset_does_not_keep_a_device_closed)
{
	struct ut *t = ut_with(failing_reset);

	cr_assert_eq(vfio_user.reset(&t->d), -EIO);
	cr_assert(strstr(err_last(), "RESET: EIO"), "%s", err_last());
	cr_assert_eq(vfio_user.check(&t->d), 0);
	ut_free(t);
}

static bool slow_reset(struct peer *p, struct peer_msg *m)
{
	(void)p;
	if (m->h.cmd == USERWIRE_RESET)
		usleep(2 * UT_MS * 1000);
	return false;
}

Test(test_user_info, a_reset_may_take_longer_than_a_register)
{
	struct ut *t = ut_with(NULL);

	ut_hurry(t);
	t->peer->hook = slow_reset;
	cr_assert_eq(vfio_user.reset(&t->d), 0, "%s", err_last());
	ut_free(t);
}

static bool refused_info(struct peer *p, struct peer_msg *m)
{
	if (m->h.cmd != USERWIRE_GET_INFO)
		return false;
	peer_error(p, m, ENODEV, 0);
	return true;
}

Test(test_user_info, opening_fails_whole)
{
	struct ut *t = ut_new();

	t->peer->hook = refused_info;
	cr_assert_eq(ut_open(t), -ENODEV);
	cr_assert(strstr(err_last(), "GET_INFO: ENODEV"), "%s", err_last());
	cr_assert_eq(t->d.priv, NULL);
	cr_assert_eq(t->d.lost_fd, -1);
	ut_free(t);
}
