/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounds check between guest addresses and our own memory. */
#include "base/gmem.h"

#include <errno.h>
#include <string.h>

void *gmem_at(const struct gmem *m, uint64_t gpa, uint64_t len)
{
	struct range want = {gpa, len};

	for (unsigned i = 0; i < m->n; i++) {
		const struct gmem_part *p = &m->part[i];

		if (range_in(want, p->gpa))
			return p->hva + (gpa - p->gpa.start);
	}
	return NULL;
}

struct gmem_part gmem_cut(const struct gmem *m, struct range gpa)
{
	for (unsigned i = 0; i < m->n; i++) {
		struct gmem_part p = m->part[i];
		uint64_t off = gpa.start - p.gpa.start;

		if (!range_in(gpa, p.gpa))
			continue;
		return (struct gmem_part){
			.gpa = gpa,
			.hva = p.hva + off,
			.fd = p.fd,
			.fd_offset = p.fd < 0 ? 0 : p.fd_offset + off,
		};
	}
	return (struct gmem_part){.fd = -1};
}

int gmem_write(const struct gmem *m, uint64_t gpa, const void *src, size_t len)
{
	void *p = gmem_at(m, gpa, len);

	if (!p)
		return -EFAULT;
	memcpy(p, src, len);
	return 0;
}
