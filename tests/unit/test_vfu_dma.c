/* SPDX-License-Identifier: BSD-2-Clause */
/* DMA_MAP, DMA_UNMAP, and access to what came with a file. */
#include "tests/unit/test_vfu.h"

#include <stdio.h>
#include <sys/stat.h>

#include "tests/twin/server/guard.h"

enum { R = 1, W = 2, RW = 3 };

static int memory(size_t size)
{
	int fd = memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	cr_assert(fd >= 0);
	cr_assert(!ftruncate(fd, (off_t)size));
	return fd;
}

static int map(struct vt *t, uint64_t iova, uint64_t size, uint64_t off,
	       uint32_t prot, int fd)
{
	struct userwire_map m = {32, prot, off, iova, size};

	return vt_call_fds(t, USERWIRE_DMA_MAP, &m, sizeof(m), &fd, fd >= 0);
}

/* Also: the reply repeats the message, with the size that was mapped. */
static int unmap(struct vt *t, uint32_t flags, uint64_t iova, uint64_t size,
		 uint64_t mapped)
{
	struct userwire_unmap u = {24, flags, iova, size};
	int rc = vt_call(t, USERWIRE_DMA_UNMAP, &u, sizeof(u));

	if (rc)
		return rc;
	cr_assert_eq(t->len, sizeof(u));
	memcpy(&u, t->body, sizeof(u));
	cr_assert_eq(u.iova, iova);
	cr_assert_eq(u.size, mapped, "%#lx were mapped", (long)u.size);
	return 0;
}

static int get(struct vt *t, uint64_t iova, void *buf, size_t len)
{
	return vfu_session_dma(&t->s, iova, buf, len, false);
}

static int put(struct vt *t, uint64_t iova, const void *buf, size_t len)
{
	return vfu_session_dma(&t->s, iova, (void *)buf, len, true);
}

Test(test_vfu_dma, both_sides_see_the_same_memory)
{
	struct vt *t = vt_open();
	int fd = memory(4 * VT_PAGE);
	uint32_t v = 0;

	cr_assert_eq(map(t, 0x10000, VT_PAGE, 2 * VT_PAGE, RW, fd), 0);
	cr_assert_eq(t->len, 0);
	cr_assert_eq(pwrite(fd, "abcd", 4, 2 * VT_PAGE + 8), 4);
	cr_assert_eq(get(t, 0x10008, &v, 4), 0);
	cr_assert(!memcmp(&v, "abcd", 4));
	cr_assert_eq(put(t, 0x10ffc, "wxyz", 4), 0);
	cr_assert_eq(pread(fd, &v, 4, 3 * VT_PAGE - 4), 4);
	cr_assert(!memcmp(&v, "wxyz", 4));
	vt_close(t);
}

Test(test_vfu_dma, access_over_the_border_of_two_maps)
{
	struct vt *t = vt_open();
	int fd = memory(4 * VT_PAGE);
	uint8_t buf[64];

	cr_assert_eq(map(t, 0, VT_PAGE, 3 * VT_PAGE, RW, fd), 0);
	cr_assert_eq(map(t, VT_PAGE, VT_PAGE, 0, RW, fd), 0);
	memset(buf, 0x11, 64);
	cr_assert_eq(put(t, VT_PAGE - 32, buf, 64), 0);
	cr_assert_eq(pread(fd, buf, 32, 0), 32);
	cr_assert_eq(pread(fd, buf + 32, 32, 4 * VT_PAGE - 32), 32);
	for (size_t i = 0; i < 64; i++)
		cr_assert_eq(buf[i], 0x11);
	vt_close(t);
}

Test(test_vfu_dma, access_to_what_is_not_mapped)
{
	struct vt *t = vt_open();
	int fd = memory(VT_PAGE);
	uint8_t b[2];

	cr_assert_eq(get(t, 0, b, 1), -EFAULT);
	cr_assert_eq(map(t, VT_PAGE, VT_PAGE, 0, RW, fd), 0);
	cr_assert_eq(get(t, VT_PAGE - 1, b, 2), -EFAULT);
	cr_assert_eq(get(t, 2 * VT_PAGE - 1, b, 2), -EFAULT);
	cr_assert_eq(put(t, 2 * VT_PAGE, b, 1), -EFAULT);
	vt_close(t);
}

Test(test_vfu_dma, access_that_the_map_does_not_allow)
{
	struct vt *t = vt_open();
	int fd = memory(2 * VT_PAGE);
	uint8_t b[4] = {0};

	cr_assert_eq(map(t, 0, VT_PAGE, 0, R, fd), 0);
	cr_assert_eq(map(t, VT_PAGE, VT_PAGE, 0, W, fd), 0);
	cr_assert_eq(put(t, 0, b, 4), -EACCES);
	cr_assert_eq(get(t, 0, b, 4), 0);
	cr_assert_eq(get(t, VT_PAGE, b, 4), -EACCES);
	cr_assert_eq(put(t, VT_PAGE, b, 4), 0);
	vt_close(t);
}

Test(test_vfu_dma, map_behind_the_end_of_the_file)
{
	struct vt *t = vt_open();
	int fd = memory(VT_PAGE);

	cr_assert_eq(map(t, 0, VT_PAGE + 1, 0, RW, fd), EINVAL);
	cr_assert_eq(map(t, 0, VT_PAGE, 1, RW, fd), EINVAL);
	cr_assert_eq(map(t, 0, 1, VT_PAGE, RW, fd), EINVAL);
	cr_assert_eq(map(t, 0, VT_PAGE, UINT64_MAX - VT_PAGE + 1, RW, fd),
		     EINVAL, "offset and size wrap");
	cr_assert_eq(map(t, 0, 1, UINT64_MAX, RW, fd), EINVAL);
	cr_assert_eq(map(t, 0, 1, VT_PAGE - 1, RW, fd), 0, "its last byte");
	vt_close(t);
}

Test(test_vfu_dma, file_that_is_truncated_later)
{
	struct vt *t = vt_open();
	int fd = memory(2 * VT_PAGE);
	uint8_t buf[2 * VT_PAGE] = {0};

	vfu_guard_install();
	cr_assert_eq(map(t, 0, 2 * VT_PAGE, 0, RW, fd), 0);
	cr_assert_eq(put(t, 0, buf, sizeof(buf)), 0);
	cr_assert(!ftruncate(fd, VT_PAGE));
	for (unsigned i = 0; i < 3; i++) {
		cr_assert_eq(get(t, VT_PAGE, buf, 16), -EFAULT);
		cr_assert_eq(put(t, 0, buf, sizeof(buf)), -EFAULT);
		cr_assert_eq(get(t, 0, buf, 16), 0, "the rest is there");
	}
	vt_close(t);
}

Test(test_vfu_dma, file_that_has_grown_since)
{
	struct vt *t = vt_open();
	int fd = memory(VT_PAGE);
	uint8_t b = 1;

	cr_assert_eq(map(t, 0, VT_PAGE, 0, RW, fd), 0);
	cr_assert_eq(put(t, 0, &b, 1), 0);
	cr_assert(!ftruncate(fd, 1 << 20));
	cr_assert_eq(map(t, 1 << 20, VT_PAGE, (1 << 20) - VT_PAGE, RW, fd), 0);
	b = 0;
	cr_assert_eq(get(t, 0, &b, 1), 0, "the old map is the same memory");
	cr_assert_eq(b, 1);
	cr_assert_eq(put(t, (1 << 20) + VT_PAGE - 1, &b, 1), 0);
	vt_close(t);
}

/* Mapped anew, but never shorter: extents point into it. */
Test(test_vfu_dma, file_cut_before_it_is_mapped_anew_for_writing)
{
	struct vt *t = vt_open();
	int fd = memory(16 << 20), ro;
	char path[32];
	uint8_t b[16] = {0};

	vfu_guard_install();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY);
	cr_assert_eq(map(t, 1 << 30, 16 << 20, 0, R, ro), 0);
	cr_assert(!ftruncate(fd, VT_PAGE));
	cr_assert_eq(map(t, 0, VT_PAGE, 0, RW, fd), 0);
	cr_assert_geq(t->s.dma.files.head->len, 16 << 20);
	cr_assert_eq(get(t, (1 << 30) + (15 << 20), b, sizeof(b)), -EFAULT);
	cr_assert_eq(put(t, 0, b, sizeof(b)), 0);
	vt_close(t);
}

Test(test_vfu_dma, file_sealed_against_writing_can_be_read)
{
	struct vt *t = vt_open();
	int fd = memory(VT_PAGE);
	uint8_t b;

	cr_assert(!fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	cr_assert_eq(map(t, 0, VT_PAGE, 0, RW, fd), EPERM);
	cr_assert_eq(map(t, 0, VT_PAGE, 0, R, fd), 0);
	cr_assert_eq(get(t, 0, &b, 1), 0);
	vt_close(t);
}

Test(test_vfu_dma, read_only_first_then_writable)
{
	struct vt *t = vt_open();
	int fd = memory(2 * VT_PAGE), ro;
	char path[32];
	uint8_t b = 7;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY);
	cr_assert(ro >= 0);
	cr_assert_eq(map(t, 0, VT_PAGE, 0, RW, ro), EACCES);
	cr_assert_eq(map(t, 0, VT_PAGE, 0, R, ro), 0);
	cr_assert_eq(map(t, VT_PAGE, VT_PAGE, VT_PAGE, RW, fd), 0);
	cr_assert_eq(map(t, 2 * VT_PAGE, VT_PAGE, 0, R, ro), 0);
	cr_assert_eq(put(t, VT_PAGE, &b, 1), 0);
	cr_assert_eq(get(t, 0, &b, 1), 0);
	vt_close(t);
}

Test(test_vfu_dma, descriptor_that_gives_no_access)
{
	struct vt *t = vt_open();
	char name[] = "/tmp/test_vfu_dma.XXXXXX";
	int fd = mkstemp(name), wo = open(name, O_WRONLY),
	    path = open(name, O_PATH);

	cr_assert(!ftruncate(fd, VT_PAGE));
	cr_assert_eq(map(t, 0, VT_PAGE, 0, W, wo), EACCES);
	cr_assert_eq(map(t, 0, VT_PAGE, 0, R, path), EACCES);
	unlink(name);
	vt_close(t);
}

/* What cannot be mapped is reached by message; see test_vfu_remote.c */
Test(test_vfu_dma, descriptor_that_is_no_file)
{
	struct vt *t = vt_open();
	int fd = vt_eventfd();

	cr_assert_eq(map(t, 0, VT_PAGE, 0, RW, fd), 0);
	cr_assert_eq(t->s.dma.files.n, 0);
	vt_close(t);
}

Test(test_vfu_dma, map_without_a_descriptor)
{
	struct vt *t = vt_open();

	cr_assert_eq(map(t, 0xfffc0000, 0x40000, 0, R, -1), 0);
	cr_assert_eq(unmap(t, 0, 0xfffc0000, 0x40000, 0x40000), 0);
	vt_close(t);
}

Test(test_vfu_dma, map_over_a_map)
{
	struct vt *t = vt_open();
	int fd = memory(4 * VT_PAGE);

	cr_assert_eq(map(t, 0, 2 * VT_PAGE, 0, RW, fd), 0);
	cr_assert_eq(map(t, 0, 2 * VT_PAGE, 0, RW, fd), EEXIST, "the same");
	cr_assert_eq(map(t, VT_PAGE, 2 * VT_PAGE, 0, RW, fd), EEXIST);
	cr_assert_eq(map(t, 0, 1, 0, RW, -1), EEXIST);
	cr_assert_eq(t->s.dma.extents.n, 1);
	vt_close(t);
}

Test(test_vfu_dma, map_of_no_size_or_beyond_all_addresses)
{
	struct vt *t = vt_open();

	cr_assert_eq(map(t, 0, 0, 0, RW, -1), EINVAL);
	cr_assert_eq(map(t, UINT64_MAX, 2, 0, RW, -1), EINVAL);
	cr_assert_eq(map(t, 1, UINT64_MAX, 0, RW, -1), 0, "ends at 2^64");
	vt_close(t);
}

Test(test_vfu_dma, map_with_flags_that_are_none)
{
	struct vt *t = vt_open();

	cr_assert_eq(map(t, 0, VT_PAGE, 0, 0, -1), EINVAL);
	cr_assert_eq(map(t, 0, VT_PAGE, 0, 4, -1), EINVAL);
	cr_assert_eq(map(t, 0, VT_PAGE, 0, 0x80000003, -1), EINVAL);
	vt_close(t);
}

Test(test_vfu_dma, map_with_two_descriptors)
{
	struct vt *t = vt_open();
	struct userwire_map m = {32, RW, 0, 0, VT_PAGE};
	int fds[2] = {memory(VT_PAGE), memory(VT_PAGE)};
	unsigned n = vt_count_fds();

	cr_assert_eq(vt_call_fds(t, USERWIRE_DMA_MAP, &m, sizeof(m), fds, 2),
		     EINVAL);
	cr_assert_eq(vt_count_fds(), n);
	vt_close(t);
}

Test(test_vfu_dma, argsz_too_small_or_body_of_another_length)
{
	struct vt *t = vt_open();
	struct userwire_map m = {31, RW, 0, 0, VT_PAGE};
	struct userwire_unmap u = {23, 0, 0, VT_PAGE};
	uint8_t body[64] = {64};

	cr_assert_eq(vt_call(t, USERWIRE_DMA_MAP, &m, sizeof(m)), EINVAL);
	cr_assert_eq(vt_call(t, USERWIRE_DMA_UNMAP, &u, sizeof(u)), EINVAL);
	body[4] = R;
	for (size_t n = 0; n < 64; n++) {
		if (n != 32)
			cr_assert_eq(vt_call(t, USERWIRE_DMA_MAP, body, n),
				     EINVAL);
		if (n != 24)
			cr_assert_eq(vt_call(t, USERWIRE_DMA_UNMAP, body, n),
				     EINVAL);
	}
	vt_close(t);
}

Test(test_vfu_dma, unmap_of_what_was_never_mapped)
{
	struct vt *t = vt_open();

	cr_assert_eq(unmap(t, 0, 0xfef00000, 0x100000, 0), 0);
	cr_assert_eq(unmap(t, 0, UINT64_C(1) << 47, UINT64_C(1) << 47, 0), 0);
	vt_close(t);
}

Test(test_vfu_dma, unmap_of_a_range_drops_every_map_in_it)
{
	struct vt *t = vt_open();
	int fd = memory(8 * VT_PAGE);
	uint8_t b;

	for (uint64_t i = 0; i < 8; i++)
		cr_assert_eq(map(t, 2 * i * VT_PAGE, VT_PAGE, (7 - i) * VT_PAGE,
				 RW, fd),
			     0);
	cr_assert_eq(unmap(t, 0, VT_PAGE, 8 * VT_PAGE, 4 * VT_PAGE), 0);
	cr_assert_eq(get(t, 0, &b, 1), 0);
	cr_assert_eq(get(t, 2 * VT_PAGE, &b, 1), -EFAULT);
	cr_assert_eq(get(t, 8 * VT_PAGE, &b, 1), -EFAULT);
	cr_assert_eq(get(t, 10 * VT_PAGE, &b, 1), 0);
	vt_close(t);
}

Test(test_vfu_dma, unmap_of_a_part_splits)
{
	struct vt *t = vt_open();
	int fd = memory(8 * VT_PAGE);
	uint8_t b = 0;

	cr_assert_eq(pwrite(fd, "z", 1, 5 * VT_PAGE), 1);
	cr_assert_eq(map(t, 0, 8 * VT_PAGE, 0, RW, fd), 0);
	cr_assert_eq(unmap(t, 0, 3 * VT_PAGE, VT_PAGE, VT_PAGE), 0);
	cr_assert_eq(get(t, 3 * VT_PAGE - 1, &b, 1), 0);
	cr_assert_eq(get(t, 3 * VT_PAGE, &b, 1), -EFAULT);
	cr_assert_eq(get(t, 5 * VT_PAGE, &b, 1), 0);
	cr_assert_eq(b, 'z');
	cr_assert_eq(map(t, 3 * VT_PAGE, VT_PAGE, 3 * VT_PAGE, RW, fd), 0);
	cr_assert_eq(t->s.dma.extents.n, 1, "and heals");
	vt_close(t);
}

Test(test_vfu_dma, unmap_up_to_the_end_of_all_addresses)
{
	struct vt *t = vt_open();

	cr_assert_eq(map(t, UINT64_MAX - VT_PAGE + 1, VT_PAGE, 0, RW, -1), 0);
	cr_assert_eq(unmap(t, 0, 0xfef00000, UINT64_C(0xffffffff01100000),
			   VT_PAGE),
		     0);
	vt_close(t);
}

Test(test_vfu_dma, unmap_all)
{
	struct vt *t = vt_open();
	int fd = memory(VT_PAGE);

	cr_assert_eq(map(t, 0, VT_PAGE, 0, RW, fd), 0);
	cr_assert_eq(map(t, UINT64_MAX, 1, 0, RW, -1), 0);
	cr_assert_eq(unmap(t, 2, 0, 0, VT_PAGE + 1), 0);
	cr_assert_eq(t->s.dma.extents.n, 0);
	cr_assert_eq(t->s.dma.files.n, 0, "the file is let go");
	cr_assert_eq(unmap(t, 2, 0, 0, 0), 0, "again");
	vt_close(t);
}

Test(test_vfu_dma, unmap_with_bad_flags_or_ranges)
{
	struct vt *t = vt_open();

	cr_assert_eq(unmap(t, 1, 0, VT_PAGE, 0), EINVAL, "dirty bitmap");
	cr_assert_eq(unmap(t, 3, 0, 0, 0), EINVAL);
	cr_assert_eq(unmap(t, 4, 0, VT_PAGE, 0), EINVAL);
	cr_assert_eq(unmap(t, 2, 0, VT_PAGE, 0), EINVAL, "all, and a size");
	cr_assert_eq(unmap(t, 2, VT_PAGE, 0, 0), EINVAL, "all, and an iova");
	cr_assert_eq(unmap(t, 0, 0, 0, 0), EINVAL, "no size");
	cr_assert_eq(unmap(t, 0, VT_PAGE, UINT64_MAX, 0), EINVAL, "wraps");
	vt_close(t);
}

Test(test_vfu_dma, files_are_let_go_with_their_last_map)
{
	struct vt *t = vt_open();
	int a = memory(VT_PAGE), b = memory(VT_PAGE);

	cr_assert_eq(map(t, 0, VT_PAGE, 0, RW, a), 0);
	cr_assert_eq(map(t, 2 * VT_PAGE, VT_PAGE, 0, RW, b), 0);
	cr_assert_eq(map(t, 4 * VT_PAGE, VT_PAGE, 0, RW, a), 0);
	cr_assert_eq(t->s.dma.files.n, 2);
	cr_assert_eq(unmap(t, 0, 0, VT_PAGE, VT_PAGE), 0);
	cr_assert_eq(t->s.dma.files.n, 2);
	cr_assert_eq(unmap(t, 0, 4 * VT_PAGE, VT_PAGE, VT_PAGE), 0);
	cr_assert_eq(t->s.dma.files.n, 1);
	vt_close(t);
}

Test(test_vfu_dma, too_many_files)
{
	struct vt *t = vt_open();

	for (uint64_t i = 0; i <= VFU_FILES; i++) {
		int fd = memory(VT_PAGE);

		cr_assert_eq(map(t, i * VT_PAGE, VT_PAGE, 0, RW, fd),
			     i < VFU_FILES ? 0 : ENOSPC);
		close(fd);
	}
	vt_close(t);
}

/* As behind an emulated IOMMU: each page with a descriptor of its own */
Test(test_vfu_dma, sixty_five_thousand_pages_each_with_a_descriptor)
{
	enum { N = 65536 };
	struct vt *t = vt_open();
	int fd = memory((size_t)N * VT_PAGE);
	unsigned fds = vt_count_fds();
	uint64_t v;

	for (uint64_t i = 0; i < N; i++)
		cr_assert_eq(map(t, (N - i) * VT_PAGE, VT_PAGE,
				 (i * 40503 % N) * VT_PAGE, RW, fd),
			     0);
	cr_assert_eq(vt_count_fds(), fds);
	cr_assert_eq(t->s.dma.files.n, 1);
	for (uint64_t i = 0; i < N; i += 997)
		cr_assert_eq(put(t, (N - i) * VT_PAGE + 8, &i, 8), 0);
	for (uint64_t i = 0; i < N; i += 997) {
		cr_assert_eq(pread(fd, &v, 8,
				   (off_t)((i * 40503 % N) * VT_PAGE + 8)),
			     8);
		cr_assert_eq(v, i);
	}
	cr_assert_eq(unmap(t, 0, VT_PAGE, UINT64_C(1) << 40,
			   (uint64_t)N * VT_PAGE),
		     0);
	cr_assert_eq(t->s.dma.extents.n, 0);
	vt_close(t);
}

Test(test_vfu_dma, reset_keeps_the_maps)
{
	struct vt *t = vt_open();
	int fd = memory(VT_PAGE);
	uint8_t b;

	cr_assert_eq(map(t, 0, VT_PAGE, 0, RW, fd), 0);
	cr_assert_eq(vt_call(t, USERWIRE_RESET, NULL, 0), 0);
	cr_assert_eq(get(t, 0, &b, 1), 0);
	vt_close(t);
}
