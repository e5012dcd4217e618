/* SPDX-License-Identifier: BSD-2-Clause */
/* A cursor that only goes forward, and stops where something is not right. */
#include "vmm/cli/result.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/err.h"

struct cursor {
	const char *p;
	size_t left;
};

int result_nonce(char nonce[RESULT_NONCE_LEN])
{
	uint8_t bytes[(RESULT_NONCE_LEN - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return err_call(errno ? errno : EIO, "the run's nonce",
				"getrandom", NULL);
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(nonce + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

static bool skip(struct cursor *c, const char *text, size_t len)
{
	if (c->left < len || memcmp(c->p, text, len) != 0)
		return false;
	c->p += len;
	c->left -= len;
	return true;
}

/* Decimal digits up to @max, then @end */
static bool number(struct cursor *c, char end, uint32_t max, uint32_t *v)
{
	uint64_t n = 0;
	bool any = false;

	for (; c->left && *c->p >= '0' && *c->p <= '9'; c->p++, c->left--) {
		n = n * 10 + (uint64_t)(*c->p - '0');
		if (n > max)
			return false;
		any = true;
	}
	*v = (uint32_t)n;
	return any && skip(c, &end, 1);
}

static bool read_one(struct cursor *c, const char *nonce, uint32_t want,
		     struct result *r)
{
	uint32_t index, status, len;

	if (!skip(c, nonce, strlen(nonce)) || !skip(c, " ", 1) ||
	    !number(c, ' ', want, &index) || index != want ||
	    !number(c, ' ', 255, &status) ||
	    !number(c, ' ', UINT32_MAX, &r->cs) ||
	    !number(c, '\n', RESULT_OUTPUT_MAX, &len) || c->left < len)
		return false;
	r->status = status;
	r->out = c->p;
	r->len = len;
	c->p += len;
	c->left -= len;
	return skip(c, "\n", 1);
}

unsigned result_read(const char *nonce, const char *text, size_t len,
		     struct result *r, unsigned max)
{
	struct cursor c = {text, len};
	unsigned n = 0;

	while (n < max && read_one(&c, nonce, n + 1, &r[n]))
		n++;
	return n;
}
