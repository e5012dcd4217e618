/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading, writing and mapping regions. */
#include "tests/unit/test_user.h"

/* How many messages of this kind came after the device was open */
static unsigned count(const struct ut *t, unsigned cmd, unsigned from)
{
	unsigned n = 0;

	for (unsigned i = from; i < t->peer->nlog; i++)
		n += t->peer->log[i].cmd == cmd;
	return n;
}

Test(test_user_regions, natural_sizes_are_one_message_each)
{
	struct ut *t = ut_with(NULL);
	uint64_t want = 0x1122334455667788;

	le_put(t->peer->bar + 0x10, 8, want);
	for (size_t size = 1; size <= 8; size *= 2) {
		uint64_t v = 0;

		cr_assert_eq(vfio_user.read(&t->d, &t->bar, 0x10, &v, size),
			     (ssize_t)size);
		cr_assert_eq(v, want & ones(size));
	}
	ut_join(t);
	cr_assert_eq(count(t, USERWIRE_REGION_READ, 0), 4 + 1, "and the BARs");
	ut_free(t);
}

Test(test_user_regions, configuration_space_is_one_message)
{
	struct ut *t = ut_with(NULL);
	uint8_t buf[UT_CONFIG];

	for (unsigned i = 0; i < UT_CONFIG; i++)
		t->peer->config[i] = (uint8_t)(i * 7);
	cr_assert_eq(vfio_user.read(&t->d, &t->config, 0, buf, sizeof(buf)),
		     UT_CONFIG);
	cr_assert(!memcmp(buf, t->peer->config, UT_CONFIG));
	ut_join(t);
	cr_assert_eq(count(t, USERWIRE_REGION_READ, 0), 2);
	ut_free(t);
}

Test(test_user_regions, long_accesses_are_cut_to_what_the_server_takes)
{
	struct ut *t = ut_new();
	uint8_t in[200], out[200];

	t->peer->json = "{\"capabilities\":{\"max_data_xfer_size\":64}}";
	cr_assert(!ut_open(t), "%s", err_last());
	for (unsigned i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 3 + 1);
	cr_assert_eq(vfio_user.write(&t->d, &t->bar, 4, in, sizeof(in)), 200);
	cr_assert_eq(vfio_user.read(&t->d, &t->bar, 4, out, sizeof(out)), 200);
	cr_assert(!memcmp(in, out, sizeof(in)));
	ut_join(t);
	cr_assert_eq(count(t, USERWIRE_REGION_READ, 0), 4 + 1);
	cr_assert_eq(count(t, USERWIRE_REGION_WRITE, 0), 4);
	ut_free(t);
}

/* ---- posted writes ---------------------------------------------------- */

static uint32_t write_flags(struct ut *t, struct vfio_region *r)
{
	uint32_t v = 0xabcd;
	uint32_t flags = UINT32_MAX;

	cr_assert_eq(vfio_user.write(&t->d, r, 0x20, &v, 4), 4);
	ut_read32(t, 0); /* so that it has come */
	for (unsigned i = 0; i < t->peer->nlog; i++)
		if (t->peer->log[i].cmd == USERWIRE_REGION_WRITE)
			flags = t->peer->log[i].flags;
	return flags;
}

Test(test_user_regions, writes_to_memory_are_posted)
{
	struct ut *t = ut_with(NULL);

	cr_assert_eq(write_flags(t, &t->bar), USERWIRE_NO_REPLY);
	cr_assert_eq(ut_read32(t, 0x20), 0xabcd, "a read is behind it");
	ut_free(t);
}

Test(test_user_regions, writes_to_io_and_to_configuration_are_not_posted)
{
	struct ut *t = ut_new();

	t->peer->config[0x10] = 1; /* BAR 0: I/O */
	cr_assert(!ut_open(t), "%s", err_last());
	cr_assert_eq(write_flags(t, &t->bar), USERWIRE_REQUEST);
	cr_assert_eq(write_flags(t, &t->config), USERWIRE_REQUEST);
	ut_free(t);
}

static bool no_bars(struct peer *p, struct peer_msg *m)
{
	if (m->h.cmd != USERWIRE_REGION_READ || m->body[8] != 7)
		return false;
	peer_error(p, m, EINVAL, 0);
	return true;
}

Test(test_user_regions, nothing_is_posted_where_bars_cannot_be_read)
{
	struct ut *t = ut_with(no_bars);

	cr_assert_eq(write_flags(t, &t->bar), USERWIRE_REQUEST);
	ut_free(t);
}

static bool refuse_writes(struct peer *p, struct peer_msg *m)
{
	if (m->h.cmd != USERWIRE_REGION_WRITE)
		return false;
	peer_error(p, m, EPERM, 16); /* with a payload, as some do */
	return true;
}

Test(test_user_regions, a_refused_write_is_an_error_and_the_next_call_works)
{
	struct ut *t = ut_with(refuse_writes);
	uint32_t v = 1;

	cr_assert_eq(vfio_user.write(&t->d, &t->config, 4, &v, 4), -EPERM);
	cr_assert_eq(ut_read32(t, 0), 0);
	cr_assert_eq(vfio_user.check(&t->d), 0);
	ut_free(t);
}

/* ---- mapping ---------------------------------------------------------- */

enum { FILE_SIZE = 0x6000 };

/* BAR 0 is 0x1000 bytes into a file */
static bool with_file(struct peer *p, struct peer_msg *m)
{
	struct userwire_region r;
	int fd;

	if (m->h.cmd != USERWIRE_REGION_INFO || m->body[8])
		return false;
	r = peer_region(p, 0);
	r.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	r.offset = 0x1000;
	fd = memfd_create("bar", MFD_CLOEXEC);
	cr_assert(!ftruncate(fd, FILE_SIZE));
	cr_assert_eq(pwrite(fd, "mapped", 7, 0x2000), 7);
	peer_reply_fds(p, m, &r, sizeof(r), &fd, 1);
	close(fd);
	return true;
}

static struct ut *open_mappable(peer_hook *hook, struct vfio_region_info *info)
{
	struct ut *t = ut_with(hook);

	*info = (struct vfio_region_info){.argsz = sizeof(*info), .index = 0};
	cr_assert(!vfio_user.region_info(&t->d, info, sizeof(*info)), "%s",
		  err_last());
	t->bar.offset = info->offset;
	t->bar.flags = info->flags;
	return t;
}

Test(test_user_regions, a_region_is_mapped_through_the_servers_file)
{
	const int rw = PROT_READ | PROT_WRITE;
	struct vfio_region_info info;
	struct ut *t = open_mappable(with_file, &info);
	char *p = vfio_user.mmap(&t->d, &t->bar, (struct range){0x1000, 0x1000},
				 rw);

	cr_assert(info.flags & VFIO_REGION_INFO_FLAG_MMAP);
	cr_assert(p, "%s", err_last());
	cr_assert_str_eq(p, "mapped");
	munmap(p, 0x1000);
	ut_free(t);
}

Test(test_user_regions, asking_again_replaces_the_file)
{
	struct vfio_region_info info;
	struct ut *t = open_mappable(with_file, &info);
	unsigned fds = ut_count_fds();

	for (unsigned i = 0; i < 5; i++)
		cr_assert(!vfio_user.region_info(&t->d, &info, sizeof(info)));
	cr_assert_leq(ut_count_fds(), fds + 1, "one may be the server's");
	ut_free(t);
}

Test(test_user_regions, where_a_region_can_be_mapped_no_write_is_posted)
{
	struct vfio_region_info info;
	struct ut *t = open_mappable(with_file, &info);

	cr_assert_eq(write_flags(t, &t->bar), USERWIRE_REQUEST);
	ut_free(t);
}

static void no_map(struct ut *t, struct range part, const char *what)
{
	cr_assert(!vfio_user.mmap(&t->d, &t->bar, part, PROT_READ));
	cr_assert(strstr(err_last(), what), "%s", err_last());
	cr_assert(strstr(err_last(), t->path), "%s", err_last());
}

Test(test_user_regions, nothing_is_mapped_behind_the_end_of_the_file)
{
	struct vfio_region_info info;
	struct ut *t = open_mappable(with_file, &info);

	no_map(t, (struct range){0x4000, 0x2000}, "0x6000 bytes");
	t->bar.offset = UINT64_MAX - 0xfff;
	no_map(t, (struct range){0x1000, 0x1000}, "mmap"); /* wraps to 0 */
	t->bar.offset = 0x7ffffffffffff000;
	no_map(t, (struct range){0, 0x1000}, "mmap");
	ut_free(t);
}

static bool with_pipe(struct peer *p, struct peer_msg *m)
{
	struct userwire_region r;
	int fd[2];

	if (m->h.cmd != USERWIRE_REGION_INFO || m->body[8])
		return false;
	r = peer_region(p, 0);
	r.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	cr_assert(!pipe2(fd, O_CLOEXEC));
	peer_reply_fds(p, m, &r, sizeof(r), fd, 1);
	close(fd[0]);
	close(fd[1]);
	return true;
}

Test(test_user_regions, what_is_no_file_is_not_mapped)
{
	struct vfio_region_info info;
	struct ut *t = open_mappable(with_pipe, &info);

	cr_assert(!(info.flags & VFIO_REGION_INFO_FLAG_MMAP));
	no_map(t, (struct range){0, 0x1000}, "no file");
	ut_free(t);
}

/* One descriptor for each area, of the same file or of two */
static bool with_many(struct peer *p, struct peer_msg *m)
{
	struct userwire_region r;
	int fd[3];

	if (m->h.cmd != USERWIRE_REGION_INFO || m->body[8])
		return false;
	r = peer_region(p, 0);
	r.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	fd[0] = memfd_create("bar", MFD_CLOEXEC);
	cr_assert(!ftruncate(fd[0], FILE_SIZE));
	fd[1] = dup(fd[0]);
	fd[2] = p->ctx ? memfd_create("other", 0) : dup(fd[0]);
	peer_reply_fds(p, m, &r, sizeof(r), fd, 3);
	for (unsigned i = 0; i < 3; i++)
		close(fd[i]);
	return true;
}

Test(test_user_regions, a_file_may_come_once_for_each_area)
{
	struct vfio_region_info info;
	struct ut *t = open_mappable(with_many, &info);

	cr_assert(info.flags & VFIO_REGION_INFO_FLAG_MMAP);
	ut_free(t);
}

Test(test_user_regions, different_files_for_one_region_are_none)
{
	struct vfio_region_info info;
	struct ut *t = ut_new();

	t->peer->hook = with_many;
	t->peer->ctx = t;
	cr_assert(!ut_open(t), "%s", err_last());
	info = (struct vfio_region_info){.argsz = sizeof(info)};
	cr_assert(!vfio_user.region_info(&t->d, &info, sizeof(info)));
	cr_assert(!(info.flags & VFIO_REGION_INFO_FLAG_MMAP));
	ut_free(t);
}

static bool flag_alone(struct peer *p, struct peer_msg *m)
{
	struct userwire_region r;

	if (m->h.cmd != USERWIRE_REGION_INFO)
		return false;
	r = peer_region(p, 0);
	r.index = (uint32_t)le_get(m->body + 8, 4);
	r.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	peer_reply(p, m, &r, sizeof(r));
	return true;
}

Test(test_user_regions, mmap_flag_without_a_file_means_nothing)
{
	struct vfio_region_info info;
	struct ut *t = open_mappable(flag_alone, &info);

	cr_assert(!(info.flags & VFIO_REGION_INFO_FLAG_MMAP));
	no_map(t, (struct range){0, 0x1000}, "no file");
	ut_free(t);
}

static bool with_file_of_ours(struct peer *p, struct peer_msg *m)
{
	const int *fd = p->ctx;
	struct userwire_region r;

	if (m->h.cmd != USERWIRE_REGION_INFO || m->body[8] || !fd)
		return false;
	r = peer_region(p, 0);
	r.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	peer_reply_fds(p, m, &r, sizeof(r), fd, 1);
	return true;
}

Test(test_user_regions, a_file_that_is_cut_is_the_end)
{
	struct vfio_region_info info = {.argsz = sizeof(info)};
	struct ut *t = ut_with(with_file_of_ours);
	int fd = memfd_create("bar", MFD_CLOEXEC);
	void *p;

	cr_assert(!ftruncate(fd, UT_BAR));
	t->peer->ctx = &fd;
	cr_assert(!vfio_user.region_info(&t->d, &info, sizeof(info)));
	cr_assert(!ftruncate(fd, 0x2000));
	cr_assert_eq(vfio_user.check(&t->d), 0, "nothing is mapped yet");
	p = vfio_user.mmap(&t->d, &t->bar, (struct range){0x1000, 0x1000},
			   PROT_READ);
	cr_assert(p, "%s", err_last());
	cr_assert_eq(vfio_user.check(&t->d), 0);
	cr_assert(!ftruncate(fd, 0x1fff));
	cr_assert_eq(vfio_user.check(&t->d), -EPROTO);
	ut_assert_dead(t, "EPROTO", "the file of region 0 was cut to 0x1fff");
	munmap(p, 0x1000);
	close(fd);
	ut_free(t);
}

/* ---- what the generic code makes of it -------------------------------- */

Test(test_user_regions, the_whole_way_by_the_generic_code)
{
	struct ut *t = ut_new();
	const struct vfio_source src = {.ops = &vfio_user, .path = t->path};

	t->peer->hook = with_file;
	le_put(t->peer->config, 4, 0x165f14e4);
	cr_assert(!pthread_create(&t->thread, NULL, peer_run, t));
	cr_assert(!vfio_device_open(&t->d, t->c, &src), "%s", err_last());
	cr_assert_eq(vfio_config_read(&t->d, 0, 4), 0x165f14e4);
	cr_assert_eq(t->d.region[0].nareas, 1);
	cr_assert_eq(t->d.region[0].size, UT_BAR);
	cr_assert_eq(t->d.irq[2].count, 32);
	cr_assert(!vfio_device_reset(&t->d));
	vfio_device_close(&t->d);
	vfio_device_close(&t->d);
	ut_free(t);
}
