/* SPDX-License-Identifier: BSD-2-Clause */
/* A copy of the message, because the next failure overwrites it. */
#include "base/first.h"

#include <string.h>

#include "base/log.h"

void first_keep(struct first *f, int rc)
{
	if (rc >= 0)
		return;
	if (f->rc) {
		log_warn("%s", err_last());
		return;
	}
	f->rc = rc;
	memcpy(f->text, err_last(), strlen(err_last()) + 1);
}

int first_result(const struct first *f)
{
	return f->rc ? err_set(f->rc, "%s", f->text) : 0;
}
