/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACPI tables, written one behind the other as offsets and values.
 *
 * Knows the tables' layout; what the machine has comes from the platform, and
 * the AML from dsdt.asl, in which only the named integers are changed.
 */
#include "vmm/boot/acpi.h"

#include <errno.h>

#include "base/err.h"

#include "dsdt_aml.h"

#define HDR_LEN   36 /* signature, length, revision, checksum, ids */
#define TABLE_MAX 1024
#define ALIGN     64 /* the FACS wants it; for the others it is tidy */

#define RSDP_LEN    36
#define RSDP_V1_LEN 20 /* the part that the first checksum covers */
#define FACS_LEN    64
#define FADT_LEN    276
#define FADT_REV    6
#define MADT_REV    4
#define MCFG_LEN    60
#define XSDT_N      3

/* FADT "Fixed ACPI Description Table Fixed Feature Flags", table 5.10 */
#define FADT_WBINVD     (1 << 0)
#define FADT_PROC_C1    (1 << 2)
#define FADT_NO_PWR_BTN (1 << 4) /* set: not a fixed button */
#define FADT_NO_SLP_BTN (1 << 5)
#define FADT_NO_FIX_RTC (1 << 6)
#define FADT_RESET_REG  (1 << 10)
#define FADT_FLAGS                                                             \
	(FADT_WBINVD | FADT_PROC_C1 | FADT_NO_PWR_BTN | FADT_NO_SLP_BTN |      \
	 FADT_NO_FIX_RTC | FADT_RESET_REG)

/* IAPC_BOOT_ARCH, table 5.11: ISA devices there; no 8042; CMOS RTC there */
#define BOOT_LEGACY (1 << 0)
#define BOOT_NO_VGA (1 << 2)

/* Interrupt flags of a MADT override, table 5.26 */
#define ISO_BUS_DEFAULT 0x0
#define ISO_LEVEL_HIGH  0xd

/* Bytes of the tables so far; @len is also the offset of the next one */
struct area {
	uint8_t *hva;
	size_t len;
};

struct table {
	uint8_t *hva;
	uint64_t gpa;
	size_t len;
};

static struct table table_new(struct area *a, size_t len)
{
	struct table t = {a->hva + a->len, PLAT_ACPI_GPA + a->len, len};

	a->len = align_up(a->len + len, ALIGN);
	return t;
}

static uint8_t checksum(const uint8_t *p, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += p[i];
	return (uint8_t)-sum;
}

static void table_seal(struct table t)
{
	t.hva[9] = 0;
	t.hva[9] = checksum(t.hva, t.len);
}

static void table_header(struct table t, const char *sig, unsigned rev)
{
	memcpy(t.hva, sig, 4);
	le_put(t.hva + 4, 4, t.len);
	le_put(t.hva + 8, 1, rev);
	memcpy(t.hva + 10, "PASSTHPASSTHRU", 14);
	le_put(t.hva + 24, 4, 1);
	memcpy(t.hva + 28, "PASS", 4);
	le_put(t.hva + 32, 4, 1);
}

/*
 * The DSDT's named integers: in AML, NameOp, four letters, QWordPrefix and the
 * placeholder of dsdt.asl.  Exactly one such place must exist.
 */
static int patch(struct table t, const char *name, unsigned nr, uint64_t val)
{
	uint8_t want[14] = {0x08, 0, 0, 0, 0, 0x0e};
	uint8_t *at;

	memcpy(want + 1, name, 4);
	le_put(want + 6, 8, UINT64_C(0x5041544348000000) + nr);
	at = memmem(t.hva, t.len, want, sizeof(want));
	if (!at || memmem(at + 1, t.len - (size_t)(at + 1 - t.hva), want,
			  sizeof(want)))
		return err_set(EINVAL,
			       "DSDT: the integer %s is not there once; this "
			       "passthru was built from a wrong dsdt.asl: make "
			       "clean all",
			       name);
	le_put(at + 6, 8, val);
	return 0;
}

static int write_dsdt(struct table t, const struct platform *p)
{
	const struct {
		const char *base, *len;
		struct range r;
	} win[] = {
		{"ECMB", "ECML", p->ecam},
		{"PIOB", "PIOL", p->pio},
		{"M32B", "M32L", p->mmio32},
		{"M64B", "M64L", p->mmio64},
	};
	int rc = 0;

	memcpy(t.hva, dsdt_aml, sizeof(dsdt_aml));
	for (unsigned i = 0; !rc && i < ARRAY_SIZE(win); i++) {
		rc = patch(t, win[i].base, 2 * i + 1, win[i].r.start);
		if (!rc)
			rc = patch(t, win[i].len, 2 * i + 2, win[i].r.len);
	}
	table_seal(t);
	return rc;
}

/* Generic address of an I/O port @bits wide, accessed in @size-byte pieces. */
static void put_gas(uint8_t *p, unsigned port, unsigned bits, unsigned size)
{
	le_put(p, 1, 1); /* system I/O */
	le_put(p + 1, 1, bits);
	le_put(p + 3, 1, size); /* 1 and 2 mean byte and word */
	le_put(p + 4, 8, port);
}

/* Offsets: ACPI 6.5 table 5.9.  What is not here is zero: not there. */
static void write_fadt(struct table t, uint64_t dsdt, uint64_t facs)
{
	const struct {
		unsigned off, size;
		uint64_t val;
	} field[] = {
		/* clang-format off */
		{  36, 4, facs },
		{  40, 4, dsdt },
		{  46, 2, PLAT_GSI_SCI },
		{  56, 4, PLAT_PORT_PM1_EVT },
		{  64, 4, PLAT_PORT_PM1_CNT },
		{  88, 1, 4 },                  /* PM1_EVT_LEN */
		{  89, 1, 2 },                  /* PM1_CNT_LEN */
		{  96, 2, 0xffff },             /* P_LVL2_LAT: no C2 */
		{  98, 2, 0xffff },             /* P_LVL3_LAT: no C3 */
		{ 109, 2, BOOT_LEGACY | BOOT_NO_VGA },
		{ 112, 4, FADT_FLAGS },
		{ 128, 1, PLAT_RESET_VALUE },
		{ 140, 8, dsdt },
		/* clang-format on */
	};

	for (unsigned i = 0; i < ARRAY_SIZE(field); i++)
		le_put(t.hva + field[i].off, field[i].size, field[i].val);
	put_gas(t.hva + 116, PLAT_PORT_RESET, 8, 1);
	put_gas(t.hva + 148, PLAT_PORT_PM1_EVT, 32, 2);
	put_gas(t.hva + 172, PLAT_PORT_PM1_CNT, 16, 2);
	table_header(t, "FACP", FADT_REV);
	table_seal(t);
}

/* Where the OS keeps its wake vector and global lock; no checksum. */
static void write_facs(struct table t)
{
	memcpy(t.hva, "FACS", 4);
	le_put(t.hva + 4, 4, FACS_LEN);
	le_put(t.hva + 32, 1, 2); /* version */
}

/* An ISA interrupt that is wired or behaves other than ISA's default. */
static uint8_t *put_override(uint8_t *p, unsigned irq, unsigned gsi,
			     unsigned flags)
{
	le_put(p, 1, 2);
	le_put(p + 1, 1, 10);
	le_put(p + 3, 1, irq);
	le_put(p + 4, 4, gsi);
	le_put(p + 8, 2, flags);
	return p + 10;
}

static uint8_t *put_lapic(uint8_t *p, unsigned id)
{
	le_put(p + 1, 1, 8);
	le_put(p + 2, 1, id); /* processor UID */
	le_put(p + 3, 1, id); /* APIC ID */
	le_put(p + 4, 4, 1);  /* enabled */
	return p + 8;
}

static size_t madt_len(const struct platform *p)
{
	return HDR_LEN + 8 + 8 * p->ncpus + 12 + 2 * 10 + 6;
}

/* Rows: ACPI 6.5, 5.2.12.  The PIT's line comes in at pin 2, as on a PC. */
static void write_madt(struct table t, const struct platform *p)
{
	uint8_t *q = t.hva + HDR_LEN;

	le_put(q, 4, PLAT_LAPIC_GPA);
	le_put(q + 4, 4, 1); /* two 8259 as well */
	q += 8;
	for (unsigned i = 0; i < p->ncpus; i++)
		q = put_lapic(q, i);
	le_put(q, 1, 1); /* I/O APIC, id 0, first GSI 0 */
	le_put(q + 1, 1, 12);
	le_put(q + 4, 4, PLAT_IOAPIC_GPA);
	q = put_override(q + 12, 0, 2, ISO_BUS_DEFAULT);
	q = put_override(q, PLAT_GSI_SCI, PLAT_GSI_SCI, ISO_LEVEL_HIGH);
	le_put(q, 1, 4); /* NMI: all processors, LINT1 */
	le_put(q + 1, 1, 6);
	le_put(q + 2, 1, 0xff);
	le_put(q + 5, 1, 1);
	table_header(t, "APIC", MADT_REV);
	table_seal(t);
}

/* Segment 0, buses 0 to 0. */
static void write_mcfg(struct table t, const struct platform *p)
{
	le_put(t.hva + HDR_LEN + 8, 8, p->ecam.start);
	table_header(t, "MCFG", 1);
	table_seal(t);
}

static void write_xsdt(struct table t, const uint64_t gpa[XSDT_N])
{
	for (unsigned i = 0; i < XSDT_N; i++)
		le_put(t.hva + HDR_LEN + 8 * i, 8, gpa[i]);
	table_header(t, "XSDT", 1);
	table_seal(t);
}

static void write_rsdp(struct table t, uint64_t xsdt)
{
	memcpy(t.hva, "RSD PTR ", 8);
	memcpy(t.hva + 9, "PASSTH", 6);
	le_put(t.hva + 15, 1, 2); /* revision: has an XSDT; the RSDT is 0 */
	le_put(t.hva + 20, 4, RSDP_LEN);
	le_put(t.hva + 24, 8, xsdt);
	t.hva[8] = checksum(t.hva, RSDP_V1_LEN);
	t.hva[32] = checksum(t.hva, RSDP_LEN);
}

static_assert(sizeof(dsdt_aml) + 7 * TABLE_MAX <= PLAT_ACPI_LEN &&
		      HDR_LEN + 8 * PLAT_MAX_CPUS + 64 <= TABLE_MAX,
	      "the tables fit their area");

int acpi_write(const struct platform *p, const struct gmem *m)
{
	struct area a = {gmem_at(m, PLAT_ACPI_GPA, PLAT_ACPI_LEN), 0};
	struct table rsdp, xsdt, facs, fadt, madt, mcfg, dsdt;

	if (!a.hva)
		return err_set(E2BIG, "no guest memory for ACPI tables; give "
				      "the guest more: --memory 512M");
	rsdp = table_new(&a, RSDP_LEN);
	xsdt = table_new(&a, HDR_LEN + 8 * XSDT_N);
	facs = table_new(&a, FACS_LEN);
	fadt = table_new(&a, FADT_LEN);
	madt = table_new(&a, madt_len(p));
	mcfg = table_new(&a, MCFG_LEN);
	dsdt = table_new(&a, sizeof(dsdt_aml));
	write_rsdp(rsdp, xsdt.gpa);
	write_xsdt(xsdt, (uint64_t[]){fadt.gpa, madt.gpa, mcfg.gpa});
	write_facs(facs);
	write_fadt(fadt, dsdt.gpa, facs.gpa);
	write_madt(madt, p);
	write_mcfg(mcfg, p);
	return write_dsdt(dsdt, p);
}
