/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `passthru test`: a table in, one guest that answers all of it, a report out.
 *
 * What the guest prints goes into memory of a fixed size while it runs, and is
 * looked at when it is no more.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/log.h"
#include "guest_expect_sh.h"
#include "vmm/cli/cmd.h"
#include "vmm/cli/fail.h"
#include "vmm/cli/hostmac.h"
#include "vmm/cli/report.h"
#include "vmm/cli/run.h"
#include "vmm/cli/testopts.h"
#include "vmm/dev/stop.h"

#define ANSWERS_MAX ((RESULT_OUTPUT_MAX + 128) * TABLE_ROWS_MAX) /* bytes */
#define LOG_MAX     (64 << 20) /* bytes of a log that nobody asked for */
#define WORDS_MAX   (5 + 3 * TABLE_ROWS_MAX + 1)
#define EXIT_MISS   EXIT_GUEST_FAILED

/* clang-format off */
static const char help_text[] =
"usage: passthru test FILE [--format tap|junit] [--output FILE] [OPTION]...\n"
"\n"
"Boots a guest and compares it with what FILE expects, row by row. A line is\n"
"one of:\n"
"\n"
"  device DEVICE[,at=SLOT.FN]         as run's --device\n"
"  present BDF [VENDOR:DEVICE]        the guest has a device there\n"
"  driver BDF NAME|none               that is its driver\n"
"  mac BDF host|MAC                   that is its MAC address; host: the one\n"
"                                     it has on this host before the test\n"
"  link WHERE up|down                 is set up, and is up (down) in 10 seconds\n"
"  address WHERE dhcp|ADDRESS/BITS    gets this address\n"
"  ping WHERE ADDRESS                 gets an answer in 10 seconds; asks for an\n"
"                                     address by DHCP before if it has none\n"
"  run \"COMMAND\" [status N] [output = TEXT | output ~ ERE | output !~ ERE]\n"
"                                     a shell command, its status (default: 0),\n"
"                                     and what it prints on both streams: all\n"
"                                     of it, a line that matches, or none\n"
"\n"
"BDF is the place in the guest, 00:0a.0; WHERE is one or an interface, eth0.\n"
"Words with blanks in them go in double quotes, with \\\" \\\\ \\n \\t in there;\n"
"# begins a comment.\n"
"\n"
"  --format tap|junit   TAP 13 (default) or JUnit XML\n"
"  --output FILE        where it goes (default: standard output)\n"
"  --timeout SECONDS    end the test after that long (default: 300)\n"
"  --console FILE|none  where the console goes, but not to stdio (default: a\n"
"                       file in $TMPDIR or /tmp, of 64 MiB at the most, which\n"
"                       is kept, and named, when something failed)\n"
"  OPTION               any other of `passthru run`, but no command, and not\n"
"                       to restart on a reboot\n"
"\n"
"Exit status: 0 all is as expected, 1 something is not, 121-125 and 128+n as of\n"
"`passthru run`: what was answered before is in the report. No guest can choose\n"
"these: one that ends with a status of its own fails, 1.\n"
"\n"
"Example: a file nic.test with\n"
"  device bcm5720,at=0a.0\n"
"  driver 00:0a.0 tg3\n"
"  ping 00:0a.0 10.0.2.2\n"
"  run \"ethtool -i eth0\" output ~ \"^driver: tg3\"\n"
"and: passthru test nic.test --format junit --output nic.xml\n";
/* clang-format on */

/* Everything that one test holds */
struct test {
	struct testopts opts;
	struct run_opts o;
	char text[TABLE_BYTES_MAX + 1]; /* one byte more than is allowed */
	struct table table;
	FILE *out;
	char log[PATH_MAX]; /* "": none */
	bool log_is_ours;
	struct run_streams streams; /* console, answers, console */
	char nonce[RESULT_NONCE_LEN];
	char *word[WORDS_MAX];
	char *answers; /* mapped */
	struct result result[TABLE_ROWS_MAX];
	struct verdict verdict[TABLE_ROWS_MAX];
};

static int read_table(struct test *t)
{
	FILE *f = fopen(t->opts.file, "re");
	size_t n;
	int rc;

	if (!f)
		return err_call(errno, t->opts.file, "open",
				"give a readable file; see: passthru test "
				"--help");
	n = fread(t->text, 1, sizeof(t->text), f);
	rc = ferror(f) ? err_call(errno, t->opts.file, "read", NULL) : 0;
	fclose(f);
	return rc ? rc : table_parse(&t->table, t->opts.file, t->text, n);
}

/* Now, so that nobody waits for a test that cannot be told */
static int open_output(struct test *t)
{
	t->out = t->opts.output ? fopen(t->opts.output, "we") : stdout;
	if (!t->out)
		return err_call(errno, t->opts.output, "open",
				"give a file that can be written with "
				"--output");
	return 0;
}

/* A name that was cut is another file's: it is not kept */
static int name_log(struct test *t, const char *dir)
{
	bool ours = t->o.console == OPTS_CONSOLE_AUTO;
	int n = ours ? snprintf(t->log, sizeof(t->log),
				"%s/passthru-test-XXXXXX.log",
				dir && *dir ? dir : "/tmp")
		     : snprintf(t->log, sizeof(t->log), "%s",
				t->o.console_file);

	if (n >= 0 && (size_t)n < sizeof(t->log)) {
		t->log_is_ours = ours;
		return 0;
	}
	t->log[0] = '\0';
	return err_call(ENAMETOOLONG, ours ? "$TMPDIR" : "--console", "open",
			"give a shorter name of a file with --console");
}

static int open_log(struct test *t, int *fd)
{
	int rc;

	if (t->o.console == OPTS_CONSOLE_NONE)
		return 0;
	rc = name_log(t, getenv("TMPDIR"));
	if (rc)
		return rc;
	*fd = t->log_is_ours
		      ? mkostemps(t->log, 4, O_CLOEXEC)
		      : open(t->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			     0644);
	if (*fd >= 0)
		return 0;
	return err_call(errno, t->log, "open",
			"give a file that can be written with --console");
}

/* The guest cannot make it larger: what is too much is lost. */
static int open_answers(struct test *t, int *fd)
{
	*fd = memfd_create("answers", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0 || ftruncate(*fd, ANSWERS_MAX) ||
	    fcntl(*fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK))
		return err_call(errno, "the guest's answers", "memfd_create",
				NULL);
	t->answers = mmap(NULL, ANSWERS_MAX, PROT_READ, MAP_SHARED, *fd, 0);
	if (t->answers != MAP_FAILED)
		return 0;
	t->answers = NULL;
	return err_call(errno, "the guest's answers", "mmap", NULL);
}

static int open_streams(struct test *t)
{
	int *fd = t->streams.out_fd;
	int rc = open_log(t, &fd[LEGACY_COM1]);

	if (!rc)
		rc = open_answers(t, &fd[LEGACY_COM2]);
	fd[LEGACY_COM3] = fd[LEGACY_COM1];
	if (t->log_is_ours) {
		t->streams.out_max[LEGACY_COM1] = LOG_MAX;
		t->streams.out_max[LEGACY_COM3] = LOG_MAX;
	}
	return rc;
}

static char *what(const struct table_row *r)
{
	bool told = r->verb == TABLE_LINK || r->verb == TABLE_ADDRESS ||
		    r->verb == TABLE_PING;

	return (char *)(told ? r->want : "");
}

/* Each a word of its own: no shell looks at them but that of a `run` */
static void make_command(struct test *t)
{
	static char shell[] = "sh", option[] = "-c", name[] = "passthru-test";
	char **w = t->word;

	*w++ = shell;
	*w++ = option;
	*w++ = (char *)guest_expect_sh;
	*w++ = name;
	*w++ = t->nonce;
	for (unsigned i = 0; i < t->table.n; i++) {
		const struct table_row *r = &t->table.row[i];

		*w++ = (char *)table_verb_name(r->verb);
		*w++ = (char *)r->where;
		*w++ = what(r);
	}
	t->o.cmd = t->word;
	t->o.ncmd = (int)(w - t->word);
}

static int prepare(struct test *t)
{
	int rc = read_table(t);

	if (!rc)
		rc = testopts_run(&t->opts, &t->table, &t->o);
	if (!rc)
		rc = hostmac_fill(sysfs_host(), &t->o, &t->table);
	if (!rc)
		rc = result_nonce(t->nonce);
	if (!rc)
		rc = open_output(t);
	if (!rc)
		rc = open_streams(t);
	if (!rc)
		make_command(t);
	return rc;
}

static const char *reason(int status)
{
	switch (status) {
	case 0:
	case EXIT_GUEST_FAILED:
		return "the guest ended";
	case STOP_STATUS_LOST:
		return "a device was lost";
	case STOP_STATUS_TRIPLE_FAULT:
		return "triple fault in the guest";
	case STOP_STATUS_PANIC:
		return "the guest's kernel panicked";
	case STOP_STATUS_TIMEOUT:
		return "--timeout was over";
	case STOP_STATUS_ERROR:
		return "passthru failed, see what it said";
	default:
		return "it was ended";
	}
}

/* Bytes of answers; where the guest's process left the file's offset */
static size_t answered(const struct test *t)
{
	off_t end = lseek(t->streams.out_fd[LEGACY_COM2], 0, SEEK_CUR);

	return end < 0 ? 0 : min_u64((uint64_t)end, ANSWERS_MAX);
}

static void judge(struct test *t, int status)
{
	unsigned n = result_read(t->nonce, t->answers, answered(t), t->result,
				 t->table.n);
	char why[128];

	for (unsigned i = 0; i < n; i++)
		verdict_of(&t->table.row[i], &t->result[i], &t->verdict[i]);
	for (unsigned i = n; i < t->table.n; i++) {
		snprintf(why, sizeof(why), "%s: %s (status %d)",
			 i > n ? "not reached" : "no answer", reason(status),
			 status);
		verdict_none(why, &t->verdict[i]);
	}
}

static int write_report(struct test *t, const struct report *r)
{
	t->opts.format(t->out, r);
	if (!fflush(t->out) && !ferror(t->out))
		return 0;
	err_call(errno ? errno : EIO,
		 t->opts.output ? t->opts.output : "standard output", "write",
		 NULL);
	return cli_fail();
}

/* Is there something to be looked at? */
static bool keep_log(const struct test *t, int status)
{
	struct stat st;

	return *t->log && (!t->log_is_ours || status) && !stat(t->log, &st) &&
	       st.st_size;
}

static int end_status(int status, unsigned misses)
{
	if (status >= STOP_STATUS_LOST)
		return status;
	return status || misses ? EXIT_MISS : 0;
}

static int test(struct test *t)
{
	int status = run_guest(&t->o, &t->streams);
	struct report r = {
		.t = &t->table, .result = t->result, .verdict = t->verdict};
	unsigned misses;
	int failed;

	judge(t, status);
	misses = report_misses(&r);
	status = end_status(status, misses);
	if (status && keep_log(t, status))
		r.log = t->log;
	failed = write_report(t, &r);
	if (misses)
		log_info("%s: %u of %u not ok%s%s", t->table.file, misses,
			 t->table.n, r.log ? "; the guest's console: " : "",
			 r.log ? r.log : "");
	if (!r.log && t->log_is_ours)
		unlink(t->log);
	t->log_is_ours = false;
	return failed ? failed : status;
}

static void close_all(struct test *t)
{
	t->streams.out_fd[LEGACY_COM3] = -1; /* the same as COM1's */
	fd_close(&t->streams.out_fd[LEGACY_COM1]);
	fd_close(&t->streams.out_fd[LEGACY_COM2]);
	if (t->answers)
		munmap(t->answers, ANSWERS_MAX);
	if (t->log_is_ours && *t->log)
		unlink(t->log);
	if (t->out && t->out != stdout)
		fclose(t->out);
	table_fini(&t->table);
	testopts_fini(&t->opts);
}

int cmd_test(int argc, char **argv)
{
	struct test *t = calloc(1, sizeof(*t));
	int status;

	if (!t) {
		err_set(ENOMEM, "no memory for the test");
		return cli_fail();
	}
	for (unsigned i = 0; i < LEGACY_COMS; i++)
		t->streams.out_fd[i] = -1;
	if (testopts_parse(&t->opts, argc, argv)) {
		status = cli_fail();
	} else if (t->opts.help) {
		fputs(help_text, stdout);
		status = 0;
	} else {
		status = prepare(t) ? cli_fail() : test(t);
	}
	close_all(t);
	free(t);
	return status;
}
