/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ACPI tables as an operating system finds them: from the RSDP, with
 * checksums; and the DSDT as ACPICA's own interpreter evaluates it.
 */
#include "test_boot_guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "vmm/boot/acpi.h"

#define HDR 36

static struct guest acpi_guest(unsigned ncpus, uint64_t ram, unsigned bits)
{
	struct guest g = guest_new(ncpus, ram, bits);

	cr_assert_eq(acpi_write(&g.p, &g.m), 0, "%s", err_last());
	return g;
}

static unsigned sum(const uint8_t *p, size_t len)
{
	unsigned s = 0;

	while (len--)
		s += *p++;
	return s & 0xff;
}

/* GPA of a table that lies in the area, after its checksum is verified. */
static uint64_t verified(const struct guest *g, uint64_t gpa)
{
	uint64_t len = guest_get(g, gpa + 4, 4);
	struct range t = {gpa, len}, area = {PLAT_ACPI_GPA, PLAT_ACPI_LEN};

	cr_assert(range_in(t, area));
	cr_assert_geq(len, HDR);
	cr_expect_eq(sum(guest_at(g, gpa, len), len), 0, "%.4s",
		     guest_at(g, gpa, len));
	return gpa;
}

static uint64_t xsdt(const struct guest *g)
{
	const uint8_t *r = guest_at(g, PLAT_ACPI_GPA, 36);

	cr_assert_eq(memcmp(r, "RSD PTR ", 8), 0);
	cr_expect_eq(sum(r, 20), 0);
	cr_expect_eq(sum(r, 36), 0);
	cr_expect_eq(r[15], 2);
	cr_expect_eq(le_get(r + 20, 4), 36);
	return verified(g, le_get(r + 24, 8));
}

/* The table of that signature that the XSDT lists. */
static uint64_t find(const struct guest *g, const char *sig)
{
	uint64_t x = xsdt(g), end = x + guest_get(g, x + 4, 4);

	for (uint64_t at = x + HDR; at < end; at += 8) {
		uint64_t t = verified(g, guest_get(g, at, 8));

		if (!memcmp(guest_at(g, t, 4), sig, 4))
			return t;
	}
	cr_assert_fail("no %s", sig);
	return 0;
}

static uint64_t dsdt(const struct guest *g)
{
	uint64_t fadt = find(g, "FACP");

	cr_expect_eq(guest_get(g, fadt + 40, 4), guest_get(g, fadt + 140, 8));
	return verified(g, guest_get(g, fadt + 40, 4));
}

Test(boot_acpi, tables_fit_and_none_overlap)
{
	struct guest g = acpi_guest(PLAT_MAX_CPUS, 512 * MiB, 40);
	uint64_t fadt = find(&g, "FACP");
	const uint64_t at[] = {PLAT_ACPI_GPA,
			       xsdt(&g),
			       fadt,
			       guest_get(&g, fadt + 36, 4),
			       find(&g, "APIC"),
			       find(&g, "MCFG"),
			       dsdt(&g)};

	for (unsigned i = 0; i < ARRAY_SIZE(at); i++) {
		struct range a = {at[i], i ? guest_get(&g, at[i] + 4, 4) : 36};

		for (unsigned k = 0; k < i; k++) {
			struct range b = {at[k],
					  k ? guest_get(&g, at[k] + 4, 4) : 36};

			cr_expect_not(range_overlaps(a, b), "%u %u", i, k);
		}
	}
}

static void expect_gas(const struct guest *g, uint64_t at, unsigned bits,
		       unsigned port)
{
	cr_expect_eq(guest_get(g, at, 1), 1); /* I/O space */
	cr_expect_eq(guest_get(g, at + 1, 1), bits);
	cr_expect_eq(guest_get(g, at + 4, 8), port);
}

Test(boot_acpi, fadt)
{
	struct guest g = acpi_guest(1, 512 * MiB, 40);
	uint64_t t = find(&g, "FACP");

	cr_expect_eq(guest_get(&g, t + 4, 4), 276);
	cr_expect_eq(guest_get(&g, t + 46, 2), PLAT_GSI_SCI);
	cr_expect_eq(guest_get(&g, t + 48, 4), 0); /* no SMI_CMD */
	cr_expect_eq(guest_get(&g, t + 56, 4), PLAT_PORT_PM1_EVT);
	cr_expect_eq(guest_get(&g, t + 64, 4), PLAT_PORT_PM1_CNT);
	cr_expect_eq(guest_get(&g, t + 88, 1), 4);
	cr_expect_eq(guest_get(&g, t + 89, 1), 2);
	cr_expect_eq(guest_get(&g, t + 91, 1), 0);  /* no PM timer */
	cr_expect_eq(guest_get(&g, t + 109, 2), 5); /* ISA, no 8042, no VGA */
	cr_expect(guest_get(&g, t + 112, 4) & 1 << 10);     /* reset register */
	cr_expect_not(guest_get(&g, t + 112, 4) & 1 << 20); /* full ACPI */
	expect_gas(&g, t + 116, 8, PLAT_PORT_RESET);
	cr_expect_eq(guest_get(&g, t + 128, 1), PLAT_RESET_VALUE);
	expect_gas(&g, t + 148, 32, PLAT_PORT_PM1_EVT);
	expect_gas(&g, t + 172, 16, PLAT_PORT_PM1_CNT);
}

Test(boot_acpi, facs_is_aligned)
{
	struct guest g = acpi_guest(1, 512 * MiB, 40);
	uint64_t facs = guest_get(&g, find(&g, "FACP") + 36, 4);

	cr_expect_eq(facs % 64, 0);
	cr_expect_eq(memcmp(guest_at(&g, facs, 4), "FACS", 4), 0);
	cr_expect_eq(guest_get(&g, facs + 4, 4), 64);
}

Test(boot_acpi, madt)
{
	struct guest g = acpi_guest(3, 512 * MiB, 40);
	uint64_t t = find(&g, "APIC"), end = t + guest_get(&g, t + 4, 4);
	unsigned ncpus = 0, seen = 0;

	cr_expect_eq(guest_get(&g, t + HDR, 4), PLAT_LAPIC_GPA);
	for (uint64_t at = t + HDR + 8; at < end;) {
		unsigned type = (unsigned)guest_get(&g, at, 1);

		seen |= 1u << type;
		if (type == 0)
			cr_expect_eq(guest_get(&g, at + 3, 1), ncpus++);
		if (type == 1)
			cr_expect_eq(guest_get(&g, at + 4, 8), PLAT_IOAPIC_GPA);
		if (type == 2 && guest_get(&g, at + 3, 1) == 0)
			cr_expect_eq(guest_get(&g, at + 4, 4), 2);
		if (type == 2 && guest_get(&g, at + 3, 1) == PLAT_GSI_SCI)
			cr_expect_eq(guest_get(&g, at + 8, 2), 0xd);
		cr_assert_gt(guest_get(&g, at + 1, 1), 0);
		at += guest_get(&g, at + 1, 1);
		cr_assert_leq(at, end);
	}
	cr_expect_eq(ncpus, 3);
	cr_expect_eq(seen, 0x17);
}

Test(boot_acpi, mcfg)
{
	struct guest g = acpi_guest(1, 512 * MiB, 40);
	uint64_t t = find(&g, "MCFG");

	cr_expect_eq(guest_get(&g, t + 4, 4), HDR + 8 + 16);
	cr_expect_eq(guest_get(&g, t + 44, 8), PLAT_ECAM_GPA);
	cr_expect_eq(guest_get(&g, t + 52, 4), 0); /* segment, buses 0 to 0 */
}

/* The DSDT in ACPICA's hands */

/* Writes it to a file in a new directory @dir (a mkdtemp template). */
static void save_dsdt(const struct guest *g, char *dir)
{
	uint64_t t = dsdt(g), len = guest_get(g, t + 4, 4);
	char path[64];
	FILE *f;

	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/dsdt.aml", dir);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	cr_assert_eq(fwrite(guest_at(g, t, len), 1, len, f), len);
	fclose(f);
}

/* What a shell command prints in @dir; static memory. */
static const char *output(const char *dir, const char *what)
{
	static char text[256 * 1024];
	char cmd[256];
	size_t n;
	FILE *f;

	snprintf(cmd, sizeof(cmd), "cd %s && { %s; } 2>&1", dir, what);
	f = popen(cmd, "r");
	cr_assert_not_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	cr_expect_eq(pclose(f), 0, "%s: %s", cmd, text);
	return text;
}

static void need(const char *tool)
{
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "command -v %s >/dev/null 2>&1", tool);
	if (system(cmd))
		cr_skip_test("no %s: apt-get install acpica-tools", tool);
}

static void remove_dir(const char *dir)
{
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	output("/", cmd);
}

static void expect_text(const char *text, const char *want)
{
	cr_expect_not_null(strstr(text, want), "no \"%s\" in %s", want, text);
}

/* The named integer as iasl's disassembler prints it; 0 is "Zero". */
static void expect_name(const char *asl, const char *name, uint64_t val)
{
	char want[64];

	snprintf(want, sizeof(want), "Name (%s, 0x%016llX)", name,
		 (unsigned long long)val);
	expect_text(asl, want);
}

static void expect_windows(const struct guest *g)
{
	char dir[] = "/tmp/test_boot_acpi_XXXXXX";
	const char *asl;

	need("iasl");
	save_dsdt(g, dir);
	asl = output(dir, "iasl -d dsdt.aml && cat dsdt.dsl");
	expect_name(asl, "ECMB", g->p.ecam.start);
	expect_name(asl, "ECML", g->p.ecam.len);
	expect_name(asl, "PIOB", g->p.pio.start);
	expect_name(asl, "PIOL", g->p.pio.len);
	expect_name(asl, "M32B", g->p.mmio32.start);
	expect_name(asl, "M32L", g->p.mmio32.len);
	expect_name(asl, "M64B", g->p.mmio64.start);
	expect_name(asl, "M64L", g->p.mmio64.len);
	remove_dir(dir);
}

Test(boot_dsdt, disassembles_with_the_platforms_windows)
{
	struct guest g = acpi_guest(1, 512 * MiB, 40);

	expect_windows(&g);
}

Test(boot_dsdt, windows_move_with_ram)
{
	struct guest g = acpi_guest(1, 700 * GiB, 40);

	cr_expect_neq(g.p.mmio64.start, UINT64_C(1) << 39);
	expect_windows(&g);
}

/* Whatever the width and RAM: behind RAM, above 4 GiB, and no bit too many */
Test(boot_dsdt, the_high_window_stays_inside_the_address_width)
{
	static const uint64_t ram[] = {64 * MiB, 4 * GiB, 63 * GiB, 700 * GiB};
	struct platform p;

	for (unsigned bits = 33; bits <= 52; bits++) {
		for (unsigned i = 0; i < ARRAY_SIZE(ram); i++) {
			if (platform_init(&p, 1, ram[i], bits))
				continue; /* RAM alone is too much */
			if (!p.mmio64.len)
				continue;
			cr_expect_eq(range_last(p.mmio64) >> bits, 0, "%u bits",
				     bits);
			cr_expect_eq(range_last(p.mmio64) >> 46, 0,
				     "old kernels' page tables");
			cr_expect_geq(p.mmio64.start, 4 * GiB);
			cr_expect_gt(p.mmio64.start,
				     range_last(p.ram[p.nram - 1]));
		}
		cr_expect_eq(platform_init(&p, 1, 64 * MiB, bits), 0);
		cr_expect(p.mmio64.len, "%u bits leave room", bits);
	}
}

Test(boot_dsdt, devices_are_at_the_platforms_ports)
{
	struct guest g = acpi_guest(1, 512 * MiB, 40);
	char dir[] = "/tmp/test_boot_acpi_XXXXXX", want[64];
	static const unsigned ports[] = {
		PLAT_PORT_COM1, PLAT_PORT_COM2,    PLAT_PORT_COM3,
		PLAT_PORT_RTC,  PLAT_PORT_PVPANIC, PLAT_PORT_PCI_CONFIG};
	const char *asl;

	need("iasl");
	save_dsdt(&g, dir);
	asl = output(dir, "iasl -d dsdt.aml && tr -s ' \\n' ' ' <dsdt.dsl");
	for (unsigned i = 0; i < ARRAY_SIZE(ports); i++) {
		snprintf(want, sizeof(want), "IO (Decode16, 0x%04X,", ports[i]);
		expect_text(asl, want);
	}
	snprintf(want, sizeof(want), "{%u}", PLAT_GSI_COM1);
	expect_text(asl, want);
	snprintf(want, sizeof(want), "{%u}", PLAT_GSI_COM2);
	expect_text(asl, want);
	snprintf(want, sizeof(want), "{%u}", PLAT_GSI_RTC);
	expect_text(asl, want);
	remove_dir(dir);
}

/* Bytes of a buffer that acpiexec dumps as lines "  0010: 47 01 ...  // ..." */
static size_t dumped(const char *text, uint8_t *buf, size_t cap)
{
	const char *p = strstr(text, "[Buffer]");
	size_t n = 0;

	for (p = p ? strchr(p, '\n') : NULL; p; p = strchr(p + 1, '\n')) {
		unsigned off, byte;
		int used = 0;
		const char *q = p;

		if (sscanf(q, " %x: %n", &off, &used) != 1 || !used)
			break;
		q += used;
		while (n < cap && sscanf(q, "%2x %n", &byte, &used) == 1) {
			buf[n++] = (uint8_t)byte;
			q += used;
		}
	}
	return n;
}

/* \_SB.PCI0._CRS of @g, evaluated. */
static size_t evaluate_crs(const struct guest *g, uint8_t *buf, size_t cap)
{
	char dir[] = "/tmp/test_boot_acpi_XXXXXX";
	size_t n;

	need("acpiexec");
	save_dsdt(g, dir);
	n = dumped(output(dir, "acpiexec -b 'evaluate \\_SB.PCI0._CRS' "
			       "dsdt.aml"),
		   buf, cap);
	remove_dir(dir);
	return n;
}

/*
 * Next address space descriptor of @type (0x87 for 32 bits, 0x8a for 64) and
 * resource kind (0 memory, 1 I/O): ACPI 6.5, 6.4.3.5.
 */
static const uint8_t *find_window(const uint8_t *crs, size_t len, uint8_t type,
				  uint8_t kind)
{
	for (size_t at = 0; at + 3 < len;) {
		bool large = crs[at] & 0x80;

		if (crs[at] == type && crs[at + 3] == kind)
			return crs + at;
		at += large ? 3 + le_get(crs + at + 1, 2) : 1u + (crs[at] & 7);
	}
	return NULL;
}

/* Minimum, maximum and length fields of @width bytes. */
static void expect_window(const uint8_t *w, size_t width, struct range r)
{
	cr_assert_not_null(w);
	cr_expect_eq(le_get(w + 6 + width, width), r.start);
	cr_expect_eq(le_get(w + 6 + 2 * width, width), range_last(r));
	cr_expect_eq(le_get(w + 6 + 4 * width, width), r.len);
}

Test(boot_dsdt, crs_evaluates_to_the_windows)
{
	struct guest g = acpi_guest(1, 5 * GiB, 40);
	uint8_t crs[256];
	size_t n = evaluate_crs(&g, crs, sizeof(crs));

	expect_window(find_window(crs, n, 0x87, 1), 4, g.p.pio);
	expect_window(find_window(crs, n, 0x87, 0), 4, g.p.mmio32);
	expect_window(find_window(crs, n, 0x8a, 0), 8, g.p.mmio64);
}

/* 32 address bits leave no room above 4 GiB. */
Test(boot_dsdt, crs_without_a_64_bit_window)
{
	struct guest g = acpi_guest(1, 512 * MiB, 32);
	uint8_t crs[256];
	size_t n = evaluate_crs(&g, crs, sizeof(crs));

	cr_expect_eq(g.p.mmio64.len, 0);
	expect_window(find_window(crs, n, 0x87, 0), 4, g.p.mmio32);
	cr_expect_null(find_window(crs, n, 0x8a, 0));
}

/* Rows of four integers: slot << 16 | 0xffff, pin from 0, 0, GSI. */
Test(boot_dsdt, prt_is_the_platforms_rule)
{
	struct guest g = acpi_guest(1, 512 * MiB, 40);
	char dir[] = "/tmp/test_boot_acpi_XXXXXX";
	unsigned long long row[4];
	unsigned rows = 0;
	const char *p;

	need("acpiexec");
	save_dsdt(&g, dir);
	p = output(dir, "acpiexec -b 'evaluate \\_SB.PCI0._PRT' dsdt.aml");
	while ((p = strstr(p, "Contains 4 Elements:"))) {
		for (unsigned i = 0; i < 4; i++) {
			p = strstr(p, "[Integer] = ") + 12;
			row[i] = strtoull(p, NULL, 16);
		}
		cr_expect_eq(row[0], (uint64_t)(rows / 4) << 16 | 0xffff);
		cr_expect_eq(row[1], rows % 4);
		cr_expect_eq(row[2], 0);
		cr_expect_eq(row[3], platform_intx_gsi(rows / 4, rows % 4 + 1));
		rows++;
	}
	cr_expect_eq(rows, 128);
	remove_dir(dir);
}
