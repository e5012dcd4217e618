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

int gmem_write(const struct gmem *m, uint64_t gpa, const void *src, size_t len)
{
	void *p = gmem_at(m, gpa, len);

	if (!p)
		return -EFAULT;
	memcpy(p, src, len);
	return 0;
}
