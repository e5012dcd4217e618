/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `passthru info`: one device, opened as a run opens it, looked at and closed.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/log.h"
#include "vfio/bind.h"
#include "vmm/cli/cmd.h"
#include "vmm/cli/devices.h"
#include "vmm/cli/fail.h"
#include "vmm/cli/guest.h"
#include "vmm/cli/info.h"
#include "vmm/cli/opts.h"
#include "vmm/cli/twin.h"
#include "vmm/machine/loop.h"

#define RAM_SIZE   (512 * MiB) /* what a run has by default */
#define PHYS_GUESS 39          /* address bits, where KVM cannot be asked */

/* clang-format off */
static const char help_text[] =
"usage: passthru info [--json] BDF | vfio-user:PATH | bcm5720\n"
"\n"
"Opens a device as `passthru run` would, prints what VFIO says of it, and gives\n"
"it back: regions with what can be mapped, interrupts, every capability of its\n"
"configuration space, and what a guest will not see as it is, with the reason.\n"
"Two pictures show the way from BAR to guest address and from vector to GSI.\n"
"\n"
"  --json   one array with an object for each function; see docs/info.md\n"
"  --help   this text\n"
"\n"
"A device of this host must be on vfio-pci: passthru bind BDF. The kernel resets\n"
"it when it is opened, if it can. bcm5720 is a NIC made of software.\n"
"\n"
"Examples:\n"
"  passthru info 02:00.0\n"
"  passthru info bcm5720\n";
/* clang-format on */

/* Everything that one look holds */
struct looks {
	struct run_opts o;
	struct twin twin;
	struct assign_look look[2];
	struct info info[2];
};

static int twin_up(struct twin *t)
{
	char program[GUEST_PATH_MAX];
	int rc = twin_find(program, sizeof(program));

	return rc ? rc : twin_start(t, program, 0);
}

static int find(struct looks *s, const struct opts_device *o,
		struct vfio_source *src)
{
	int rc = 0;

	*src = (struct vfio_source){.ops = &vfio_user};
	switch (o->kind) {
	case OPTS_HOST:
		src->ops = &vfio_kernel;
		rc = bdf_parse(o->name, &src->addr);
		return rc ? rc
			  : bind_check(sysfs_host(), src->addr, &src->group);
	case OPTS_SOCKET:
		src->path = devices_path(o);
		return 0;
	case OPTS_TWIN:
	default:
		rc = s->twin.pid ? 0 : twin_up(&s->twin);
		src->path = s->twin.path[o->port];
		return rc;
	}
}

static int look_at(struct looks *s, unsigned i)
{
	const struct opts_device *o = &s->o.dev[i];
	const struct assign_place place = {o->slot, o->fn, s->o.ndev > 1};
	struct vfio_source src;
	int rc = find(s, o, &src);

	return rc ? rc : assign_look_open(&s->look[i], &src, place);
}

/* KVM says how far guest addresses go; without it, the least there is */
static int windows(struct pci_windows *w)
{
	unsigned bits = PHYS_GUESS;
	struct platform plat;
	struct kvm_vm vm;
	int rc;

	if (!kvm_vm_open(&vm, PLAT_KVM_HOLE_GPA)) {
		bits = kvm_vm_phys_bits(&vm);
		kvm_vm_close(&vm);
	} else {
		log_warn("%s; guest addresses are those for %d address bits",
			 err_last(), PHYS_GUESS);
	}
	rc = platform_init(&plat, 1, RAM_SIZE, bits);
	*w = (struct pci_windows){plat.mmio32, plat.mmio64, plat.pio};
	return rc;
}

static void print(const struct looks *s, bool json)
{
	if (json) {
		info_json(s->info, s->o.ndev, stdout);
		return;
	}
	for (unsigned i = 0; i < s->o.ndev; i++) {
		if (i)
			fputc('\n', stdout);
		info_text(&s->info[i], stdout);
		info_picture(&s->info[i], stdout);
	}
}

static int look_and_print(struct looks *s, bool json)
{
	struct pci_windows w;
	int rc = 0;

	for (unsigned i = 0; !rc && i < s->o.ndev; i++)
		rc = look_at(s, i);
	if (!rc)
		rc = windows(&w);
	for (unsigned i = 0; !rc && i < s->o.ndev; i++)
		rc = info_fill(&s->info[i], &s->look[i], &w);
	if (!rc)
		print(s, json);
	return rc;
}

/* Held back until all is given back: a server would be left with its sockets */
static void block_signals(void)
{
	sigset_t set;

	loop_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int info(const char *name, bool json)
{
	struct looks *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return err_set(ENOMEM, "no memory for the device");
	twin_init(&s->twin);
	block_signals();
	rc = devices_add(&s->o, name);
	if (!rc)
		rc = devices_place(&s->o);
	if (!rc)
		rc = look_and_print(s, json);
	for (unsigned i = 0; i < 2; i++)
		assign_look_close(&s->look[i]);
	twin_stop(&s->twin);
	free(s);
	return rc;
}

int cmd_info(int argc, char **argv)
{
	const char *name = NULL;
	bool json = false;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			fputs(help_text, stdout);
			return 0;
		}
		if (!strcmp(argv[i], "--json")) {
			json = true;
		} else if (argv[i][0] == '-' || name) {
			err_set(EINVAL,
				"info: %s: not understood; see: passthru info "
				"--help",
				argv[i]);
			return cli_fail();
		} else {
			name = argv[i];
		}
	}
	if (!name) {
		err_set(EINVAL,
			"info: no device; give a BDF as `passthru list` "
			"prints it, vfio-user:PATH or bcm5720");
		return cli_fail();
	}
	return info(name, json) ? cli_fail() : 0;
}
