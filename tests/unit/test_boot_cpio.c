/* SPDX-License-Identifier: BSD-2-Clause */
/* The archive as cpio(1) unpacks it, and what cpio_add() refuses. */
#include <criterion/criterion.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "vmm/boot/cpio.h"

/* Feeds @c to cpio in a new directory @dir (a mkdtemp template). */
static void extract(const struct cpio *c, char *dir)
{
	char cmd[128];
	FILE *f;

	if (system("command -v cpio >/dev/null 2>&1"))
		cr_skip_test("no cpio: apt-get install cpio");
	cr_assert_not_null(mkdtemp(dir));
	snprintf(cmd, sizeof(cmd), "cd %s && cpio -id --quiet", dir);
	f = popen(cmd, "w");
	cr_assert_not_null(f);
	cr_assert_eq(fwrite(c->data, 1, c->len, f), c->len);
	cr_assert_eq(pclose(f), 0);
}

static void expect_file(const char *dir, const char *name, const void *data,
			size_t len, mode_t mode)
{
	char path[300], *got = malloc(len + 1);
	struct stat st;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	cr_expect_eq(fread(got, 1, len + 1, f), len, "%s", path);
	cr_expect_eq(memcmp(got, data, len), 0, "%s", path);
	cr_expect_eq(fstat(fileno(f), &st), 0);
	cr_expect_eq(st.st_mode, mode, "%s: %o", path, st.st_mode);
	fclose(f);
	free(got);
}

static void remove_tree(const char *dir)
{
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	cr_expect_eq(system(cmd), 0);
}

Test(boot_cpio, cpio_extracts_what_was_added)
{
	static const char args[] = "sh\0-c\0exit 7";
	size_t big_len = 100001;
	char *big = malloc(big_len), dir[] = "/tmp/test_boot_cpio_XXXXXX";
	struct cpio c;

	for (size_t i = 0; i < big_len; i++)
		big[i] = (char)(i * 7 >> 3);
	cpio_init(&c);
	cr_assert_eq(cpio_add(&c, "passthru", S_IFDIR | 0755, NULL, 0), 0);
	cr_assert_eq(cpio_add(&c, "passthru/cmd", S_IFREG | 0644, args,
			      sizeof(args)),
		     0);
	cr_assert_eq(cpio_add(&c, "passthru/tty", S_IFREG | 0600, NULL, 0), 0);
	cr_assert_eq(cpio_add(&c, "passthru/big", S_IFREG | 0755, big, big_len),
		     0);
	cr_assert_eq(cpio_finish(&c), 0);
	cr_expect_eq(c.len % 4, 0);
	extract(&c, dir);
	expect_file(dir, "passthru/cmd", args, sizeof(args), S_IFREG | 0644);
	expect_file(dir, "passthru/tty", "", 0, S_IFREG | 0600);
	expect_file(dir, "passthru/big", big, big_len, S_IFREG | 0755);
	remove_tree(dir);
	cpio_fini(&c);
	free(big);
}

/* Every alignment of name and data. */
Test(boot_cpio, padding)
{
	char name[] = "aaaaaaaa", dir[] = "/tmp/test_boot_cpio_XXXXXX";
	struct cpio c;

	cpio_init(&c);
	for (size_t i = 0; i < 8; i++)
		cr_assert_eq(cpio_add(&c, name + i, S_IFREG | 0644, "12345678",
				      i),
			     0);
	cr_assert_eq(cpio_finish(&c), 0);
	extract(&c, dir);
	for (size_t i = 0; i < 8; i++)
		expect_file(dir, name + i, "12345678", i, S_IFREG | 0644);
	remove_tree(dir);
	cpio_fini(&c);
}

Test(boot_cpio, refuses_bad_members)
{
	char name[CPIO_NAME_MAX + 2];
	struct cpio c;

	cpio_init(&c);
	cr_expect_eq(cpio_add(&c, "", S_IFREG, NULL, 0), -EINVAL);
	cr_expect_eq(cpio_add(&c, "/etc", S_IFDIR, NULL, 0), -EINVAL);
	cr_expect_not_null(strstr(err_last(), "\"/etc\""));
	cr_expect_eq(cpio_add(&c, "d", S_IFDIR | 0755, "x", 1), -EINVAL);
	cr_expect_eq(cpio_add(&c, "l", S_IFLNK | 0777, "x", 1), -EINVAL);
	cr_expect_eq(cpio_add(&c, "f", S_IFREG, "x", (size_t)UINT32_MAX + 1),
		     -EFBIG);
	memset(name, 'n', sizeof(name));
	name[CPIO_NAME_MAX + 1] = 0;
	cr_expect_eq(cpio_add(&c, name, S_IFREG, NULL, 0), -ENAMETOOLONG);
	cr_expect_eq(c.len, 0);
	name[CPIO_NAME_MAX] = 0;
	cr_expect_eq(cpio_add(&c, name, S_IFREG, NULL, 0), 0);
	cpio_fini(&c);
}

Test(boot_cpio, fini_twice)
{
	struct cpio c;

	cpio_init(&c);
	cr_assert_eq(cpio_add(&c, "f", S_IFREG | 0644, "x", 1), 0);
	cpio_fini(&c);
	cr_expect_null(c.data);
	cr_expect_eq(c.len, 0);
	cpio_fini(&c);
}
