/* SPDX-License-Identifier: BSD-2-Clause */
/* Each option to its function; then what only all of them together show. */
#include "tests/twin/server/opts.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

#define SEE_HELP "see: bcm5720 --help"

enum {
	OPT_SOCKET = 256, /* above any character, so that optopt tells */
	OPT_NET,
	OPT_PCAP,
	OPT_MAC,
	OPT_LINK,
	OPT_ASF,
	OPT_VPD,
	OPT_FAULT,
	OPT_MMAP,
	OPT_LOG,
	OPT_HELP,
	OPT_VERSION,
};

/* clang-format off */
static const struct option options[] = {
	{"socket",  required_argument, NULL, OPT_SOCKET},
	{"net",     required_argument, NULL, OPT_NET},
	{"pcap",    required_argument, NULL, OPT_PCAP},
	{"mac",     required_argument, NULL, OPT_MAC},
	{"link",    required_argument, NULL, OPT_LINK},
	{"asf",     required_argument, NULL, OPT_ASF},
	{"vpd",     required_argument, NULL, OPT_VPD},
	{"fault",   required_argument, NULL, OPT_FAULT},
	{"mmap",    optional_argument, NULL, OPT_MMAP},
	{"log",     required_argument, NULL, OPT_LOG},
	{"verbose", no_argument,       NULL, 'v'},
	{"help",    no_argument,       NULL, OPT_HELP},
	{"version", no_argument,       NULL, OPT_VERSION},
	{NULL, 0, NULL, 0},
};
/* clang-format on */

static int add_socket(struct vfu_opts *o, const char *path)
{
	if (!*path)
		return err_set(EINVAL, "--socket: empty; give a path");
	if (o->nsockets == BCM_FUNCS)
		return err_set(EINVAL,
			       "--socket %s: one too many; the chip has %d "
			       "functions",
			       path, BCM_FUNCS);
	o->socket[o->nsockets++] = path;
	return 0;
}

/* "34:17:eb:f0:dc:e3" up to @end; where it ends, or NULL */
static const char *parse_mac(const char *p, uint8_t *mac)
{
	for (unsigned i = 0; i < 6; i++) {
		char two[3] = {0};

		strncpy(two, p, 2);
		if (!isxdigit((unsigned char)two[0]) ||
		    !isxdigit((unsigned char)two[1]))
			return NULL;
		mac[i] = (uint8_t)strtoul(two, NULL, 16);
		p += 2;
		if (i < 5 && *p++ != ':')
			return NULL;
	}
	return p;
}

static int bad_mac(const char *text)
{
	return err_set(EINVAL,
		       "--mac %s: not a MAC address of one card; give it as "
		       "34:17:eb:f0:dc:e3, a second one behind a comma",
		       text);
}

/* One for port 0; port 1 gets the next number unless there is a second. */
static int set_mac(struct vfu_opts *o, const char *text)
{
	static const uint8_t none[6];
	const char *p = parse_mac(text, o->chip.mac[0]);

	if (!p)
		return bad_mac(text);
	memcpy(o->chip.mac[1], o->chip.mac[0], 6);
	o->chip.mac[1][5]++;
	if (*p == ',')
		p = parse_mac(p + 1, o->chip.mac[1]);
	if (!p || *p)
		return bad_mac(text);
	for (unsigned i = 0; i < BCM_FUNCS; i++)
		if ((o->chip.mac[i][0] & 1) || !memcmp(o->chip.mac[i], none, 6))
			return bad_mac(text);
	return 0;
}

static int set_link(struct vfu_opts *o, const char *text)
{
	static const struct {
		const char *name;
		enum bcm_link link;
	} links[] = {
		{"down", BCM_LINK_DOWN},
		{"100", BCM_LINK_100},
		{"1000", BCM_LINK_1000},
	};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (!strcmp(text, links[i].name)) {
			o->chip.link = links[i].link;
			return 0;
		}
	return err_set(EINVAL, "--link %s: give down, 100 or 1000", text);
}

static int set_asf(struct vfu_opts *o, const char *text)
{
	o->chip.asf = !strcmp(text, "on");
	if (!o->chip.asf && strcmp(text, "off") != 0)
		return err_set(EINVAL, "--asf %s: give on or off", text);
	return 0;
}

static int set_vpd(struct vfu_opts *o, const char *text)
{
	bool pn = !strncmp(text, "PN=", 3);
	char *to = pn ? o->partno : o->vpd_v0;
	size_t cap = pn ? sizeof(o->partno) : sizeof(o->vpd_v0);
	const char *value = text + 3;

	if (!pn && strncmp(text, "V0=", 3) != 0)
		return err_set(EINVAL,
			       "--vpd %s: give PN= and a part number, or V0= "
			       "and a version",
			       text);
	if (!*value || strlen(value) >= cap)
		return err_set(EINVAL,
			       "--vpd %s: give 1 to %zu characters behind "
			       "the =",
			       text, cap - 1);
	for (const char *p = value; *p; p++)
		if (!isgraph((unsigned char)*p))
			return err_set(EINVAL,
				       "--vpd %s: give letters, digits and "
				       "signs only",
				       text);
	memcpy(to, value, strlen(value) + 1);
	return 0;
}

/* The fault that the @len characters at @name mean; 0 for none */
static unsigned fault_named(const char *name, size_t len)
{
	static const char *const ours[] = {"err", "req"};
	const char *s;

	for (unsigned i = BCM_FAULT_NONE + 1; i < BCM_FAULT_COUNT + 2; i++) {
		s = i < BCM_FAULT_COUNT ? bcm_fault_name((enum bcm_fault)i)
					: ours[i - BCM_FAULT_COUNT];
		if (s && strlen(s) == len && !memcmp(s, name, len))
			return i;
	}
	return 0;
}

/* "@12" or ":1" at *@p: its number, and *@p moved behind it; else @def */
static bool parse_tail(const char **p, char mark, unsigned long max,
		       unsigned *v)
{
	unsigned long n;
	char *end;

	if (**p != mark)
		return true;
	if (!isdigit((unsigned char)(*p)[1]))
		return false;
	errno = 0;
	n = strtoul(*p + 1, &end, 10);
	if (errno || n > max)
		return false;
	*v = (unsigned)n;
	*p = end;
	return true;
}

static int add_fault(struct vfu_opts *o, const char *text)
{
	struct vfu_fault f = {.at = 1, .fn = BCM_FUNCS};
	size_t len = strcspn(text, "@:");
	const char *p = text + len;

	if (o->nfaults == VFU_FAULTS)
		return err_set(EINVAL, "--fault %s: one too many; %d at most",
			       text, VFU_FAULTS);
	f.what = fault_named(text, len);
	if (!f.what)
		return err_set(EINVAL, "--fault %s: no such fault; " SEE_HELP,
			       text);
	if (!parse_tail(&p, '@', 1000000000, &f.at) || !f.at ||
	    !parse_tail(&p, ':', BCM_FUNCS - 1, &f.fn) || *p)
		return err_set(EINVAL,
			       "--fault %s: behind the name goes @COUNT, 1 or "
			       "more, and :FN, 0 or 1, as in %.*s@3:1",
			       text, (int)len, text);
	o->fault[o->nfaults++] = f;
	return 0;
}

static int set_mmap(struct vfu_opts *o, const char *text)
{
	const unsigned first = 1, second = 2;

	if (!text)
		o->mmap = first | second;
	else if (!strcmp(text, "0"))
		o->mmap |= first;
	else if (!strcmp(text, "1"))
		o->mmap |= second;
	else
		return err_set(EINVAL,
			       "--mmap=%s: give 0 or 1, or leave out the = for "
			       "both functions",
			       text);
	return 0;
}

static int set_text(const char **to, const char *option, const char *text)
{
	if (!*text)
		return err_set(EINVAL, "--%s: empty; " SEE_HELP, option);
	*to = text;
	return 0;
}

/* getopt_long() said '?' or ':' about @arg */
static int bad_option(int said, const char *arg)
{
	if (said == ':')
		return err_set(EINVAL, "%s: its value is missing; " SEE_HELP,
			       arg);
	if (optopt >= OPT_SOCKET || (optopt == 'v' && arg[1] == '-'))
		return err_set(EINVAL,
			       "%s: this option takes no value; leave out what "
			       "follows the =",
			       arg);
	return err_set(EINVAL, "%s: no such option; " SEE_HELP, arg);
}

static int set_flag(struct vfu_opts *o, int opt, const char *arg)
{
	switch (opt) {
	case 'v':
		o->verbose = true;
		return 0;
	case OPT_HELP:
		o->help = true;
		return 0;
	case OPT_VERSION:
		o->version = true;
		return 0;
	default:
		return bad_option(opt, arg);
	}
}

static int set_option(struct vfu_opts *o, int opt, const char *arg)
{
	switch (opt) {
	case OPT_SOCKET:
		return add_socket(o, optarg);
	case OPT_NET:
		return set_text(&o->net, "net", optarg);
	case OPT_PCAP:
		return set_text(&o->pcap, "pcap", optarg);
	case OPT_MAC:
		return set_mac(o, optarg);
	case OPT_LINK:
		return set_link(o, optarg);
	case OPT_ASF:
		return set_asf(o, optarg);
	case OPT_VPD:
		return set_vpd(o, optarg);
	case OPT_FAULT:
		return add_fault(o, optarg);
	case OPT_MMAP:
		return set_mmap(o, optarg);
	case OPT_LOG:
		return set_text(&o->log, "log", optarg);
	default:
		return set_flag(o, opt, arg);
	}
}

static int check_together(const struct vfu_opts *o)
{
	if (!o->nsockets)
		return err_set(EINVAL,
			       "no socket; give --socket PATH, twice to serve "
			       "both functions");
	if (o->nsockets == 2 && !strcmp(o->socket[0], o->socket[1]))
		return err_set(EINVAL,
			       "--socket %s: given twice; each function needs "
			       "a path of its own",
			       o->socket[0]);
	if (!memcmp(o->chip.mac[0], o->chip.mac[1], 6))
		return err_set(EINVAL, "--mac: both ports have the same; give "
				       "two that differ");
	return 0;
}

int vfu_opts_parse(struct vfu_opts *o, int argc, char **argv)
{
	int opt, before = 1;

	*o = (struct vfu_opts){.net = "responder",
			       .chip = bcm_options_default()};
	strncpy(o->partno, o->chip.partno, sizeof(o->partno) - 1);
	strncpy(o->vpd_v0, o->chip.vpd_v0, sizeof(o->vpd_v0) - 1);
	o->chip.partno = o->partno;
	o->chip.vpd_v0 = o->vpd_v0;
	optind = 0; /* glibc: start afresh */
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:v", options, NULL)) != -1) {
		int rc = set_option(o, opt, argv[before]);

		if (rc || o->help || o->version)
			return rc;
		before = optind;
	}
	if (optind < argc)
		return err_set(EINVAL, "%s: not an option; " SEE_HELP,
			       argv[optind]);
	return check_together(o);
}
