/* SPDX-License-Identifier: BSD-2-Clause */
/* One table of the kinds; then the slots, which need all devices at once. */
#include "vmm/cli/devices.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vfio/bdf.h"
#include "vmm/cli/opts.h"

#define SLOT_MIN  0x01 /* 00 is the host bridge */
#define SLOT_MAX  0x1f
#define AT        ",at="
#define USER      "vfio-user:"
#define USER_LEN  (sizeof(USER) - 1)
#define TWIN      "bcm5720"
#define TWIN_LEN  (sizeof(TWIN) - 1)
#define SUN_CHARS (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

/* One kind of device; a name is of the kind whose prefix it begins with */
struct kind {
	const char *prefix;
	size_t min, max; /* characters of the whole name */
	unsigned nfn;    /* functions that one --device brings */
	const char *cure;
	int (*check)(const char *name);                 /* NULL: no more */
	bool (*same)(const char *one, const char *two); /* NULL: never */
};

static int check_bdf(const char *name)
{
	struct pci_addr a;

	return bdf_parse(name, &a);
}

static bool same_bdf(const char *one, const char *two)
{
	struct pci_addr a, b;

	return !bdf_parse(one, &a) && !bdf_parse(two, &b) && bdf_eq(a, b);
}

/* by whatever names */
static bool same_socket(const char *one, const char *two)
{
	struct stat a, b;

	if (!strcmp(one, two))
		return true;
	return !stat(one + USER_LEN, &a) && !stat(two + USER_LEN, &b) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* clang-format off */
static const struct kind kinds[] = {
	[OPTS_HOST] = {"", 1, OPTS_NAME_MAX - 1, 1,
		       "a BDF as `passthru list` prints it",
		       check_bdf, same_bdf},
	[OPTS_SOCKET] = {USER, USER_LEN + 1, USER_LEN + SUN_CHARS, 1,
			 "vfio-user:PATH with a path of 1 to 107 bytes",
			 NULL, same_socket},
	[OPTS_TWIN] = {TWIN, TWIN_LEN, TWIN_LEN, 2,
		       "bcm5720, or bcm5720,at=SLOT.0", NULL, NULL},
};
/* clang-format on */

static_assert(USER_LEN + SUN_CHARS < OPTS_NAME_MAX, "every socket's name fits");

const char *devices_path(const struct opts_device *d)
{
	return d->name + USER_LEN;
}

static enum opts_kind kind_of(const char *text)
{
	enum opts_kind k = ARRAY_SIZE(kinds) - 1;

	while (strncmp(text, kinds[k].prefix, strlen(kinds[k].prefix)) != 0)
		k--;
	return k; /* the first one's prefix is "" */
}

/* where the last ",at=" begins, or NULL */
static const char *find_place(const char *text)
{
	const char *last = NULL;

	for (const char *p = strstr(text, AT); p; p = strstr(p + 1, AT))
		last = p;
	return last;
}

/* "0a.0": one or two hex digits of slot, one digit of function */
static int parse_place(const char *text, struct opts_device *d)
{
	char *end;
	unsigned long slot;

	if (!isxdigit((unsigned char)*text))
		return -EINVAL;
	slot = strtoul(text, &end, 16);
	if (end - text > 2 || slot < SLOT_MIN || slot > SLOT_MAX)
		return -EINVAL;
	if (end[0] != '.' || end[1] < '0' || end[1] > '7' || end[2])
		return -EINVAL;
	d->slot = (unsigned)slot;
	d->fn = (unsigned)(end[1] - '0');
	d->placed = true;
	return 0;
}

static int set_place(struct opts_device *d, const char *at, const char *text)
{
	if (at && parse_place(at + strlen(AT), d))
		return err_set(EINVAL,
			       "--device %s: no place after at=; give SLOT.FN, "
			       "slot 01-1f in hex, function 0-7, as in at=0a.0",
			       text);
	if (d->fn && kinds[d->kind].nfn > 1)
		return err_set(EINVAL,
			       "--device %s: it has more functions than one; "
			       "give the place of its first, at=%02x.0",
			       text, d->slot);
	return 0;
}

static int set_name(struct opts_device *d, const char *text, size_t len)
{
	const struct kind *k = &kinds[d->kind];

	if (len < k->min || len > k->max)
		return err_set(EINVAL, "--device %s: no device's name; give %s",
			       text, k->cure);
	memcpy(d->name, text, len);
	d->name[len] = '\0';
	if (k->check && k->check(d->name))
		return err_prefix(-EINVAL, "--device");
	return 0;
}

static int check_new(const struct run_opts *o, const struct opts_device *d)
{
	const struct kind *k = &kinds[d->kind];

	for (unsigned i = 0; k->same && i < o->ndev; i++) {
		const struct opts_device *other = &o->dev[i];

		if (other->kind == d->kind && k->same(other->name, d->name))
			return err_set(EINVAL,
				       "--device %s: given twice; name each "
				       "device once",
				       d->name);
	}
	return 0;
}

int devices_add(struct run_opts *o, const char *text)
{
	const char *at = find_place(text);
	size_t len = at ? (size_t)(at - text) : strlen(text);
	struct opts_device d = {.kind = kind_of(text), .twin = o->ntwins};
	unsigned nfn = kinds[d.kind].nfn;

	if (o->ndev + nfn > OPTS_MAX_DEVICES)
		return err_set(EINVAL,
			       "--device %s: one too many; a guest takes %d "
			       "functions at most",
			       text, OPTS_MAX_DEVICES);
	if (set_name(&d, text, len) || set_place(&d, at, text) ||
	    check_new(o, &d))
		return -EINVAL;
	for (; d.port < nfn; d.port++) {
		o->dev[o->ndev++] = d;
		d.fn++;
	}
	o->ntwins += d.kind == OPTS_TWIN;
	return 0;
}

/* the device before @end that is at @slot and @fn (-1: any), or NULL */
static const struct opts_device *find_at(const struct run_opts *o, unsigned end,
					 unsigned slot, int fn)
{
	for (unsigned i = 0; i < end; i++) {
		const struct opts_device *d = &o->dev[i];

		if (d->slot == slot && (fn < 0 || d->fn == (unsigned)fn))
			return d;
	}
	return NULL;
}

/*
 * A guest looks for functions 1-7 only where there is a function 0.  Devices
 * that are not placed yet have slot 0 and are in nobody's way.
 */
static int check_places(const struct run_opts *o)
{
	for (unsigned i = 0; i < o->ndev; i++) {
		const struct opts_device *d = &o->dev[i];
		const struct opts_device *other;

		if (!d->placed)
			continue;
		other = find_at(o, i, d->slot, (int)d->fn);
		if (other)
			return err_set(EINVAL,
				       "--device %s,at=%02x.%u: %s is there "
				       "already; give each its own place",
				       d->name, d->slot, d->fn, other->name);
		if (d->fn && !find_at(o, o->ndev, d->slot, 0))
			return err_set(EINVAL,
				       "--device %s,at=%02x.%u: the guest will "
				       "not see it without a function 0 there; "
				       "give one device at=%02x.0",
				       d->name, d->slot, d->fn, d->slot);
	}
	return 0;
}

/*
 * 31 slots and at most 16 devices: there is always a free one.  A device's
 * further functions come right behind its first.
 */
static void place_rest(struct run_opts *o)
{
	unsigned slot = SLOT_MIN;

	for (unsigned i = 0; i < o->ndev; i++) {
		struct opts_device *d = &o->dev[i];

		if (d->placed)
			continue;
		while (!d->port && find_at(o, o->ndev, slot, -1))
			slot++;
		d->slot = slot;
	}
}

int devices_place(struct run_opts *o)
{
	int rc = check_places(o);

	if (!rc)
		place_rest(o);
	return rc;
}
