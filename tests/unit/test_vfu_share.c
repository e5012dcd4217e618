/* SPDX-License-Identifier: BSD-2-Clause */
/* --mmap: the memory of a server process that clients map. */
#include "tests/unit/test_vfu_child.h"

/* What can be mapped of BAR2: the descriptor, -1 for nothing */
static int shared_memory(int peer, struct vfio_region_sparse_mmap_area *a)
{
	struct userwire_region r = {.argsz = 256, .index = VT_BAR2};
	struct vfio_region_info_cap_sparse_mmap *cap;
	struct userwire_header h;
	_Alignas(8) uint8_t body[256];
	uint8_t msg[64];
	size_t n = vt_make(msg, 5, USERWIRE_REGION_INFO, 0, &r, sizeof(r));
	int fd;

	cr_assert_eq(send(peer, msg, n, MSG_NOSIGNAL), (ssize_t)n);
	cr_assert_eq(vt_receive_head(peer, &h, &fd), VT_HEAD);
	cr_assert_leq(h.size, VT_HEAD + sizeof(body));
	n = h.size - VT_HEAD;
	cr_assert_eq(recv(peer, body, n, MSG_WAITALL), (ssize_t)n);
	memcpy(&r, body, sizeof(r));
	cr_assert_eq(r.flags, fd < 0 ? 3 : 15);
	cr_assert_eq(r.size, 0x10000);
	cr_assert_eq(n, fd < 0 ? 32 : 64);
	cap = (void *)(body + 32);
	if (fd >= 0) {
		cr_assert_eq(r.offset, 0);
		cr_assert_eq(cap->nr_areas, 1);
		*a = cap->areas[0];
	}
	return fd;
}

Test(test_vfu_share, nothing_is_to_be_mapped_unless_asked_for)
{
	alarm(20);
	struct child c = {.mmap = false};
	struct vfio_region_sparse_mmap_area area;
	int a;

	start(&c);
	a = connect_to(c.path[0]);
	cr_assert_eq(hello(a), 0);
	cr_assert_eq(shared_memory(a, &area), -1);
	end(&c, SIGTERM);
}

Test(test_vfu_share, mapped_memory_is_what_both_functions_read)
{
	alarm(20);
	struct child c = {.mmap = true};
	struct vfio_region_sparse_mmap_area area;
	volatile uint32_t *p;
	int a, b, fd;

	start(&c);
	a = connect_to(c.path[0]);
	b = connect_to(c.path[1]);
	cr_assert_eq(hello(a), 0);
	cr_assert_eq(hello(b), 0);
	write_reg(b, 7, 4, 2);
	fd = shared_memory(a, &area);
	cr_assert_eq(area.offset, 0x4000);
	cr_assert_eq(area.size, 0x1000);
	cr_assert_eq(shared_memory(b, &area), -1, "only function 0's");
	p = mmap(NULL, area.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 (off_t)area.offset);
	cr_assert(p != MAP_FAILED);
	p[0x200 / 4] = 0x12345678;
	cr_assert_eq(read_reg(b, VT_BAR2, 0x4200), 0x12345678);
	write_reg(b, VT_BAR2, 0x4204, 0x9abcdef0);
	cr_assert_eq(p[0x204 / 4], 0x9abcdef0);
	cr_assert(ftruncate(fd, 0) && errno == EPERM, "sealed");
	end(&c, SIGTERM);
	cr_assert_eq(p[0x200 / 4], 0x12345678, "outlives the server");
	close(fd);
}
