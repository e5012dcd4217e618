/* SPDX-License-Identifier: BSD-2-Clause */
/* The sink of --trace and --explain, and the option's parser. */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/tell.h"
#include "test_said.h"
#include "vmm/cli/opts.h"
#include "vmm/cli/trace.h"

#define ALL ((1U << TELL_AREAS) - 1)

static bool is_zero(const void *arg)
{
	return !arg;
}

static void in_number(struct tell_text *t, const void *arg)
{
	tell_hex(t, "n", (uintptr_t)arg);
}

static void out_flags(struct tell_text *t, const void *arg, int rc)
{
	static const char *const bits[] = {"ONE", NULL, "FOUR"};

	(void)arg;
	tell_add(t, " -> %d", rc);
	tell_bits(t, "flags", (uint64_t)rc, bits, ARRAY_SIZE(bits));
}

static const struct tell_row rows[] = {
	{.name = "OPEN",
	 .chapter = TELL_CH_GROUP,
	 .why = "To open it.",
	 .undo = "To close it.",
	 .undoes = is_zero,
	 .in = in_number},
	{.name = "LOOK",
	 .chapter = TELL_CH_DEVICE,
	 .why = "To look.",
	 .out = out_flags},
	{.name = "OFTEN",
	 .chapter = TELL_CH_GUEST,
	 .why = "Often.",
	 .fold = TELL_BRIEF},
	{.name = "RUN", .chapter = TELL_CH_GUEST, .fold = TELL_COUNTED},
	{.name = "HIDDEN"},
};

static void call(unsigned row, uintptr_t arg, int rc)
{
	struct tell_call c;

	tell_call_begin(&c, TELL_VFIO, &rows[row], "it", (const void *)arg);
	tell_call_end(&c, rc);
}

Test(base_tell, nothing_is_told_unless_asked)
{
	for (unsigned a = 0; a < TELL_AREAS; a++)
		cr_assert(!tell_on((enum tell_area)a));
	tell_trace(1U << TELL_IRQ, STDERR_FILENO);
	cr_assert(tell_on(TELL_IRQ));
	cr_assert(!tell_on(TELL_VFIO));
	tell_explain(STDERR_FILENO);
	cr_assert(tell_on(TELL_VFIO) && tell_on(TELL_KVM) &&
		  tell_on(TELL_BIND));
	cr_assert(!tell_on(TELL_PCI) && !tell_on(TELL_DMA));
	tell_off();
	cr_assert(!tell_on(TELL_IRQ));
}

Test(base_tell, a_trace_has_a_line_for_each_call)
{
	said_begin();
	tell_trace(ALL, STDERR_FILENO);
	call(0, 0x10, 0);
	call(0, 0x10, -EBUSY);
	call(1, 0, 0);
	call(1, 0, 5);
	call(1, 0, 10);
	call(2, 0, 0);
	call(2, 0, 0);
	cr_assert_str_eq(said(), "vfio OPEN it n=0x10 -> 0\n"
				 "vfio OPEN it n=0x10 -> EBUSY\n"
				 "vfio LOOK it -> 0 flags=0\n"
				 "vfio LOOK it -> 5 flags=ONE|FOUR\n"
				 "vfio LOOK it -> 10 flags=0xa\n"
				 "vfio OFTEN it -> 0\n"
				 "vfio OFTEN it -> 0\n");
	said_end();
}

Test(base_tell, an_area_that_was_not_asked_for_is_not_traced)
{
	said_begin();
	tell_trace(1U << TELL_DMA, STDERR_FILENO);
	call(0, 1, 0);
	tell_say(TELL_PCI, "READ", " x=%d", 1);
	tell_say(TELL_DMA, "MAP", " x=%d", 2);
	cr_assert_str_eq(said(), "dma MAP x=2\n");
	said_end();
}

Test(base_tell, an_explanation_has_chapters_and_reasons_once)
{
	said_begin();
	tell_explain(STDERR_FILENO);
	call(0, 1, 0);
	call(0, 2, -EBUSY);
	call(0, 0, 0);
	call(4, 0, 0);
	call(1, 0, 0);
	tell_anew();
	call(1, 0, 0);
	cr_assert_str_eq(said(), "== group: what the IOMMU cannot tell apart\n"
				 "To open it.\n"
				 "    OPEN it n=0x1 -> 0\n"
				 "    OPEN it n=0x2 -> EBUSY\n"
				 "To close it.\n"
				 "    OPEN it n=0x0 -> 0\n"
				 "== device: one function of the group\n"
				 "To look.\n"
				 "    LOOK it -> 0 flags=0\n"
				 "== device: one function of the group\n"
				 "To look.\n"
				 "    LOOK it -> 0 flags=0\n");
	said_end();
}

Test(base_tell, what_is_counted_is_told_once_and_summed_up)
{
	said_begin();
	tell_trace(1U << TELL_KVM, STDERR_FILENO);
	tell_explain(STDERR_FILENO);
	for (unsigned i = 0; i < 3; i++) {
		tell_count(TELL_KVM, &rows[3], "vcpu=0");
		call(2, 0, 0);
	}
	cr_assert_str_eq(said(), "kvm RUN vcpu=0\n"
				 "== guest: memory, CPUs and chips by KVM\n"
				 "    RUN vcpu=0\n"
				 "Often.\n"
				 "    OFTEN it -> 0\n");
	tell_counts();
	cr_assert_str_eq(said(), "kvm RUN calls=3\n"
				 "Counted, not told one by one:\n"
				 "    RUN calls=3\n"
				 "    OFTEN calls=3\n");
	tell_counts();
	cr_assert_str_eq(said(), "");
	said_end();
}

Test(base_tell, descriptors_have_the_name_that_they_got_last)
{
	tell_name_fd(7, "group=1");
	cr_assert_str_eq(tell_fd_name(7), "fd"); /* nothing is told */
	tell_trace(ALL, STDERR_FILENO);
	tell_name_fd(7, "group=%u", 10);
	tell_name_fd(-1, "no");
	tell_name_fd(1 << 20, "no");
	cr_assert_str_eq(tell_fd_name(7), "group=10");
	cr_assert_str_eq(tell_fd_name(8), "fd");
	cr_assert_str_eq(tell_fd_name(1 << 20), "fd");
	cr_assert_str_eq(tell_fd_name(-1), "none");
	tell_name_fd(7, "vm");
	cr_assert_str_eq(tell_fd_name(7), "vm");
}

Test(base_tell, a_line_that_is_too_long_is_cut_and_ends)
{
	char word[2000];
	const char *text;

	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	said_begin();
	tell_trace(ALL, STDERR_FILENO);
	tell_say(TELL_PCI, "READ", " %s", word);
	text = said();
	cr_assert_lt(strlen(text), 800);
	cr_assert_eq(said_lines(text), 1);
	cr_assert_eq(text[strlen(text) - 1], '\n');
	said_end();
}

Test(base_tell, a_file_that_takes_nothing_is_complained_of_once)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	said_begin();
	tell_trace(ALL, fd);
	call(0, 1, 0);
	call(0, 1, 0);
	cr_assert_eq(said_lines(said()), 1);
	said_end();
}

static unsigned drops(const char *text)
{
	return strstr(text, "write: ETIMEDOUT; not all is told\n") ? 1 : 0;
}

Test(base_tell, a_reader_who_does_not_read_holds_nobody_up)
{
	const char *text;

	alarm(20);
	said_begin();
	said_stall();
	tell_trace(ALL, STDERR_FILENO);
	for (unsigned i = 0; i < 100; i++)
		call(0, 1, 0);
	(void)said(); /* now somebody does */
	call(0, 2, 0);
	call(0, 3, 0);
	text = said();
	cr_assert_eq(said_lines(text), 3, "%s", text);
	cr_assert(drops(text), "%s", text);
	cr_assert_not_null(strstr(text, "\nvfio OPEN it n=0x2 -> 0\n"
					"vfio OPEN it n=0x3 -> 0\n"));
	said_end();
}

Test(base_tell, what_was_dropped_is_said_at_the_end_at_the_latest)
{
	alarm(20);
	said_begin();
	said_stall();
	tell_trace(ALL, STDERR_FILENO);
	call(0, 1, 0);
	(void)said();
	tell_counts();
	cr_assert(drops(said()));
	said_end();
}

/* Interrupts twice; the third time somebody reads */
static void on_kick(int sig)
{
	static unsigned n;

	(void)sig;
	if (++n == 3)
		(void)said();
}

Test(base_tell, a_signal_loses_no_line)
{
	const struct sigaction kick = {.sa_handler = on_kick};
	const struct itimerval often = {{0, 20000}, {0, 20000}};

	said_begin();
	said_stall();
	tell_trace(ALL, STDERR_FILENO);
	sigaction(SIGALRM, &kick, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	call(0, 1, 0);
	cr_assert_str_eq(said(), "vfio OPEN it n=0x1 -> 0\n");
	said_end();
}

/* A file that has room for the first bytes of a line */
Test(base_tell, a_line_that_is_written_in_part_has_its_error_told)
{
	char path[] = "/tmp/tell-XXXXXX";
	const struct rlimit lim = {10, 10};
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	said_begin();
	tell_trace(ALL, fd);
	setrlimit(RLIMIT_FSIZE, &lim);
	errno = 0;
	call(0, 1, 0);
	cr_assert_not_null(strstr(said(), "write: EFBIG; not all is told"));
	said_end();
}

static void try_message(void)
{
	struct tell_call c;

	tell_message_begin(&c, TELL_VFIO, &rows[0], "it", NULL);
	tell_message_try_end(&c, 0);
}

/* And what comes after it is told as ever */
Test(base_tell, a_message_that_would_have_to_wait_stays_untold)
{
	struct tell_call c;

	alarm(20);
	said_begin();
	tell_trace(ALL, STDERR_FILENO);
	try_message();
	cr_assert_str_eq(said(), "vfio OPEN it n=0x0 -> 0\n");
	tell_call_begin(&c, TELL_VFIO, &rows[2], "it", NULL);
	try_message();
	tell_call_end(&c, 0);
	cr_assert_str_eq(said(), "vfio OFTEN it -> 0\n");
	said_stall();
	try_message();
	(void)said();
	call(0, 1, 0);
	cr_assert_str_eq(said(), "vfio OPEN it n=0x1 -> 0\n");
	said_end();
}

Test(cli_trace, areas_and_a_file)
{
	struct trace_opts o = {0};

	cr_assert_eq(trace_parse(&o, "vfio"), 0);
	cr_assert_eq(o.areas, 1U << TELL_VFIO);
	cr_assert_null(o.file);
	cr_assert_eq(trace_parse(&o, "dma,vfio,kvm,pci,irq,dma:a:b"), 0);
	cr_assert_eq(o.areas, 0x1f);
	cr_assert_str_eq(o.file, "a:b");
}

Test(cli_trace, what_is_no_area_is_refused_with_the_list)
{
	static const char *const bad[] = {"",    ",",       "vfio,", ",vfio",
					  "vfi", "vfioo",   "bind",  "all",
					  ":f",  "vfio,:f", "VFIO",  " vfio"};
	struct trace_opts o;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cr_assert_eq(trace_parse(&o, bad[i]), -EINVAL, "%s", bad[i]);
		cr_assert_not_null(strstr(err_last(),
					  "vfio, kvm, pci, irq, dma"),
				   "%s", err_last());
	}
	cr_assert_eq(trace_parse(&o, "vfio:"), -EINVAL);
	cr_assert_not_null(strstr(err_last(), "standard error"));
}

Test(cli_trace, a_file_that_cannot_be_made_is_named)
{
	struct trace_opts o = {.areas = 1, .file = "/nonexistent/x"};

	cr_assert_eq(trace_start(&o), -ENOENT);
	cr_assert_not_null(strstr(err_last(), "/nonexistent/x: open: ENOENT"));
	cr_assert(!tell_on(TELL_VFIO));
}

/* Of the one descriptor that writes to what @path is */
static int flags_of(const char *path)
{
	struct stat want, is;

	cr_assert_eq(stat(path, &want), 0);
	for (int fd = 3; fd < 64; fd++) {
		int fl = fcntl(fd, F_GETFL);

		if (fl >= 0 && (fl & O_ACCMODE) == O_WRONLY &&
		    !fstat(fd, &is) && is.st_ino == want.st_ino)
			return fl;
	}
	return -1;
}

Test(cli_trace, a_pipe_without_a_reader_is_refused)
{
	char dir[] = "/tmp/trace-XXXXXX";
	char path[64];
	struct trace_opts o = {.areas = 1, .file = path};
	int reader;

	alarm(20);
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/fifo", dir);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(trace_start(&o), -ENXIO);
	cr_expect_not_null(strstr(err_last(), "/fifo: open: ENXIO"));
	cr_expect_not_null(strstr(err_last(), "start its reader first"));
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	cr_expect_eq(trace_start(&o), 0, "%s", err_last());
	cr_expect_eq(flags_of(path) & (O_NONBLOCK | O_ACCMODE), O_WRONLY,
		     "a slow reader loses nothing");
	close(reader);
	unlink(path);
	rmdir(dir);
}

Test(cli_trace, run_takes_both)
{
	char *argv[] = {"run", "--explain", "--trace", "kvm:f", NULL};
	struct run_opts o;

	cr_assert_eq(opts_parse_run(&o, 4, argv), 0);
	cr_assert(o.trace.explain);
	cr_assert_eq(o.trace.areas, 1U << TELL_KVM);
	cr_assert_str_eq(o.trace.file, "f");
}
