/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `passthru run`: bind if asked, boot, wait, give back.  The guest runs in a
 * child; what the host gets back, it gets back from here.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/breaks.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/tell.h"
#include "vfio/backend.h"
#include "vfio/bind.h"
#include "vfio/dma.h"
#include "vmm/cli/child.h"
#include "vmm/cli/cmd.h"
#include "vmm/cli/devices.h"
#include "vmm/cli/fail.h"
#include "vmm/cli/guest.h"
#include "vmm/cli/help.h"
#include "vmm/cli/opts.h"
#include "vmm/cli/run.h"
#include "vmm/cli/tty.h"
#include "vmm/cli/twin.h"
#include "vmm/doctor/doctor.h"
#include "vmm/machine/loop.h"
#include "vmm/machine/machine.h"
#include "vmm/machine/stats.h"

/* Everything that one run holds, in the order it is taken */
struct run {
	struct run_opts o;
	const struct run_streams *streams;  /* NULL: ours, by what .o says */
	bool tty;                           /* standard input is a terminal */
	struct twin twin[OPTS_MAX_DEVICES]; /* of which .o.ntwins run */
	struct bind_set bound;
	struct guest guest;
	int console_fd; /* of a --console file; -1: none */
	struct tty_escape escape;
	struct machine_config cfg;
	struct machine *machine; /* large: on the heap */
};

/*
 * The event loop reads these by signalfd; until then they wait.  What cannot be
 * written is an error of the write, and no reason to end a guest.
 */
static void block_signals(void)
{
	sigset_t set;

	loop_all_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* ulimit -f */
}

static int start_twins(struct run *r)
{
	char program[GUEST_PATH_MAX];
	int rc = r->o.ntwins ? twin_find(program, sizeof(program)) : 0;

	for (unsigned i = 0; !rc && i < r->o.ntwins; i++)
		rc = twin_start(&r->twin[i], program, i);
	return rc;
}

static int from_host(struct run *r, const struct opts_device *d,
		     struct vfio_source *src)
{
	(void)r;
	src->ops = &vfio_kernel;
	return bdf_parse(d->name, &src->addr);
}

static int from_socket(struct run *r, const struct opts_device *d,
		       struct vfio_source *src)
{
	src->ops = &vfio_user;
	src->limit_ms = r->o.server_ms;
	src->path = devices_path(d);
	return 0;
}

static int from_twin(struct run *r, const struct opts_device *d,
		     struct vfio_source *src)
{
	src->ops = &vfio_user;
	src->limit_ms = r->o.server_ms;
	src->path = r->twin[d->twin].path[d->port];
	return 0;
}

/* clang-format off */
static int (*const from[])(struct run *r, const struct opts_device *d,
			   struct vfio_source *src) = {
	[OPTS_HOST]   = from_host,
	[OPTS_SOCKET] = from_socket,
	[OPTS_TWIN]   = from_twin,
};
/* clang-format on */

static int find_sources(struct run *r)
{
	int rc = 0;

	for (unsigned i = 0; !rc && i < r->o.ndev; i++) {
		const struct opts_device *o = &r->o.dev[i];
		struct machine_device *d = &r->cfg.dev[i];

		d->slot = o->slot;
		d->fn = o->fn;
		rc = from[o->kind](r, o, &d->src);
	}
	r->cfg.ndev = r->o.ndev;
	return rc;
}

static unsigned how(const struct run_opts *o)
{
	unsigned alone = breaks_has(o->breaks, BREAK_ONE_FUNCTION);

	return (o->force ? BIND_FORCE : 0U) | (alone ? BIND_ALONE : 0U);
}

/* What would be refused later is refused while the host has them still. */
static int may_take(const struct run *r, const struct pci_addr *a, unsigned n)
{
	int rc = doctor_check_kinds(sysfs_host(), a, n);

	return rc ? rc : vfio_dma_check_memlock(r->o.memory);
}

/* Those of this host: bound if asked, and then each must be on vfio-pci */
static int take_groups(struct run *r)
{
	const struct sysfs *s = sysfs_host();
	struct pci_addr addr[OPTS_MAX_DEVICES];
	struct vfio_source *src[OPTS_MAX_DEVICES];
	unsigned n = 0;
	int rc = 0;

	for (unsigned i = 0; i < r->cfg.ndev; i++) {
		if (r->o.dev[i].kind != OPTS_HOST)
			continue;
		src[n] = &r->cfg.dev[i].src;
		addr[n] = src[n]->addr;
		n++;
	}
	if (n)
		rc = may_take(r, addr, n);
	if (!rc && r->o.managed && n)
		rc = bind_groups(s, addr, n, how(&r->o), &r->bound);
	for (unsigned i = 0; !rc && i < n; i++) {
		rc = bind_check(s, addr[i], &src[i]->group);
		if (rc == -EBUSY && how(&r->o) & BIND_ALONE)
			rc = 0; /* it is the kernel that shall say so */
	}
	return rc;
}

static int take_devices(struct run *r)
{
	int rc = find_sources(r);

	if (!rc)
		rc = start_twins(r);
	return rc ? rc : take_groups(r);
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
static int open_streams(struct run *r)
{
	int *fd = r->cfg.out_fd;

	for (unsigned i = 0; i < LEGACY_COMS; i++)
		fd[i] = r->streams ? r->streams->out_fd[i] : -1;
	if (r->streams) {
		memcpy(r->cfg.out_max, r->streams->out_max,
		       sizeof(r->cfg.out_max));
		return 0;
	}
	if (r->o.cmd) {
		fd[LEGACY_COM2] = STDOUT_FILENO;
		fd[LEGACY_COM3] = STDERR_FILENO;
	}
	return open_console(r, &fd[LEGACY_COM1]);
}

static int wire_streams(struct run *r)
{
	struct machine_config *c = &r->cfg;
	int rc = open_streams(r);

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
		rc = trace_start(&r->o.trace);
	if (!rc)
		rc = wire_streams(r);
	if (!rc)
		rc = take_devices(r);
	r->cfg.ncpus = r->o.cpus;
	r->cfg.ram_size = r->o.memory;
	r->cfg.hugepages = r->o.hugepages;
	r->cfg.boot = r->guest.source;
	r->cfg.sandbox = r->o.sandbox;
	r->cfg.stats = r->o.stats;
	r->cfg.stats_to = fd_sink(STDERR_FILENO);
	r->cfg.stats_json = r->o.stats_json;
	r->cfg.fired_fd = fired_open();
	r->cfg.breaks = r->o.breaks;
	return rc;
}

int run_status(const struct machine *m, bool command)
{
	int status = machine_exit_status(m);

	if (command || m->nlost || m->stop.reason != STOP_EXIT || !status)
		return status;
	log_info("the guest ended with status %d", status);
	return EXIT_GUEST_FAILED;
}

static int run_machine(struct run *r)
{
	struct stop why;
	int rc = machine_open(r->machine, &r->cfg);

	guest_free(&r->guest);
	if (!rc && r->tty)
		rc = tty_raw_enable(STDIN_FILENO);
	if (rc) {
		cli_fail();
		(void)machine_close(r->machine);
		tell_counts();
		return machine_exit_status(r->machine);
	}
	why = machine_run(r->machine);
	tty_restore();
	if (why.reason == STOP_ERROR || why.reason == STOP_DEVICE)
		cli_fail();
	else if (stop_exit_status(why) && why.reason != STOP_EXIT)
		log_info("%s", stop_name(why.reason));
	if (r->o.stats)
		stats_write(r->machine);
	rc = machine_close(r->machine);
	tell_counts();
	if (rc) {
		cli_fail();
		return EXIT_OWN_ERROR;
	}
	return run_status(r->machine, !r->streams);
}

/* In the child */
static int live(void *arg, bool *again)
{
	struct run *r = arg;
	int status;

	for (unsigned i = 0; i < r->o.ntwins; i++)
		fd_close(&r->twin[i].said); /* the parent's to read */
	status = run_machine(r);
	*again = r->o.restart && !status &&
		 r->machine->stop.reason == STOP_RESET;
	return status;
}

static int one_life(struct run *r, struct child_end *end)
{
	struct child c;
	int rc = r->tty ? tty_keep(STDIN_FILENO) : 0;

	if (!rc)
		rc = child_start(&c, live, r);
	if (rc)
		return rc;
	if (!r->o.restart) /* else the next one boots the same */
		guest_free(&r->guest);
	*end = child_wait(&c);
	return 0;
}

/* A guest that resets itself finds its devices as after power-on: they, and
 * everything else, are closed and opened. */
static int run_lives(struct run *r)
{
	struct child_end end = {0};
	int rc;

	do {
		if (end.again)
			log_info("%s; it starts again", stop_name(STOP_RESET));
		rc = one_life(r, &end);
	} while (!rc && end.again);
	if (rc)
		return cli_fail();
	if (end.signal) {
		tty_restore();
		log_info("the machine's process was ended by signal %d (%s)%s",
			 end.signal, strsignal(end.signal),
			 end.signal == SIGSYS ? "; see dmesg, and README, The "
						"sandbox; try: --sandbox off"
					      : "");
	}
	return end.status;
}

/*
 * Whatever happened before: servers end, and what --managed bound goes back.
 */
static int give_back(struct run *r, int status)
{
	tell_anew();
	for (unsigned i = 0; i < OPTS_MAX_DEVICES; i++)
		twin_stop(&r->twin[i]);
	fd_close(&r->console_fd);
	fd_close(&r->cfg.fired_fd);
	guest_free(&r->guest);
	free(r->machine);
	if (r->bound.n && bind_restore(sysfs_host(), &r->bound))
		return cli_fail();
	return status;
}

/* A signal may have ended it, for which there is a status of its own. */
static int not_prepared(struct run *r, int rc)
{
	int status = cli_fail();

	if (rc == -EINTR && loop_asked_to_stop(r->machine))
		status = stop_exit_status(r->machine->stop);
	return status;
}

static int run(struct run *r)
{
	int rc;

	if (r->o.timeout_s)
		r->cfg.deadline_ns =
			clock_now_ns() + r->o.timeout_s * CLOCK_SEC;
	r->tty = !r->streams && tty_is_terminal(STDIN_FILENO);
	r->machine = calloc(1, sizeof(*r->machine));
	if (!r->machine) {
		err_set(ENOMEM, "no memory for the machine");
		return cli_fail();
	}
	r->machine->cfg = &r->cfg;
	rc = prepare(r);
	return rc ? not_prepared(r, rc) : run_lives(r);
}

int run_guest(const struct run_opts *o, const struct run_streams *streams)
{
	struct run *r;
	int status;

	r = calloc(1, sizeof(*r));
	if (!r) {
		err_set(ENOMEM, "no memory for the options");
		return cli_fail();
	}
	r->o = *o;
	r->streams = streams;
	r->console_fd = -1;
	r->cfg.fired_fd = -1;
	for (unsigned i = 0; i < OPTS_MAX_DEVICES; i++)
		twin_init(&r->twin[i]);
	block_signals();
	fd_raise_limit();
	status = give_back(r, run(r));
	free(r);
	return status;
}

int cmd_run(int argc, char **argv)
{
	struct run_opts o;

	if (opts_parse_run(&o, argc, argv))
		return cli_fail();
	if (!o.help)
		return run_guest(&o, NULL);
	help_run(stdout);
	return 0;
}
