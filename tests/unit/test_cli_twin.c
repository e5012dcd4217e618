/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The launcher of the software NIC, with shell scripts in the server's place:
 * what it is given, and that nothing of any of them stays, whatever it did.
 */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "vmm/cli/twin.h"

/* Everything of a test is in here, and the launcher's directory too */
static char home[] = "/tmp/passthru-test-XXXXXX";
static char program[64];

/* how many names are in @dir beside . and .. */
static unsigned count(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	cr_assert_not_null(d, "%s", dir);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static char *read_file(const char *name)
{
	static char text[4096];
	char path[128];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", home, name);
	f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void setup(void)
{
	char tmp[64];

	alarm(60);
	cr_assert_not_null(mkdtemp(home));
	snprintf(tmp, sizeof(tmp), "%s/tmp", home);
	cr_assert_eq(mkdir(tmp, 0700), 0);
	snprintf(program, sizeof(program), "%s/server", home);
	setenv("TMPDIR", tmp, 1);
	setenv("HOME_OF_TEST", home, 1);
	unsetenv("XDG_RUNTIME_DIR");
}

static void teardown(void)
{
	cr_assert_eq(system("rm -rf \"$HOME_OF_TEST\""), 0);
}

TestSuite(cli_twin, .init = setup, .fini = teardown);

static void write_program(const char *text)
{
	FILE *f = fopen(program, "w");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
	cr_assert_eq(chmod(program, 0700), 0);
}

/* A server: @body as a shell script, $HOME_OF_TEST its place for files */
static void script(const char *body)
{
	char text[1024];

	snprintf(text, sizeof(text), "#!/bin/sh\ncd $HOME_OF_TEST\n%s\n", body);
	write_program(text);
}

static int start(struct twin *t, const char *body)
{
	script(body);
	twin_init(t);
	t->ready_ms = 20000;
	t->stop_ms = 2000;
	err_clear();
	return twin_start(t, program, 0);
}

static void check_gone(const struct twin *t)
{
	char tmp[64];

	snprintf(tmp, sizeof(tmp), "%s/tmp", home);
	cr_expect_eq(count(tmp), 0, "a directory is left");
	cr_expect_eq(t->pid, 0);
	cr_expect_eq(t->said, -1);
	cr_expect_str_empty(t->dir);
	cr_expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
		  "a process is left");
}

#define STAYS "echo ready; exec sleep 100"

Test(cli_twin, runs_and_is_stopped)
{
	unsigned before = count("/proc/self/fd");
	struct twin t;
	struct stat st;
	pid_t pid;

	cr_assert_eq(start(&t, "umask 0; touch $3 $5 2>/dev/null; "
			       "touch $2 $4; " STAYS),
		     0, "%s", err_last());
	pid = t.pid;
	cr_assert_eq(kill(pid, 0), 0);
	cr_assert_eq(stat(t.dir, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0700);
	cr_assert_eq(stat(t.path[0], &st), 0);
	cr_assert_eq(stat(t.path[1], &st), 0);
	twin_stop(&t);
	cr_assert(kill(pid, 0) < 0 && errno == ESRCH);
	check_gone(&t);
	cr_assert_eq(count("/proc/self/fd"), before);
	twin_stop(&t);
}

Test(cli_twin, gets_sockets_and_mac_addresses)
{
	char want[512];
	struct twin t;

	cr_assert_eq(start(&t, "echo \"$*\" >args; " STAYS), 0);
	snprintf(want, sizeof(want),
		 "--socket %s --socket %s --mac "
		 "34:17:eb:f0:dc:e3,34:17:eb:f0:dc:e4 --log /dev/null\n",
		 t.path[0], t.path[1]);
	cr_assert_str_eq(read_file("args"), want);
	twin_stop(&t);
	cr_assert_eq(twin_start(&t, program, 1), 0);
	cr_assert(strstr(read_file("args"), ":dc:e5,34:17:eb:f0:dc:e6"));
	twin_stop(&t);
}

Test(cli_twin, two_at_once)
{
	struct twin a, b;

	cr_assert_eq(start(&a, STAYS), 0);
	cr_assert_eq(start(&b, STAYS), 0);
	cr_assert_str_neq(a.dir, b.dir);
	twin_stop(&a);
	cr_assert_eq(kill(b.pid, 0), 0);
	twin_stop(&b);
}

/* In Perl, because a shell changes its signals before it runs the first line */
static const char tells[] =
	"#!/usr/bin/perl\n"
	"$| = 1; chdir $ENV{HOME_OF_TEST};\n"
	"open(F, '</proc/self/status'); open(T, '>status');\n"
	"print T <F>; close(T); system(\"ls -l /proc/$$/fd >fds\");\n"
	"print \"ready\\n\"; sleep 100;\n";

/* Perl ignores SIGFPE; 32 and 33 are the C library's, for nobody to change */
#define NOT_OURS (1UL << (SIGFPE - 1) | 1UL << 31 | 1UL << 32)

static unsigned long mask_in_status(const char *name)
{
	const char *at = strstr(read_file("status"), name);

	return strtoul(at + strlen(name), NULL, 16);
}

/* A descriptor, a mask and dispositions that must not get through */
Test(cli_twin, inherits_nothing)
{
	sigset_t all, old;
	struct twin t;

	write_program(tells);
	cr_assert_eq(dup2(open("/dev/zero", O_RDONLY), 77), 77);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	twin_init(&t);
	cr_assert_eq(twin_start(&t, program, 0), 0, "%s", err_last());
	twin_stop(&t);
	sigprocmask(SIG_SETMASK, &old, NULL);
	cr_assert(!strstr(read_file("fds"), "/dev/zero") &&
			  strstr(read_file("fds"), "0 -> /dev/null"),
		  "%s", read_file("fds"));
	cr_assert_eq(mask_in_status("SigBlk:"), 0, "%s", read_file("status"));
	cr_assert_eq(mask_in_status("SigIgn:") & ~NOT_OURS, 0, "%s",
		     read_file("status"));
}

/* Started without 0, 1 and 2, so that pipes and files get these numbers */
Test(cli_twin, works_without_standard_files)
{
	struct twin t;
	int rc;

	script("ls -l /proc/$$/fd >fds; " STAYS);
	twin_init(&t);
	close(0);
	close(1);
	close(2);
	rc = twin_start(&t, program, 0);
	twin_stop(&t);
	cr_assert_eq(open("/dev/null", O_RDWR), 0);
	cr_assert_eq(dup(0), 1);
	cr_assert_eq(dup(0), 2);
	cr_assert_eq(rc, 0);
	cr_assert(strstr(read_file("fds"), "0 -> /dev/null"));
	cr_assert(strstr(read_file("fds"), "1 -> pipe"));
	cr_assert(strstr(read_file("fds"), "2 -> /memfd"));
}

Test(cli_twin, is_in_a_group_of_its_own)
{
	struct twin t;

	cr_assert_eq(start(&t, STAYS), 0);
	cr_assert_eq(getpgid(t.pid), t.pid);
	twin_stop(&t);
}

Test(cli_twin, its_children_end_with_it)
{
	struct twin t;
	pid_t child;

	/* orphans come to us, so that their end can be waited for */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	cr_assert_eq(start(&t, "sleep 100 & echo $! >child; echo ready; wait"),
		     0);
	child = atoi(read_file("child"));
	twin_stop(&t);
	cr_assert_eq(waitpid(child, NULL, 0), child);
}

Test(cli_twin, ends_when_we_are_killed)
{
	pid_t server;
	pid_t we;

	script("echo $$ >pid; " STAYS);
	we = fork();
	if (we == 0) {
		struct twin t;

		twin_init(&t);
		_exit(twin_start(&t, program, 0) ? 1 : (int)kill(getpid(), 9));
	}
	cr_assert_eq(waitpid(we, NULL, 0), we);
	server = atoi(read_file("pid"));
	while (!kill(server, 0)) /* the alarm ends it otherwise */
		usleep(10000);
}

/* What a server may do instead of being ready, and what is said then */
/* clang-format off */
static const struct {
	const char *body;
	int rc;
	const char *says;
} failures[] = {
	{"exit 0", -ECHILD, "ended with status 0 before it was ready"},
	{"echo what is wrong >&2; exit 125", -ECHILD,
	 "ended with status 125 before it was ready; it said: what is wrong"},
	{"echo first >&2; echo; exit 3", -EPROTO, "`ready`"},
	{"echo one >&2; echo two >&2; exit 3", -ECHILD, "said: two"},
	{"exit 3", -ECHILD, "said: nothing"},
	{"kill -9 $$", -ECHILD, "killed by signal 9"},
	{"exec >&-; exec sleep 100", -ECHILD, "closed its standard output"},
	{"echo readx; exec sleep 100", -EPROTO, "`ready`"},
	{"echo ' ready'; exec sleep 100", -EPROTO, "`ready`"},
	{"printf read; exit 4", -ECHILD, "status 4"},
	{"printf read; exec sleep 100", -ETIMEDOUT, "not ready within 500 ms"},
	{"exec sleep 100", -ETIMEDOUT, "not ready within 500 ms"},
	{"trap '' TERM; sleep 100", -ETIMEDOUT, "not ready within 500 ms"},
	{"kill -STOP $$", -ETIMEDOUT, "not ready within 500 ms"},
	{"head -c 100000 /dev/zero | tr '\\0' x >&2; exit 9", -ECHILD,
	 "status 9 before it was ready; it said: xxx"},
};
/* clang-format on */

Test(cli_twin, failures_are_told_and_leave_nothing)
{
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		unsigned before = count("/proc/self/fd");
		struct twin t;

		script(failures[i].body);
		twin_init(&t);
		t.ready_ms = failures[i].rc == -ETIMEDOUT ? 500 : 20000;
		t.stop_ms = 1500;
		err_clear();
		cr_expect_eq(twin_start(&t, program, 0), failures[i].rc,
			     "%s: %s", failures[i].body, err_last());
		cr_expect(strstr(err_last(), failures[i].says), "%s -> %s",
			  failures[i].body, err_last());
		cr_expect(strstr(err_last(), program), "%s", err_last());
		cr_expect_null(strchr(err_last(), '\n'));
		check_gone(&t);
		cr_expect_eq(count("/proc/self/fd"), before, "%s",
			     failures[i].body);
	}
}

Test(cli_twin, nobody_took_its_status)
{
	struct twin t;

	signal(SIGCHLD, SIG_IGN);
	cr_assert_eq(start(&t, "exit 42"), -ECHILD);
	cr_assert(strstr(err_last(), "status 42"), "%s", err_last());
	check_gone(&t);
}

Test(cli_twin, a_late_word_in_pieces_is_heard)
{
	struct twin t;

	cr_assert_eq(start(&t, "printf re; sleep 0.2; printf 'ady\\n'; "
			       "exec sleep 100"),
		     0, "%s", err_last());
	twin_stop(&t);
	check_gone(&t);
}

Test(cli_twin, what_is_no_program_is_told)
{
	struct twin t;

	twin_init(&t);
	cr_assert_eq(twin_start(&t, program, 0), -ECHILD);
	cr_assert(strstr(err_last(), "execv: ENOENT"), "%s", err_last());
	check_gone(&t);
	cr_assert_eq(start(&t, ""), -ECHILD);
	chmod(program, 0600);
	cr_assert_eq(twin_start(&t, program, 0), -ECHILD);
	cr_assert(strstr(err_last(), "execv: EACCES"), "%s", err_last());
	check_gone(&t);
}

Test(cli_twin, a_signal_ends_the_wait)
{
	uint64_t begin = clock_now_ns();
	struct twin t;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTERM);
	cr_assert_eq(start(&t, "exec sleep 100"), -EINTR);
	cr_assert_lt(clock_now_ns() - begin, 10 * CLOCK_SEC);
	check_gone(&t);
}

Test(cli_twin, one_that_will_not_end_is_killed)
{
	struct twin t;

	cr_assert_eq(start(&t, "trap '' TERM; echo ready; "
			       "while :; do sleep 1; done"),
		     0);
	t.stop_ms = 300;
	twin_stop(&t);
	check_gone(&t);
}

Test(cli_twin, one_that_is_stopped_ends_at_once)
{
	uint64_t begin;
	struct twin t;

	cr_assert_eq(start(&t, STAYS), 0);
	kill(t.pid, SIGSTOP);
	cr_assert_eq(waitpid(t.pid, NULL, WUNTRACED), t.pid);
	begin = clock_now_ns();
	t.stop_ms = 10000;
	twin_stop(&t);
	cr_assert_lt(clock_now_ns() - begin, 5 * CLOCK_SEC);
	check_gone(&t);
}

Test(cli_twin, one_that_ended_by_itself_is_cleaned_up)
{
	struct twin t;

	cr_assert_eq(start(&t, "echo ready; touch $2; exit 7"), 0);
	usleep(300000);
	twin_stop(&t);
	check_gone(&t);
}

/* Each descriptor that is wanted fails in turn. */
Test(cli_twin, without_descriptors)
{
	struct rlimit lim;
	unsigned failed = 0;

	getrlimit(RLIMIT_NOFILE, &lim);
	script(STAYS);
	for (unsigned n = 3; n < 24; n++) {
		struct rlimit low = {n, lim.rlim_max};
		struct twin t;
		int rc;

		twin_init(&t);
		err_clear();
		setrlimit(RLIMIT_NOFILE, &low);
		rc = twin_start(&t, program, 0);
		twin_stop(&t);
		setrlimit(RLIMIT_NOFILE, &lim);
		if (rc)
			cr_expect_str_not_empty(err_last());
		failed += rc != 0;
		check_gone(&t);
	}
	cr_assert_gt(failed, 3);
	cr_assert_lt(failed, 21, "and then it works");
}

/* A directory in which a socket's path is too long is passed over. */
Test(cli_twin, a_directory_where_a_socket_fits)
{
	unsigned fitted = 0;

	script(STAYS);
	for (int len = 75; len < 100; len++) {
		char deep[128];
		struct twin t;

		snprintf(deep, sizeof(deep), "%s/%0*d", home,
			 len - (int)strlen(home) - 1, 0);
		cr_assert_eq(mkdir(deep, 0700), 0);
		setenv("XDG_RUNTIME_DIR", deep, 1);
		twin_init(&t);
		cr_assert_eq(twin_start(&t, program, 0), 0, "%s", err_last());
		cr_assert_eq(strncmp(t.path[1], t.dir, strlen(t.dir)), 0);
		cr_assert_str_eq(t.path[1] + strlen(t.dir), "/f1");
		fitted += !strncmp(t.dir, deep, strlen(deep));
		twin_stop(&t);
		check_gone(&t);
	}
	/* 107 bytes less /passthru-XXXXXX/f1 */
	cr_assert_eq(fitted, 107 - 19 - 75 + 1);
}

Test(cli_twin, which_directory)
{
	struct twin t;

	setenv("XDG_RUNTIME_DIR", "relative", 1);
	cr_assert_eq(start(&t, STAYS), 0);
	cr_assert(strstr(t.dir, "/tmp/passthru-"), "%s", t.dir);
	twin_stop(&t);
	setenv("XDG_RUNTIME_DIR", home, 1);
	cr_assert_eq(start(&t, STAYS), 0);
	cr_assert_eq(strncmp(t.dir, home, strlen(home)), 0);
	cr_assert_eq(strlen(t.dir), strlen(home) + strlen("/passthru-XXXXXX"));
	twin_stop(&t);
	check_gone(&t);
}

/* the unit tests are not beside a bcm5720, or it is one */
Test(cli_twin, is_found_or_the_cure_is_named)
{
	char path[256];

	cr_assert(!twin_find(path, sizeof(path)) ||
			  strstr(err_last(), "make build/bcm5720"),
		  "%s", err_last());
}
