/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies to a client's memory; how they end is in test_vfu_dma.c. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "tests/twin/server/guard.h"

#define LAST 300000 /* blocks */

static _Alignas(64) uint64_t host[10];

static void *reads(void *arg)
{
	uint64_t tag;

	(void)arg;
	do {
		tag = __atomic_load_n(&host[0], __ATOMIC_ACQUIRE);
		for (unsigned i = 1; i < ARRAY_SIZE(host); i++)
			if (__atomic_load_n(&host[i], __ATOMIC_RELAXED) < tag)
				return host;
	} while (tag < LAST);
	return NULL;
}

/* A status block, that is: the tag is in its first eight bytes. */
Test(test_vfu_guard, who_sees_the_first_bytes_sees_the_rest)
{
	uint64_t block[ARRAY_SIZE(host)];
	pthread_t reader;
	void *torn;

	cr_assert_eq(pthread_create(&reader, NULL, reads, NULL), 0);
	for (uint64_t n = 1; n <= LAST; n++) {
		for (unsigned i = 0; i < ARRAY_SIZE(block); i++)
			block[i] = n;
		cr_assert_eq(vfu_guard_copy(host, block, sizeof(block)), 0);
	}
	pthread_join(reader, &torn);
	cr_assert_null(torn);
}

Test(test_vfu_guard, every_length_at_every_place)
{
	uint8_t from[40], to[64], want[64];

	for (unsigned i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i + 1);
	for (size_t at = 0; at < 16; at++)
		for (size_t len = 0; len <= sizeof(from); len++) {
			memset(to, 0xee, sizeof(to));
			memset(want, 0xee, sizeof(want));
			memcpy(want + at, from, len);
			cr_assert_eq(vfu_guard_copy(to + at, from, len), 0);
			cr_assert(!memcmp(to, want, sizeof(to)), "%zu at %zu",
				  len, at);
		}
}
