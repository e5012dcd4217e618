/* SPDX-License-Identifier: BSD-2-Clause */
/* Records on disk: what is written comes back, what is torn never does. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/fd.h"
#include "test_host_fake.h"
#include "vfio/journal.h"

#define REC "run/0000:02:00.0"

static struct fake f;

static void setup(void)
{
	int fd;

	fake_init(&f);
	cr_assert_eq(journal_lock(&f.s, true, &fd), 0, "%s", err_last());
	fd_close(&fd);
}

static void teardown(void)
{
	fake_fini(&f);
}

TestSuite(host_journal, .init = setup, .fini = teardown);

static struct journal_rec sample(void)
{
	struct journal_rec r = {.addr = fake_addr("02:00.0")};

	strcpy(r.driver, "e1000e");
	sysfs_names_add(&r.up, "enp2s0f0");
	sysfs_names_add(&r.up, "eth9");
	return r;
}

Test(host_journal, what_is_written_comes_back)
{
	struct journal_rec r = sample(), back;

	strcpy(r.override, "some-driver");
	cr_assert_eq(journal_write(&f.s, &r), 0, "%s", err_last());
	cr_assert_eq(journal_read(&f.s, r.addr, &back), 0, "%s", err_last());
	cr_assert(bdf_eq(back.addr, r.addr));
	cr_assert_str_eq(back.driver, "e1000e");
	cr_assert_str_eq(back.override, "some-driver");
	cr_assert_eq(back.up.n, 2);
	cr_assert_str_eq(back.up.v[1], "eth9");
}

Test(host_journal, the_text_is_as_documented)
{
	const char *want = "passthru-bind=1\ndevice=0000:02:00.0\n"
			   "driver=e1000e\noverride=\nup=enp2s0f0\n"
			   "up=eth9\nend=8a3d99e018f16747";
	struct journal_rec r = sample();

	cr_assert_eq(journal_write(&f.s, &r), 0);
	cr_assert_str_eq(fake_get(&f, REC), want);
}

Test(host_journal, an_empty_record_and_the_longest)
{
	struct journal_rec r = {.addr = fake_addr("02:00.0")}, back;
	char name[SYSFS_NAME_MAX];

	cr_assert_eq(journal_write(&f.s, &r), 0);
	cr_assert_eq(journal_read(&f.s, r.addr, &back), 0, "%s", err_last());
	cr_assert_str_eq(back.driver, "");
	cr_assert_eq(back.up.n, 0);
	for (int i = 0; i < SYSFS_NAMES_MAX; i++) {
		snprintf(name, sizeof(name), "%063d", i);
		sysfs_names_add(&r.up, name);
	}
	memset(r.driver, 'd', SYSFS_NAME_MAX - 1);
	memset(r.override, 'o', SYSFS_NAME_MAX - 1);
	cr_assert_eq(journal_write(&f.s, &r), 0);
	cr_assert_eq(journal_read(&f.s, r.addr, &back), 0, "%s", err_last());
	cr_assert_eq(back.up.n, SYSFS_NAMES_MAX);
}

Test(host_journal, none_is_enoent)
{
	struct journal_rec r;

	cr_assert_eq(journal_read(&f.s, fake_addr("02:00.0"), &r), -ENOENT);
	cr_assert_eq(journal_drop(&f.s, fake_addr("02:00.0")), 0);
}

Test(host_journal, cut_at_every_length_is_refused)
{
	struct journal_rec r = sample();
	char path[SYSFS_PATH_MAX];
	struct stat st;

	cr_assert_eq(journal_write(&f.s, &r), 0);
	sysfs_path(path, "%s/" REC, f.root);
	cr_assert_eq(stat(path, &st), 0);
	for (off_t len = st.st_size - 1; len >= 0; len--) {
		cr_assert_eq(truncate(path, len), 0);
		cr_assert_eq(journal_read(&f.s, fake_addr("02:00.0"), &r),
			     -EBADMSG, "%ld bytes", (long)len);
		cr_assert(strstr(err_last(), path));
	}
}

Test(host_journal, every_changed_byte_is_refused)
{
	struct journal_rec r = sample();
	char text[512];
	size_t len;

	cr_assert_eq(journal_write(&f.s, &r), 0);
	snprintf(text, sizeof(text), "%s\n", fake_get(&f, REC));
	len = strlen(text);
	for (size_t i = 0; i < len; i++) {
		text[i] ^= 1;
		fake_text(&f, REC, "%s", text);
		cr_assert_eq(journal_read(&f.s, fake_addr("02:00.0"), &r),
			     -EBADMSG, "byte %zu", i);
		text[i] ^= 1;
	}
	fake_text(&f, REC, "%s", text);
	cr_assert_eq(journal_read(&f.s, fake_addr("02:00.0"), &r), 0);
}

Test(host_journal, foreign_files_are_refused)
{
	struct journal_rec r = sample();
	char big[30000];

	fake_text(&f, REC, "12345\n");
	cr_assert_eq(journal_read(&f.s, fake_addr("02:00.0"), &r), -EBADMSG);
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	fake_text(&f, REC, "%s", big);
	cr_assert_eq(journal_read(&f.s, fake_addr("02:00.0"), &r), -EBADMSG);
	fake_link(&f, REC, "/etc/passwd");
	cr_assert_eq(journal_read(&f.s, fake_addr("02:00.0"), &r), -EBADMSG);
	fake_rm(&f, REC);
	fake_text(&f, REC "/file", "a directory");
	cr_assert_eq(journal_read(&f.s, fake_addr("02:00.0"), &r), -EBADMSG);
}

Test(host_journal, a_record_under_another_name_is_refused)
{
	struct journal_rec r = sample();

	cr_assert_eq(journal_write(&f.s, &r), 0);
	fake_text(&f, "run/0000:02:00.1", "%s\n", fake_get(&f, REC));
	cr_assert_eq(journal_read(&f.s, fake_addr("02:00.1"), &r), -EBADMSG);
}

Test(host_journal, names_that_could_break_it_are_not_written)
{
	static const char *const bad[] = {"a\nb", "../x", "a/b", "..", "\x01"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct journal_rec r = sample();

		strcpy(r.driver, bad[i]);
		cr_assert_eq(journal_write(&f.s, &r), -EINVAL, "%zu", i);
		cr_assert(!fake_has(&f, REC));
		r = sample();
		strcpy(r.up.v[0], bad[i]);
		cr_assert_eq(journal_write(&f.s, &r), -EINVAL, "%zu", i);
	}
}

Test(host_journal, a_failed_write_leaves_the_old_record)
{
	struct journal_rec r = sample(), back;

	cr_assert_eq(journal_write(&f.s, &r), 0);
	fake_text(&f, "run/.0000:02:00.0.tmp/in-the-way", "%s", "");
	strcpy(r.driver, "other");
	cr_assert_lt(journal_write(&f.s, &r), 0);
	cr_assert(strstr(err_last(), ".tmp"), "%s", err_last());
	cr_assert_eq(journal_read(&f.s, r.addr, &back), 0);
	cr_assert_str_eq(back.driver, "e1000e");
}

Test(host_journal, the_list_is_sorted_and_skips_strangers)
{
	struct pci_addr v[4];
	size_t n;

	fake_text(&f, "run/0000:03:00.0", "x");
	fake_text(&f, "run/0000:02:00.1", "x");
	fake_text(&f, "run/.0000:02:00.0.tmp", "x");
	fake_text(&f, "run/README", "x");
	cr_assert_eq(journal_list(&f.s, v, 4, &n), 0);
	cr_assert_eq(n, 2);
	cr_assert(bdf_eq(v[0], fake_addr("02:00.1")));
	cr_assert_eq(journal_list(&f.s, v, 1, &n), -E2BIG);
	fake_rm(&f, "run");
	cr_assert_eq(journal_list(&f.s, v, 4, &n), 0);
	cr_assert_eq(n, 0);
}

Test(host_journal, the_directory)
{
	struct stat st;
	int fd;

	cr_assert_eq(stat(f.run, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0700);
	cr_assert_eq(chmod(f.run, 0777), 0);
	cr_assert_eq(journal_lock(&f.s, true, &fd), -EPERM);
	cr_assert_eq(fd, -1);
	cr_assert(strstr(err_last(), "chmod"));
	fake_rm(&f, "run");
	cr_assert_eq(journal_lock(&f.s, false, &fd), -ENOENT);
	fake_link(&f, "run", "/tmp");
	cr_assert_lt(journal_lock(&f.s, true, &fd), 0, "a symlink");
}

Test(host_journal, what_a_killed_writer_left_goes_with_the_next_lock)
{
	static const char *const left[] = {"run/.0000:02:00.0.tmp",
					   "run/.0000:02:00.0.bak", "run/.tmp",
					   "run/0000:02:00.0.tmp"};
	struct journal_rec r = sample();
	int fd;

	cr_assert_eq(journal_write(&f.s, &r), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(left); i++)
		fake_text(&f, left[i], "x");
	cr_assert_eq(journal_lock(&f.s, true, &fd), 0);
	fd_close(&fd);
	cr_assert_not(fake_has(&f, left[0]));
	for (unsigned i = 1; i < ARRAY_SIZE(left); i++)
		cr_assert(fake_has(&f, left[i]), "%s", left[i]);
	cr_assert_eq(journal_read(&f.s, r.addr, &r), 0);
}
