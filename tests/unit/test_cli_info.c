/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `passthru info` over the fake kernel: opened and closed without a trace, told
 * as tests/golden/info-bcm5720.txt, drawn as a run maps it.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "tests/fake/fake.h"
#include "vmm/boot/platform.h"
#include "vmm/cli/info.h"

static struct sim_pci card;
static struct assign_look look;
static struct info info;
static char text[65536];

static void setup(void)
{
	sim_reset();
	sim_knobs()->no_kvm = true;
}

TestSuite(cli_info, .init = setup);

static int look_at(void)
{
	const struct vfio_source src = {
		.ops = &vfio_kernel,
		.addr = {0, 2, 0, 0},
		.group = 7,
	};
	const struct assign_place place = {1, 0, false};

	sim_add(&card);
	return assign_look_open(&look, &src, place);
}

static void fill(void)
{
	struct platform p;
	struct pci_windows w;

	cr_assert_eq(platform_init(&p, 1, 512 * MiB, 40), 0);
	w = (struct pci_windows){p.mmio32, p.mmio64, p.pio};
	cr_assert_eq(info_fill(&info, &look, &w), 0, "%s", err_last());
}

static void tell(void (*how)(const struct info *i, FILE *f))
{
	FILE *f = fmemopen(text, sizeof(text), "w");

	how(&info, f);
	fclose(f);
}

static void both(const struct info *i, FILE *f)
{
	info_text(i, f);
	info_picture(i, f);
}

static void json(const struct info *i, FILE *f)
{
	info_json(i, 1, f);
}

static void has(const char *what)
{
	cr_assert(strstr(text, what), "%s is not in\n%s", what, text);
}

static void gone(void)
{
	struct sim_count none = {0};
	struct sim_count now;

	assign_look_close(&look);
	assign_look_close(&look);
	now = sim_count();
	cr_assert(!memcmp(&now, &none, sizeof(now)), "something is left");
	sim_end();
}

/* Characters, not bytes: none of ours is wider than a column */
static unsigned columns(const char *line, size_t n)
{
	unsigned cols = 0;

	for (size_t i = 0; i < n; i++)
		cols += (line[i] & 0xc0) != 0x80;
	return cols;
}

static void check_width(void)
{
	for (const char *p = text; *p; p = strchr(p, '\n') + 1)
		cr_assert_leq(columns(p, strcspn(p, "\n")), 80, "%.100s", p);
}

/* REGOLD=1 in the environment writes the file anew. */
Test(cli_info, text_and_picture_as_the_golden_file)
{
	static const char path[] = "tests/golden/info-bcm5720.txt";
	static char want[sizeof(text)];
	FILE *f;

	sim_bcm5720(&card, "0000:02:00.0", 7);
	cr_assert_eq(look_at(), 0, "%s", err_last());
	fill();
	tell(both);
	check_width();
	f = fopen(path, getenv("REGOLD") ? "w" : "r");
	cr_assert_not_null(f, "%s", path);
	if (getenv("REGOLD"))
		fputs(text, f);
	else
		cr_assert_gt(fread(want, 1, sizeof(want) - 1, f), 0);
	fclose(f);
	if (!getenv("REGOLD"))
		cr_assert_str_eq(text, want);
	gone();
}

static void segment(unsigned bar, unsigned k, uint64_t start, uint64_t len,
		    const char *why)
{
	const struct info_segment *s = &info.bar[bar].seg[k];

	cr_assert_lt(k, info.bar[bar].nseg);
	cr_assert_eq(s->part.start, start, "BAR%u %u", bar, k);
	cr_assert_eq(s->part.len, len, "BAR%u %u: 0x%llx", bar, k,
		     (unsigned long long)s->part.len);
	if (why)
		cr_assert_str_eq(s->why, why);
	else
		cr_assert_null(s->why, "BAR%u %u: %s", bar, k, s->why);
}

Test(cli_info, a_table_inside_of_the_registers_is_cut_out)
{
	sim_nvme(&card, "0000:02:00.0", 7);
	cr_assert_eq(look_at(), 0, "%s", err_last());
	fill();
	cr_assert_eq(info.bar[0].nseg, 3);
	segment(0, 0, 0, 0x2000, NULL);
	segment(0, 1, 0x2000, 0x1000, "MSI-X table");
	segment(0, 2, 0x3000, 0x1000, "MSI-X PBA");
	tell(json);
	has("{\"offset\": 8192, \"bytes\": 4096, \"trapped\": \"MSI-X "
	    "table\"}");
	has("{\"offset\": 0, \"bytes\": 8192, \"trapped\": null}");
	gone();
}

Test(cli_info, ports_and_rom_are_trapped)
{
	sim_e1000e(&card, "0000:02:00.0", 7);
	cr_assert_eq(look_at(), 0, "%s", err_last());
	fill();
	segment(0, 0, 0, 128 * KiB, NULL);
	segment(2, 0, 0, 32, "I/O ports");
	cr_assert_eq(info.bar[2].gpa, 0x1000);
	segment(3, 0, 0, 0x1000, "MSI-X table");
	segment(3, 1, 0x1000, 0x1000, NULL);
	segment(3, 2, 0x2000, 0x1000, "MSI-X PBA");
	segment(3, 3, 0x3000, 0x1000, NULL);
	segment(PCI_BAR_ROM, 0, 0, 256 * KiB, "ROM");
	gone();
}

Test(cli_info, what_lies_between_sparse_areas_is_trapped)
{
	sim_bcm5720(&card, "0000:02:00.0", 7);
	card.sparse[0][0] = (struct range){0x8000, 0x1000};
	card.sparse[0][1] = (struct range){0x2000, 0x1000};
	cr_assert_eq(look_at(), 0, "%s", err_last());
	fill();
	cr_assert_eq(info.bar[0].nseg, 5);
	segment(0, 0, 0, 0x2000, "VFIO maps none");
	segment(0, 1, 0x2000, 0x1000, NULL);
	segment(0, 2, 0x3000, 0x5000, "VFIO maps none");
	segment(0, 3, 0x8000, 0x1000, NULL);
	segment(0, 4, 0x9000, 0x7000, "VFIO maps none");
	gone();
}

Test(cli_info, nothing_on_the_device_is_changed)
{
	sim_bcm5720(&card, "0000:02:00.0", 7);
	cr_assert_eq(look_at(), 0, "%s", err_last());
	sim_take("");
	fill();
	tell(both);
	cr_assert_str_eq(sim_take("cim"), "");
	gone();
}

Test(cli_info, a_device_that_fails_is_closed_again)
{
	sim_bcm5720(&card, "0000:02:00.0", 7);
	card.dead = true;
	cr_assert_eq(look_at(), -EIO);
	cr_assert(strstr(err_last(), "0000:02:00.0: "), "%s", err_last());
	gone();
	setup();
	sim_bcm5720(&card, "0000:02:00.0", 7);
	card.cfg[PCI_HEADER_TYPE] = 1;
	cr_assert_eq(look_at(), -EINVAL);
	cr_assert(strstr(err_last(), "0000:02:00.0: header type 1"), "%s",
		  err_last());
	gone();
}
