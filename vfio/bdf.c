/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and printing the name of a PCI function; see bdf.h.
 *
 * The text comes from the command line or from a directory listing, so it is
 * taken apart digit by digit and nothing is skipped.
 */
#include "vfio/bdf.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Between @min and @max (at most 8) digits at *@p, which is moved behind */
static bool take_hex(const char **p, int min, int max, uint32_t *v)
{
	int n = 0;

	for (*v = 0; n < max && hex_digit(**p) >= 0; n++, (*p)++)
		*v = *v << 4 | (uint32_t)hex_digit(**p);
	return n >= min;
}

static bool take_char(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* The digits in front of the first colon are a domain if a second follows */
static bool has_domain(const char *text)
{
	const char *colon = strchr(text, ':');

	return colon && strchr(colon + 1, ':');
}

bool bdf_try(const char *text, struct pci_addr *a)
{
	uint32_t domain = 0, bus, dev, fn;

	if (has_domain(text) &&
	    !(take_hex(&text, 4, 8, &domain) && take_char(&text, ':')))
		return false;
	if (!take_hex(&text, 2, 2, &bus) || !take_char(&text, ':') ||
	    !take_hex(&text, 2, 2, &dev) || !take_char(&text, '.') ||
	    !take_hex(&text, 1, 1, &fn) || *text)
		return false;
	if (dev > 31 || fn > 7)
		return false;
	*a = (struct pci_addr){
		.domain = domain,
		.bus = (uint8_t)bus,
		.dev = (uint8_t)dev,
		.fn = (uint8_t)fn,
	};
	return true;
}

int bdf_parse(const char *text, struct pci_addr *a)
{
	if (bdf_try(text, a))
		return 0;
	return err_set(EINVAL,
		       "\"%.40s\" is no PCI address: write it as 02:00.0 or "
		       "0000:02:00.0 (see: passthru list)",
		       text);
}

const char *bdf_format(struct pci_addr a, char buf[BDF_STRLEN])
{
	snprintf(buf, BDF_STRLEN, "%04x:%02x:%02x.%x", a.domain, a.bus,
		 a.dev & 31u, a.fn & 7u);
	return buf;
}

static uint64_t sort_key(struct pci_addr a)
{
	return (uint64_t)a.domain << 32 | (uint64_t)a.bus << 16 |
	       (uint64_t)a.dev << 8 | a.fn;
}

int bdf_cmp(struct pci_addr a, struct pci_addr b)
{
	uint64_t ka = sort_key(a), kb = sort_key(b);

	return (ka > kb) - (ka < kb);
}
