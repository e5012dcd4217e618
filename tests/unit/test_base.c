/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes, guest memory, errors, descriptors, the clock and log lines; what has
 * to do with ranges is in test_range.c.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/first.h"
#include "base/gmem.h"
#include "base/log.h"

#define TOP UINT64_MAX

/* bytes.h */

Test(base_bytes, loads_and_stores_are_little_endian)
{
	uint8_t b[16] = {0};

	le_put(b + 1, 4, 0x11223344);
	cr_assert_eq(b[0], 0);
	cr_assert_eq(b[1], 0x44);
	cr_assert_eq(b[4], 0x11);
	cr_assert_eq(b[5], 0);
	cr_assert_eq(le_get(b + 1, 4), 0x11223344);
	cr_assert_eq(le_get(b + 1, 2), 0x3344);
	cr_assert_eq(le_get(b + 1, 1), 0x44);
	le_put(b + 3, 8, UINT64_C(0x8877665544332211));
	cr_assert_eq(le_get(b + 3, 8), UINT64_C(0x8877665544332211));
}

Test(base_bytes, a_store_leaves_its_neighbours)
{
	for (size_t size = 1; size <= 8; size *= 2) {
		uint8_t b[10];

		memset(b, 0xa5, sizeof(b));
		le_put(b + 1, size, 0);
		cr_assert_eq(b[0], 0xa5);
		cr_assert_eq(b[1 + size], 0xa5, "size %zu", size);
		cr_assert_eq(le_get(b + 1, size), 0);
	}
}

Test(base_bytes, ones_fill_their_size)
{
	cr_assert_eq(ones(1), 0xff);
	cr_assert_eq(ones(2), 0xffff);
	cr_assert_eq(ones(3), 0xffffff);
	cr_assert_eq(ones(4), 0xffffffff);
	cr_assert_eq(ones(8), TOP);
}

Test(base_bytes, powers_of_two)
{
	cr_assert_not(is_pow2(0));
	for (unsigned i = 0; i < 64; i++)
		cr_assert(is_pow2(UINT64_C(1) << i), "bit %u", i);
	cr_assert_not(is_pow2(3));
	cr_assert_not(is_pow2(TOP));
	cr_assert_not(is_pow2((UINT64_C(1) << 63) | 1));
}

Test(base_bytes, alignment)
{
	cr_assert_eq(align_down(0x1fff, 0x1000), 0x1000);
	cr_assert_eq(align_down(0x1000, 0x1000), 0x1000);
	cr_assert_eq(align_up(0x1001, 0x1000), 0x2000);
	cr_assert_eq(align_up(0x1000, 0x1000), 0x1000);
	cr_assert_eq(align_up(0, 0x1000), 0);
	cr_assert_eq(align_up(TOP, 1), TOP);
	cr_assert_eq(align_up(TOP, 0x1000), 0, "wraps, as documented");
}

Test(base_bytes, smaller_and_larger)
{
	cr_assert_eq(min_u64(0, TOP), 0);
	cr_assert_eq(min_u64(7, 7), 7);
	cr_assert_eq(max_u64(0, TOP), TOP);
	cr_assert_eq(max_u64(TOP, 0), TOP);
}

/* gmem.h */

static uint8_t low[64];
static uint8_t high[32];

static struct gmem two_parts(void)
{
	return (struct gmem){
		.part = {{{0x1000, sizeof(low)}, low, -1, 0},
			 {{UINT64_C(1) << 32, sizeof(high)}, high, -1, 0}},
		.n = 2,
	};
}

Test(base_gmem, a_cut_is_a_part_by_itself)
{
	struct gmem m = two_parts();
	struct gmem_part p;

	m.part[0].fd = 7;
	m.part[0].fd_offset = 0x100000;
	p = gmem_cut(&m, (struct range){0x1010, 0x20});
	cr_assert_eq(p.gpa.start, 0x1010);
	cr_assert_eq(p.gpa.len, 0x20);
	cr_assert_eq(p.hva, low + 0x10);
	cr_assert_eq(p.fd, 7);
	cr_assert_eq(p.fd_offset, 0x100010);
	p = gmem_cut(&m, (struct range){0x1010, sizeof(low)});
	cr_assert_eq(p.gpa.len, 0, "it would leave its part");
	cr_assert_eq(p.hva, NULL);
	cr_assert_eq(p.fd, -1);
}

Test(base_gmem, every_byte_of_ram_and_no_other)
{
	struct gmem m = two_parts();

	cr_assert_eq(gmem_at(&m, 0x1000, 1), low);
	cr_assert_eq(gmem_at(&m, 0x1000, sizeof(low)), low);
	cr_assert_eq(gmem_at(&m, 0x103f, 1), low + 63);
	cr_assert_eq(gmem_at(&m, (UINT64_C(1) << 32) + 31, 1), high + 31);
	cr_assert_null(gmem_at(&m, 0xfff, 1));
	cr_assert_null(gmem_at(&m, 0xfff, 2));
	cr_assert_null(gmem_at(&m, 0x1040, 1));
	cr_assert_null(gmem_at(&m, 0x103f, 2));
	cr_assert_null(gmem_at(&m, UINT64_C(1) << 32, 33));
}

Test(base_gmem, nothing_of_no_length)
{
	struct gmem m = two_parts();

	cr_assert_null(gmem_at(&m, 0x1000, 0));
}

Test(base_gmem, hostile_lengths_do_not_wrap)
{
	struct gmem m = two_parts();

	cr_assert_null(gmem_at(&m, 0x1000, TOP));
	cr_assert_null(gmem_at(&m, 0x1010, TOP - 0xf));
	cr_assert_null(gmem_at(&m, 0x1001, TOP));
	cr_assert_null(gmem_at(&m, TOP, 2));
	cr_assert_null(gmem_at(&m, 0, (UINT64_C(1) << 32) + 32));
}

Test(base_gmem, unused_parts_are_not_looked_at)
{
	struct gmem m = two_parts();

	m.n = 1;
	cr_assert_null(gmem_at(&m, UINT64_C(1) << 32, 1));
	m.n = 0;
	cr_assert_null(gmem_at(&m, 0x1000, 1));
}

Test(base_gmem, writes_all_or_nothing)
{
	struct gmem m = two_parts();

	memset(low, 0, sizeof(low));
	cr_assert_eq(gmem_write(&m, 0x103e, "ab", 2), 0);
	cr_assert_eq(low[62], 'a');
	cr_assert_eq(low[63], 'b');
	cr_assert_eq(gmem_write(&m, 0x103f, "xy", 2), -EFAULT);
	cr_assert_eq(low[63], 'b');
	cr_assert_eq(gmem_write(&m, 0, "x", 1), -EFAULT);
}

/* err.h */

Test(base_err, set_returns_the_negative_errno)
{
	cr_assert_str_eq(err_last(), "");
	cr_assert_eq(err_set(EINVAL, "slot %d", 7), -EINVAL);
	cr_assert_str_eq(err_last(), "slot 7");
	cr_assert_eq(err_set(-EBUSY, "other"), -EBUSY);
	cr_assert_str_eq(err_last(), "other");
	err_clear();
	cr_assert_str_eq(err_last(), "");
}

Test(base_err, call_names_object_call_errno_and_cure)
{
	cr_assert_eq(err_call(EBUSY, "group 16", "open", "unbind it"), -EBUSY);
	cr_assert_str_eq(err_last(),
			 "group 16: open: EBUSY (Device or resource busy); "
			 "unbind it");
	cr_assert_eq(err_call(-ENOENT, "f", "open", NULL), -ENOENT);
	cr_assert_str_eq(err_last(),
			 "f: open: ENOENT (No such file or directory)");
}

Test(base_err, prefixes_pile_up_in_front)
{
	err_set(EIO, "inner");
	cr_assert_eq(err_prefix(-EIO, "middle %d", 1), -EIO);
	cr_assert_eq(err_prefix(-EIO, "outer"), -EIO);
	cr_assert_str_eq(err_last(), "outer: middle 1: inner");
}

Test(base_err, a_message_may_be_made_from_the_last_one)
{
	err_set(EIO, "cause");
	err_set(EIO, "effect of %s", err_last());
	cr_assert_str_eq(err_last(), "effect of cause");
	err_prefix(-EIO, "[%s]", err_last());
	cr_assert_str_eq(err_last(), "[effect of cause]: effect of cause");
}

Test(base_err, long_messages_are_cut_not_overrun)
{
	char big[3 * ERR_MAX];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_set(EIO, "%s", big);
	cr_assert_eq(strlen(err_last()), ERR_MAX - 1);
	for (int i = 0; i < 3; i++)
		err_prefix(-EIO, "p%s", big);
	cr_assert_lt(strlen(err_last()), ERR_MAX);
	cr_assert_eq(err_last()[0], 'p');
}

Test(base_err, names)
{
	cr_assert_str_eq(err_name(EBUSY), "EBUSY");
	cr_assert_str_eq(err_name(-EBUSY), "EBUSY");
	cr_assert_str_eq(err_name(99999), "E?");
}

/* fd.h */

/* A file of its own for this test, removed at once; the path lives on in fd */
static int scratch(char *path, size_t cap)
{
	int fd;

	snprintf(path, cap, "/tmp/passthru-test-XXXXXX");
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
	unlink(path);
	snprintf(path, cap, "/proc/self/fd/%d", fd);
	return fd;
}

Test(base_fd, close_is_idempotent_and_keeps_errno)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int copy = fd;

	errno = ENOTTY;
	fd_close(&fd);
	cr_assert_eq(fd, -1);
	cr_assert_eq(errno, ENOTTY);
	fd_close(&fd);
	cr_assert_eq(fd, -1);
	cr_assert_eq(errno, ENOTTY);
	cr_assert_eq(fcntl(copy, F_GETFD), -1, "is really closed");
}

Test(base_fd, text_is_read_without_its_newline)
{
	char path[64];
	char buf[16];
	int fd = scratch(path, sizeof(path));

	cr_assert_eq(fd_write_text(path, "vfio-pci\n"), 0);
	cr_assert_eq(fd_read_text(path, buf, sizeof(buf)), 8);
	cr_assert_str_eq(buf, "vfio-pci");
	fd_close(&fd);
}

Test(base_fd, text_is_cut_at_the_buffer)
{
	char path[64];
	char buf[5] = "####";
	int fd = scratch(path, sizeof(path));

	cr_assert_eq(fd_write_text(path, "0123456789"), 0);
	cr_assert_eq(fd_read_text(path, buf, sizeof(buf)), 4);
	cr_assert_str_eq(buf, "0123");
	cr_assert_eq(fd_read_text(path, buf, 1), 0);
	cr_assert_str_eq(buf, "");
	fd_close(&fd);
}

Test(base_fd, an_empty_file_is_empty_text)
{
	char buf[4] = "###";

	cr_assert_eq(fd_read_text("/dev/null", buf, sizeof(buf)), 0);
	cr_assert_str_eq(buf, "");
}

Test(base_fd, failures_are_negative_errnos)
{
	char buf[8] = "###";

	err_clear();
	cr_assert_eq(fd_read_text("/nonexistent/x", buf, sizeof(buf)), -ENOENT);
	cr_assert_str_eq(buf, "", "no stale text after a failure");
	cr_assert_eq(fd_read_text("/", buf, sizeof(buf)), -EISDIR);
	cr_assert_eq(fd_write_text("/nonexistent/x", "1"), -ENOENT);
	cr_assert_eq(fd_write_text("/dev/full", "1"), -ENOSPC);
	cr_assert_eq(fd_write_all(-1, "x", 1), -EBADF);
	cr_assert_str_eq(err_last(), "", "they set no message");
}

Test(base_fd, the_limit_is_raised_to_the_hard_one)
{
	struct rlimit lim;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	lim.rlim_cur = 64;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &lim), 0);
	fd_raise_limit();
	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &lim), 0);
	cr_assert_eq(lim.rlim_cur, lim.rlim_max);
}

/* Byte @i of the stream that the pipe carries */
static char pattern(size_t i)
{
	return (char)(i * 31 + (i >> 9));
}

/* Reads a pipe to its end, slowly, in a process of its own; 0 if all came */
static pid_t drain(int rd, int wr, size_t want)
{
	pid_t pid = fork();
	char buf[9999];
	size_t got = 0;
	bool same = true;
	ssize_t n;

	if (pid)
		return pid;
	close(wr);
	while ((n = read(rd, buf, sizeof(buf))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			same = same && buf[i] == pattern(got + (size_t)i);
		got += (size_t)n;
		usleep(300);
	}
	_exit(same && got == want ? 0 : 1);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Signals without SA_RESTART: write(2) is cut short or fails with EINTR */
static void disturb(suseconds_t us)
{
	struct itimerval t = {{0, us}, {0, us}};
	struct sigaction a = {.sa_handler = on_alarm};

	sigaction(SIGALRM, &a, NULL);
	setitimer(ITIMER_REAL, &t, NULL);
}

Test(base_fd, write_all_outlasts_short_writes_and_signals)
{
	size_t len = 1 << 20;
	char *data = malloc(len);
	int status = -1;
	int p[2];
	pid_t pid;

	for (size_t i = 0; i < len; i++)
		data[i] = pattern(i);
	cr_assert_eq(pipe2(p, O_CLOEXEC), 0);
	pid = drain(p[0], p[1], len);
	disturb(700);
	cr_assert_eq(fd_write_all(p[1], data, len), 0);
	disturb(0);
	fd_close(&p[1]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "the reader did not get it as it was");
	fd_close(&p[0]);
	free(data);
}

/* clock.h */

Test(base_clock, it_goes_on_in_nanoseconds)
{
	uint64_t start = clock_now_ns();
	uint64_t took;

	usleep(2000);
	took = clock_now_ns() - start;
	cr_assert_geq(took, 2 * CLOCK_MS);
	cr_assert_lt(took, 60 * CLOCK_SEC);
}

/* log.h */

/* What @print writes to standard error, at most @cap - 1 bytes */
static void stderr_of(void (*print)(void), char *buf, size_t cap)
{
	char path[64];
	int fd = scratch(path, sizeof(path));
	int saved = dup(STDERR_FILENO);
	ssize_t n;

	dup2(fd, STDERR_FILENO);
	print();
	dup2(saved, STDERR_FILENO);
	n = pread(fd, buf, cap - 1, 0);
	buf[n > 0 ? n : 0] = '\0';
	fd_close(&saved);
	fd_close(&fd);
}

static void warn_short(void)
{
	log_warn("%s is odd", "x");
}

static void info_long(void)
{
	char big[5000];

	memset(big, 'y', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_info("%s", big);
}

Test(base_log, a_warning_is_one_line)
{
	char buf[256];

	program_invocation_short_name = (char[]){"prog"};
	stderr_of(warn_short, buf, sizeof(buf));
	cr_assert_str_eq(buf, "prog: warning: x is odd\n");
}

Test(base_log, a_long_line_is_cut_and_still_ends)
{
	char buf[8192];
	size_t n;

	program_invocation_short_name = (char[]){"prog"};
	stderr_of(info_long, buf, sizeof(buf));
	n = strlen(buf);
	cr_assert_lt(n, 2000);
	cr_assert_eq(strncmp(buf, "prog: yyy", 9), 0);
	cr_assert_eq(buf[n - 1], '\n');
	cr_assert_eq(strchr(buf, '\n'), buf + n - 1);
}

Test(base_first, the_first_failure_is_the_result)
{
	struct first f = {0};

	first_keep(&f, 0);
	cr_assert_eq(first_result(&f), 0);
	first_keep(&f, err_set(EBUSY, "the cause"));
	first_keep(&f, err_set(EIO, "what follows from it"));
	first_keep(&f, 0);
	err_set(ENOENT, "something else");
	cr_assert_eq(first_result(&f), -EBUSY);
	cr_assert_str_eq(err_last(), "the cause");
}
