/* SPDX-License-Identifier: BSD-2-Clause */
/* `passthru run`: bind if asked, boot, wait, give back. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "vfio/bind.h"
#include "vmm/cli/cmd.h"
#include "vmm/cli/fail.h"
#include "vmm/cli/guest.h"
#include "vmm/cli/help.h"
#include "vmm/cli/opts.h"
#include "vmm/cli/tty.h"
#include "vmm/machine/loop.h"
#include "vmm/machine/machine.h"
#include "vmm/machine/stats.h"

/* Everything that one run holds, in the order it is taken */
struct run {
	struct run_opts o;
	bool tty; /* standard input is a terminal */
	struct pci_addr addr[OPTS_MAX_DEVICES];
	struct bind_set bound;
	struct guest guest;
	int console_fd; /* of a --console file; -1: none */
	struct tty_escape escape;
	struct machine_config cfg;
	struct machine *machine; /* large: on the heap */
};

/* The event loop reads these by signalfd; until then they wait. */
static void block_signals(void)
{
	sigset_t set;

	loop_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Each vector of each device is an eventfd; the soft limit is often 1024. */
static void raise_files(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim))
		return;
	lim.rlim_cur = lim.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &lim);
}

static int parse_addresses(struct run *r)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < r->o.ndev; i++)
		rc = bdf_parse(r->o.dev[i].name, &r->addr[i]);
	return rc;
}

static int take_devices(struct run *r)
{
	const struct sysfs *s = sysfs_host();
	int rc = parse_addresses(r);

	if (!rc && r->o.managed && r->o.ndev)
		rc = bind_groups(s, r->addr, r->o.ndev, r->o.force, &r->bound);
	for (unsigned i = 0; !rc && i < r->o.ndev; i++) {
		struct machine_device *d = &r->cfg.dev[i];

		d->src.ops = &vfio_kernel;
		d->src.addr = r->addr[i];
		d->slot = r->o.dev[i].slot;
		d->fn = r->o.dev[i].fn;
		rc = bind_check(s, r->addr[i], &d->src.group);
	}
	r->cfg.ndev = r->o.ndev;
	return rc;
}

static int open_console(struct run *r, int *fd)
{
	enum opts_console mode = r->o.console;

	if (mode == OPTS_CONSOLE_AUTO)
		*fd = r->o.cmd ? STDERR_FILENO : STDOUT_FILENO;
	else if (mode == OPTS_CONSOLE_STDIO)
		*fd = STDOUT_FILENO;
	if (mode != OPTS_CONSOLE_FILE)
		return 0;
	r->console_fd = open(r->o.console_file,
			     O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (r->console_fd < 0)
		return err_call(errno, r->o.console_file, "open",
				"give a file that can be written with "
				"--console");
	*fd = r->console_fd;
	return 0;
}

static bool on_input(void *opaque, const uint8_t *in, size_t n, uint8_t *out,
		     size_t *n_out)
{
	struct run *r = opaque;
	struct tty_escape_result res = tty_escape_feed(&r->escape, in, n, out);

	if (res.help)
		(void)fd_write_all(STDERR_FILENO, TTY_HELP_LINE,
				   strlen(TTY_HELP_LINE));
	*n_out = res.n_out;
	return !res.leave;
}

/* COM1 is the console; with a command, COM2 and COM3 are its output. */
static int wire_streams(struct run *r)
{
	struct machine_config *c = &r->cfg;
	int rc;

	for (unsigned i = 0; i < LEGACY_COMS; i++)
		c->out_fd[i] = -1;
	rc = open_console(r, &c->out_fd[LEGACY_COM1]);
	if (r->o.cmd) {
		c->out_fd[LEGACY_COM2] = STDOUT_FILENO;
		c->out_fd[LEGACY_COM3] = STDERR_FILENO;
	}
	c->input_fd = r->tty ? STDIN_FILENO : -1;
	c->input_com = r->o.cmd ? LEGACY_COM2 : LEGACY_COM1;
	c->keep_output = r->o.cmd && !r->tty;
	c->input = on_input;
	c->input_opaque = r;
	return rc;
}

static int prepare(struct run *r)
{
	int rc = guest_load(&r->guest, &r->o, r->tty);

	if (!rc)
		rc = wire_streams(r);
	if (!rc)
		rc = take_devices(r);
	r->cfg.ncpus = r->o.cpus;
	r->cfg.ram_size = r->o.memory;
	r->cfg.boot = r->guest.source;
	return rc;
}

static int run_machine(struct run *r)
{
	struct stop why;
	int status;
	int rc = machine_open(r->machine, &r->cfg);

	guest_free(&r->guest);
	if (!rc && r->tty)
		rc = tty_raw_enable(STDIN_FILENO);
	if (rc) {
		cli_fail();
		(void)machine_close(r->machine);
		return stop_exit_status(r->machine->stop);
	}
	why = machine_run(r->machine);
	tty_restore();
	status = stop_exit_status(why);
	if (why.reason == STOP_ERROR)
		cli_fail();
	else if (status && why.reason != STOP_EXIT)
		log_info("%s", stop_name(why.reason));
	if (r->o.stats)
		stats_print(r->machine, stderr);
	if (machine_close(r->machine)) {
		cli_fail();
		return EXIT_OWN_ERROR;
	}
	return status;
}

/* Whatever happened before: what --managed bound goes back. */
static int give_back(struct run *r, int status)
{
	fd_close(&r->console_fd);
	guest_free(&r->guest);
	free(r->machine);
	if (r->bound.n && bind_restore(sysfs_host(), &r->bound))
		return cli_fail();
	return status;
}

static int run(struct run *r)
{
	int rc;

	if (r->o.timeout_s)
		r->cfg.deadline_ns =
			machine_now_ns() + r->o.timeout_s * 1000000000LL;
	r->tty = tty_is_terminal(STDIN_FILENO);
	r->machine = calloc(1, sizeof(*r->machine));
	if (!r->machine)
		rc = err_set(ENOMEM, "no memory for the machine");
	else
		rc = prepare(r);
	return give_back(r, rc ? cli_fail() : run_machine(r));
}

int cmd_run(int argc, char **argv)
{
	struct run *r;
	int status;

	r = calloc(1, sizeof(*r));
	if (!r) {
		err_set(ENOMEM, "no memory for the options");
		return cli_fail();
	}
	r->console_fd = -1;
	block_signals();
	raise_files();
	if (opts_parse_run(&r->o, argc, argv)) {
		status = cli_fail();
	} else if (r->o.help) {
		help_run(stdout);
		status = 0;
	} else {
		status = run(r);
	}
	free(r);
	return status;
}
