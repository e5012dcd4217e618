/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `passthru doctor`: arguments, help, and its findings for a person or as JSON.
 *
 * What is found, and how bad it is, is vmm/doctor's to know.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "vfio/bind.h"
#include "vmm/cli/cmd.h"
#include "vmm/cli/fail.h"
#include "vmm/cli/list.h"
#include "vmm/cli/opts.h"
#include "vmm/doctor/doctor.h"

#define NOT_READY 1

/* clang-format off */
static const char help_text[] =
"usage: passthru doctor [--memory SIZE] [--json] [BDF...]\n"
"\n"
"Looks at everything between this host and a guest with these devices: CPU and\n"
"KVM, IOMMU and interrupt remapping, kernel modules, memory and its limits, and\n"
"of each device its kind, BARs, interrupts, reset, IOMMU group, and whether this\n"
"host is using it. Each line is ok, warning or fail, and what is not ok has a\n"
"cure. Name the devices of one guest together. Without a BDF: the host, and the\n"
"groups that have a network card.\n"
"\n"
"  --memory SIZE  RAM of the guest, as for `passthru run` (default: 512M)\n"
"  --json         {\"format\": 1, \"ready\": true or false, \"findings\": [...]}, a\n"
"                 finding has id, level, subject, text and cure (or null);\n"
"                 docs/doctor-json.md has the ids\n"
"  --help         this text\n"
"\n"
"Changes nothing, opens no device. As root it sees more: run it as who will run\n"
"the guest. Exit status: 0 ready, warnings or not: `passthru run --managed` has\n"
"nothing to refuse of the host; a guest to boot (make guest) is not looked for;\n"
"1 not ready; 125 passthru's own error.\n"
"\n"
"Examples:\n"
"  passthru doctor\n"
"  passthru doctor --memory 8G 02:00.0 02:00.1\n"
"  passthru doctor --json 02:00.0 | jq -r '.findings[] |\n"
"      select(.level == \"fail\") | .text, .cure'\n";
/* clang-format on */

struct args {
	bool help;
	bool json;
	uint64_t memory;
	size_t n;
	struct pci_addr v[BIND_MAX];
};

static int take_device(const char *text, struct args *a)
{
	int rc;

	if (text[0] == '-')
		return err_set(EINVAL,
			       "doctor: %s: not understood; see: passthru "
			       "doctor --help",
			       text);
	if (a->n == BIND_MAX)
		return err_set(E2BIG, "doctor: more than %d devices", BIND_MAX);
	rc = bdf_parse(text, &a->v[a->n]);
	if (rc < 0)
		return err_prefix(rc, "doctor");
	a->n++;
	return 0;
}

static int take_memory(const char *text, struct args *a)
{
	if (!text)
		return err_set(EINVAL, "doctor: --memory: its value is "
				       "missing; give a size, as in 512M");
	return opts_parse_memory(text, &a->memory);
}

static int take_args(int argc, char **argv, struct args *a)
{
	static const char memory[] = "--memory=";
	int rc = 0;

	for (int i = 1; !rc && i < argc; i++) {
		if (!strcmp(argv[i], "--json"))
			a->json = true;
		else if (!strcmp(argv[i], "--help"))
			a->help = true;
		else if (!strcmp(argv[i], "--memory"))
			rc = take_memory(argv[++i], a);
		else if (!strncmp(argv[i], memory, strlen(memory)))
			rc = take_memory(argv[i] + strlen(memory), a);
		else
			rc = take_device(argv[i], a);
	}
	return rc;
}

/* ---- for a person ---- */

/* Names in it come from devices and file systems: nothing for the terminal */
static void print_clean(const char *text)
{
	for (; *text; text++)
		putchar(iscntrl((unsigned char)*text) ? '?' : *text);
	putchar('\n');
}

static void print_finding(const struct finding *f)
{
	printf("  %-7s  %-19s  ", doctor_level_name(f->level), f->id);
	print_clean(f->text);
	if (!f->cure[0])
		return;
	printf("%11scure: ", "");
	print_clean(f->cure);
}

static void print_verdict(const struct doctor *d)
{
	size_t fails = doctor_count(d, DOCTOR_FAIL);
	size_t warnings = doctor_count(d, DOCTOR_WARNING);

	printf("%s: %zu failed, %zu warning%s\n", fails ? "not ready" : "ready",
	       fails, warnings, warnings == 1 ? "" : "s");
}

static void print_text(const struct doctor *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct finding *f = &d->v[i];

		if (!i || strcmp(f->subject, f[-1].subject) != 0)
			printf("%s\n", f->subject);
		print_finding(f);
	}
	print_verdict(d);
}

/* ---- for a program ---- */

static void print_member(const char *name, const char *text)
{
	printf(", \"%s\": ", name);
	if (text)
		list_json_string(text, stdout);
	else
		fputs("null", stdout);
}

static void print_json(const struct doctor *d)
{
	printf("{\"format\": 1, \"ready\": %s, \"findings\": [",
	       doctor_count(d, DOCTOR_FAIL) ? "false" : "true");
	for (size_t i = 0; i < d->n; i++) {
		const struct finding *f = &d->v[i];

		printf("%s\n {\"id\": \"%s\"", i ? "," : "", f->id);
		print_member("level", doctor_level_name(f->level));
		print_member("subject", f->subject);
		print_member("text", f->text);
		print_member("cure", f->cure[0] ? f->cure : NULL);
		putchar('}');
	}
	puts("\n]}");
}

static int examine(const struct args *a)
{
	struct doctor d;
	int rc;

	doctor_init(&d, sysfs_host(), a->memory);
	rc = doctor_examine(&d, a->v, a->n);
	if (!rc && a->json)
		print_json(&d);
	else if (!rc)
		print_text(&d);
	if (!rc)
		rc = doctor_count(&d, DOCTOR_FAIL) ? NOT_READY : 0;
	doctor_fini(&d);
	return rc;
}

int cmd_doctor(int argc, char **argv)
{
	struct args a = {.memory = OPTS_MEMORY};
	int rc = take_args(argc, argv, &a);

	if (!rc && a.help)
		fputs(help_text, stdout);
	else if (!rc)
		rc = examine(&a);
	if (rc < 0)
		return cli_fail();
	if (!fflush(stdout) && !ferror(stdout))
		return rc;
	err_call(errno ? errno : EIO, "standard output", "write", NULL);
	return cli_fail();
}
