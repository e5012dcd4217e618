/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing regions by message. */
#include "tests/unit/test_user.h"

static unsigned count(const struct ut *t, unsigned cmd)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->peer->nlog; i++)
		n += t->peer->log[i].cmd == cmd;
	return n;
}

Test(test_user_regions, a_register_is_read)
{
	struct ut *t = ut_with(NULL);

	le_put(t->peer->bar + 0x10, 4, 0x12345678);
	cr_assert_eq(ut_read32(t, 0x10), 0x12345678);
	ut_join(t);
	cr_assert_eq(count(t, USERWIRE_REGION_READ), 2, "one for the BARs");
	ut_free(t);
}
