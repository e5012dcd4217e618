/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines to words, and a table of verbs: how many words each takes, what they
 * must be, and what to write instead.
 */
#include "vmm/cli/table.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "vmm/cli/devices.h"
#include "vmm/cli/tablewords.h"

#define IFNAME_CHARS 15 /* IFNAMSIZ without its NUL */

struct parser {
	struct table *t;
	unsigned line;
	struct run_opts devices; /* only to see whether a device is well said */
};

static int fail(const struct parser *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int fail(const struct parser *p, const char *fmt, ...)
{
	char text[ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(EINVAL, "%s:%u: %s", p->t->file, p->line, text);
}

static int set_bdf(struct parser *p, struct table_row *r, const char *text)
{
	if (!bdf_try(text, &r->addr))
		return fail(p,
			    "%s: no place of a PCI device; write 00:SLOT.FN "
			    "as in 00:0a.0",
			    text);
	if (r->addr.domain || r->addr.bus)
		return fail(p,
			    "%s: a guest has bus 00 only; write 00:SLOT.FN "
			    "with the place in the guest, as in 00:0a.0",
			    text);
	r->where = bdf_format(r->addr, r->bdf);
	return 0;
}

static bool is_ifname(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	return n && n <= IFNAME_CHARS && !text[n] && isalnum(*text);
}

static int set_where(struct parser *p, struct table_row *r, const char *text)
{
	if (strchr(text, ':'))
		return set_bdf(p, r, text);
	r->where = text;
	if (is_ifname(text))
		return 0;
	return fail(p,
		    "%s: no interface's name; write one as in eth0, or the "
		    "place of its device as in 00:0a.0",
		    text);
}

/* "14e4:165f", in either case; lower case is what the guest says */
static bool is_ids(char *text)
{
	for (unsigned i = 0; i < 9; i++) {
		if (i == 4 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return false;
		text[i] = (char)tolower(text[i]);
	}
	return !text[9];
}

static int parse_present(struct parser *p, struct table_row *r, char **word)
{
	int rc = set_bdf(p, r, word[0]);

	if (rc || !word[1])
		return rc;
	r->want = word[1];
	if (is_ids(word[1]))
		return 0;
	return fail(p,
		    "%s: no VENDOR:DEVICE; write four hexadecimal digits of "
		    "each, as in 14e4:165f",
		    word[1]);
}

static int parse_driver(struct parser *p, struct table_row *r, char **word)
{
	int rc = set_bdf(p, r, word[0]);

	r->want = word[1];
	if (rc || *word[1])
		return rc;
	return fail(p, "driver: its name is empty; write none where there is "
		       "to be no driver");
}

bool table_mac_ok(const char *text, char mac[TABLE_MAC_LEN])
{
	if (strlen(text) != TABLE_MAC_LEN - 1)
		return false;
	for (unsigned i = 0; i < TABLE_MAC_LEN - 1; i++) {
		if (i % 3 == 2 ? text[i] != ':'
			       : !isxdigit((unsigned char)text[i]))
			return false;
		mac[i] = (char)tolower(text[i]);
	}
	mac[TABLE_MAC_LEN - 1] = '\0';
	return true;
}

static int parse_mac(struct parser *p, struct table_row *r, char **word)
{
	int rc = set_bdf(p, r, word[0]);

	if (rc)
		return rc;
	r->want = r->mac;
	r->host = !strcmp(word[1], "host");
	if (r->host || table_mac_ok(word[1], r->mac))
		return 0;
	return fail(p,
		    "%s: no MAC address; write one as in 34:17:eb:f0:dc:e3, or "
		    "host for what the device has on this host",
		    word[1]);
}

static int parse_link(struct parser *p, struct table_row *r, char **word)
{
	int rc = set_where(p, r, word[0]);

	r->want = word[1];
	if (rc || !strcmp(word[1], "up") || !strcmp(word[1], "down"))
		return rc;
	return fail(p, "link %s: write up or down", word[1]);
}

static bool is_ip(const char *text, bool *v6)
{
	uint8_t addr[16];

	*v6 = strchr(text, ':');
	return inet_pton(*v6 ? AF_INET6 : AF_INET, text, addr) == 1;
}

static bool is_network(const char *text)
{
	char addr[INET6_ADDRSTRLEN + 1];
	const char *slash = strchr(text, '/');
	unsigned bits;
	bool v6;

	if (!slash || (size_t)(slash - text) >= sizeof(addr))
		return false;
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = '\0';
	return is_ip(addr, &v6) &&
	       !tablewords_number(slash + 1, v6 ? 128 : 32, &bits);
}

static int parse_address(struct parser *p, struct table_row *r, char **word)
{
	int rc = set_where(p, r, word[0]);

	r->want = word[1];
	if (rc || !strcmp(word[1], "dhcp") || is_network(word[1]))
		return rc;
	return fail(p,
		    "%s: no address; write ADDRESS/BITS as in 10.0.2.15/24, or "
		    "dhcp",
		    word[1]);
}

static int parse_ping(struct parser *p, struct table_row *r, char **word)
{
	int rc = set_where(p, r, word[0]);
	bool v6;

	r->want = word[1];
	if (rc || is_ip(word[1], &v6))
		return rc;
	return fail(p,
		    "%s: no address; write one in numbers as in 10.0.2.2: "
		    "names are not looked up",
		    word[1]);
}

static int set_status(struct parser *p, struct table_row *r, char **word)
{
	if (!word[1] || tablewords_number(word[1], 255, &r->status))
		return fail(p,
			    "status %s: write a number from 0 to 255 behind it",
			    word[1] ? word[1] : "");
	return 2;
}

static int set_output(struct parser *p, struct table_row *r, char **word)
{
	/* clang-format off */
	static const char *const op[] = {
		[TABLE_EQUAL] = "=", [TABLE_LIKE] = "~", [TABLE_UNLIKE] = "!~",
	};
	/* clang-format on */
	const char *why;

	if (!word[1] || !word[2])
		return fail(p, "output: write =, ~ or !~ and a text behind it, "
			       "as in output ~ \"PASS\"");
	for (r->op = TABLE_EQUAL; strcmp(word[1], op[r->op]) != 0; r->op++)
		if (r->op == TABLE_UNLIKE)
			return fail(p, "output %s: write =, ~ or !~", word[1]);
	r->want = word[2];
	if (r->op == TABLE_EQUAL)
		return 3;
	why = tablewords_bad_ere(word[2]);
	if (why)
		return fail(p,
			    "output %s \"%s\": %s; write an extended regular "
			    "expression, see regex(7)",
			    word[1], word[2], why);
	return 3;
}

/* Return: words taken, or -EINVAL */
static int run_clause(struct parser *p, struct table_row *r, char **word)
{
	if (!strcmp(word[0], "status"))
		return set_status(p, r, word);
	if (!strcmp(word[0], "output"))
		return set_output(p, r, word);
	return fail(p,
		    "%s: write status or output here; a command of several "
		    "words goes in quotes, as in run \"ethtool -i eth0\"",
		    word[0]);
}

static int parse_run(struct parser *p, struct table_row *r, char **word)
{
	bool seen[2] = {false, false}; /* status, output */

	r->where = word[0];
	if (!*word[0])
		return fail(p, "run: the command is empty; write one");
	for (word++; *word;) {
		bool *twice = &seen[**word == 'o'];
		int n = run_clause(p, r, word);

		if (n < 0)
			return n;
		if (*twice)
			return fail(p, "%s: given twice; leave one out", *word);
		*twice = true;
		word += n;
	}
	return 0;
}

/* clang-format off */
static const struct verb {
	const char *name;
	unsigned min, max; /* words behind it */
	const char *usage;
	int (*parse)(struct parser *p, struct table_row *r, char **word);
} verbs[] = {
	[TABLE_PRESENT] = {"present", 1, 2, "present BDF [VENDOR:DEVICE]",
			   parse_present},
	[TABLE_DRIVER]  = {"driver", 2, 2, "driver BDF NAME", parse_driver},
	[TABLE_MAC]     = {"mac", 2, 2, "mac BDF host|MAC", parse_mac},
	[TABLE_LINK]    = {"link", 2, 2, "link BDF|INTERFACE up|down",
			   parse_link},
	[TABLE_ADDRESS] = {"address", 2, 2,
			   "address BDF|INTERFACE dhcp|ADDRESS/BITS",
			   parse_address},
	[TABLE_PING]    = {"ping", 2, 2, "ping BDF|INTERFACE ADDRESS",
			   parse_ping},
	[TABLE_RUN]     = {"run", 1, TABLEWORDS_MAX,
			   "run \"COMMAND\" [status N] [output =|~|!~ TEXT]",
			   parse_run},
};
/* clang-format on */

const char *table_verb_name(enum table_verb verb)
{
	return verbs[verb].name;
}

static int add_row(struct parser *p, enum table_verb v, char **word, unsigned n)
{
	const struct verb *verb = &verbs[v];
	struct table_row *r = &p->t->row[p->t->n];

	if (p->t->n == TABLE_ROWS_MAX)
		return err_set(E2BIG,
			       "%s:%u: one row too many; %d at most, write "
			       "more files",
			       p->t->file, p->line, TABLE_ROWS_MAX);
	if (n < verb->min || n > verb->max)
		return fail(p, "%s: it has %u words behind it; write %s",
			    verb->name, n, verb->usage);
	r->verb = v;
	r->line = p->line;
	r->want = "";
	p->t->n++;
	return verb->parse(p, r, word);
}

static int add_device(struct parser *p, char **word, unsigned n)
{
	struct table_device *d = &p->t->dev[p->t->ndev];

	if (n != 1)
		return fail(p,
			    "device: it has %u words behind it; write "
			    "device DEVICE[,at=SLOT.FN]",
			    n);
	if (devices_add(&p->devices, word[0]))
		return err_prefix(-EINVAL, "%s:%u", p->t->file, p->line);
	*d = (struct table_device){word[0], p->line};
	p->t->ndev++;
	return 0;
}

static int add_line(struct parser *p, const char *name, char **word, unsigned n)
{
	enum table_verb v = 0;
	int rc;

	if (!strcmp(word[0], "device"))
		return add_device(p, word + 1, n - 1);
	while (v < ARRAY_SIZE(verbs) && strcmp(word[0], verbs[v].name) != 0)
		v++;
	if (v == ARRAY_SIZE(verbs))
		return fail(p,
			    "%s: not known; write device, present, driver, "
			    "mac, link, address, ping or run",
			    word[0]);
	rc = add_row(p, v, word + 1, n - 1);
	if (!rc)
		p->t->row[p->t->n - 1].name = name;
	return rc;
}

static int parse_lines(struct parser *p, const char *text, size_t len)
{
	struct tablewords w = {.names = p->t->names, .words = p->t->words};
	int rc = 0;

	while (!rc && len) {
		const char *nl = memchr(text, '\n', len);
		size_t line = nl ? (size_t)(nl - text) : len;

		p->line++;
		if (tablewords_split(&w, text, line))
			return err_prefix(-EINVAL, "%s:%u", p->t->file,
					  p->line);
		if (w.n)
			rc = add_line(p, w.name, w.word, w.n);
		line += nl != NULL;
		text += line;
		len -= line;
	}
	return rc;
}

int table_parse(struct table *t, const char *file, const char *text, size_t len)
{
	struct parser p = {.t = t};
	int rc;

	memset(t, 0, sizeof(*t));
	t->file = file;
	if (len > TABLE_BYTES_MAX)
		return err_set(E2BIG,
			       "%s: too long; %d bytes at most, write "
			       "more files",
			       file, TABLE_BYTES_MAX);
	t->names = malloc(len + 1);
	t->words = malloc(len + 1);
	if (!t->names || !t->words)
		return err_set(ENOMEM, "%s: no memory for it", file);
	rc = parse_lines(&p, text, len);
	if (!rc && !t->n)
		rc = err_set(EINVAL,
			     "%s: it expects nothing; write a line as in "
			     "present 00:0a.0",
			     file);
	return rc;
}

void table_fini(struct table *t)
{
	free(t->names);
	free(t->words);
	t->names = NULL;
	t->words = NULL;
}
