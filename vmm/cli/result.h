/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What guest/expect.sh says of each row: a line that ends with a length, then
 * so many bytes.
 *
 *   NONCE NUMBER STATUS CENTISECONDS LENGTH
 *
 * The bytes are the guest's, and may be anything.  Behind the first that is not
 * as it must be, nothing is believed.
 */
#ifndef VMM_CLI_RESULT_H
#define VMM_CLI_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RESULT_NONCE_LEN  33    /* 32 hexadecimal digits and a NUL */
#define RESULT_OUTPUT_MAX 65536 /* bytes of a row's that the guest sends */

struct result {
	unsigned status; /* of the row's command in the guest, 0..255 */
	uint32_t cs;     /* how long it took there, in 1/100 s */
	const char *out; /* what it printed; borrowed */
	size_t len;      /* 0..RESULT_OUTPUT_MAX */
};

/**
 * result_nonce - a word that nobody in the guest has thought of before
 *
 * Return: 0, or -errno of getrandom(2) with a message.
 */
int result_nonce(char nonce[RESULT_NONCE_LEN])
	__attribute__((warn_unused_result));

/**
 * result_read - the results of rows 1, 2, ... in that order
 * @nonce: of this run
 * @text:  @len bytes that the guest printed; borrowed by @r
 * @r:     @max entries
 *
 * Return: how many were filled.
 */
unsigned result_read(const char *nonce, const char *text, size_t len,
		     struct result *r, unsigned max);

#endif
