/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that means harm, or has lost its mind: both processors do nothing but
 * random accesses to configuration space by ports and by ECAM, to BARs wherever
 * they are now, to the MSI-X table, to ports and to holes, of 1 to 8 bytes,
 * aligned or not.  Devices are reset, put to sleep and moved on the way.
 *
 *   seed=S      other accesses
 *   accesses=N  so many by each processor
 *
 * What would only hurt the guest itself is left out: bus mastering, which lets
 * a device write over this program; ports that end the run.
 */
#include "payload.h"
#include "stream.h"

#define NSLOTS       32
#define NFUNCTIONS   8
#define MAX_FUNCTION 16
#define NCAPS        24
#define NBARS        6
#define ECAM_LEN     0x100000
#define CONFIG_ADDR  0xcf8
#define CONFIG_DATA  0xcfc
#define RESET_PORT   0xcf9
#define COMMAND      0x04
#define MASTER       0x04
#define CAP_MSIX     0x11

struct function {
	unsigned slot, fn;
	uint8_t hot[NCAPS]; /* registers that matter: header, capabilities */
	unsigned nhot;
	uint64_t bar[NBARS], size[NBARS]; /* at the start; 0: none */
	uint16_t port, ports;             /* an I/O BAR */
};

struct cpu {
	struct stream s;
	volatile uint32_t done;
};

static struct function function[MAX_FUNCTION];
static unsigned nfunctions;
static uint64_t ecam;
static struct cpu cpu[2];
static uint32_t accesses;

static void memory_read(uint64_t at, unsigned size)
{
	uint8_t buf[8];
	void *d = buf;
	uint64_t n = size;

	if (size == 8)
		(void)*(volatile uint64_t *)at;
	else if (size == 4)
		(void)*(volatile uint32_t *)at;
	else if (size == 2)
		(void)*(volatile uint16_t *)at;
	else /* a string of bytes */
		asm volatile("rep movsb"
			     : "+D"(d), "+S"(at), "+c"(n)
			     :
			     : "memory");
}

static void memory_write(uint64_t at, unsigned size, uint64_t v)
{
	uint64_t n = size;

	if (size == 8)
		*(volatile uint64_t *)at = v;
	else if (size == 4)
		*(volatile uint32_t *)at = (uint32_t)v;
	else if (size == 2)
		*(volatile uint16_t *)at = (uint16_t)v;
	else
		asm volatile("rep stosb"
			     : "+D"(at), "+c"(n)
			     : "a"(v)
			     : "memory");
}

/* @v, for a write to @off, without the bit that lets a device do DMA */
static uint64_t no_master(uint64_t off, unsigned size, uint64_t v)
{
	if (off <= COMMAND && off + size > COMMAND)
		v &= ~((uint64_t)MASTER << 8 * (COMMAND - off));
	return v;
}

/* Registers of a BAR may begin with those of configuration space. */
static void memory(struct cpu *c, uint64_t base, uint64_t off)
{
	unsigned size = stream_size(&c->s);

	if (stream_one_in(&c->s, 2))
		memory_read(base + off, size);
	else
		memory_write(base + off, size,
			     no_master(off, size, stream_value(&c->s)));
}

static const struct function *some(struct cpu *c)
{
	return &function[stream_below(&c->s, nfunctions)];
}

static void by_ecam(struct cpu *c)
{
	const struct function *f = some(c);
	unsigned off = stream_config(&c->s, f->hot, f->nhot);
	unsigned size = 1U << stream_below(&c->s, 4);
	uint64_t at = ecam + (f->slot << 15 | f->fn << 12 | off);

	if (stream_one_in(&c->s, 16)) /* anybody's, or nobody's */
		memory_read(ecam + stream_offset(&c->s, ECAM_LEN), size);
	else if (stream_one_in(&c->s, 2))
		memory_read(at, size);
	else if (off + size <= 4096)
		memory_write(at, size,
			     no_master(off, size, stream_value(&c->s)));
}

static void out(uint16_t port, unsigned size, uint32_t v)
{
	if (size == 1)
		asm volatile("outb %0, %1" : : "a"((uint8_t)v), "d"(port));
	else if (size == 2)
		asm volatile("outw %0, %1" : : "a"((uint16_t)v), "d"(port));
	else
		asm volatile("outl %0, %1" : : "a"(v), "d"(port));
}

static void in(uint16_t port, unsigned size)
{
	uint32_t v;

	if (size == 1)
		asm volatile("inb %1, %b0" : "=a"(v) : "d"(port));
	else if (size == 2)
		asm volatile("inw %1, %w0" : "=a"(v) : "d"(port));
	else
		asm volatile("inl %1, %0" : "=a"(v) : "d"(port));
}

/*
 * The other processor may have changed the address in between, so a write may
 * go anywhere: not one that could be to COMMAND with the bit set.
 */
static void by_ports(struct cpu *c)
{
	const struct function *f = some(c);
	unsigned off = stream_config(&c->s, f->hot, f->nhot),
		 size = 1U << stream_below(&c->s, 3);
	uint32_t v = (uint32_t)stream_value(&c->s) & ~UINT32_C(0x04040404);

	out(CONFIG_ADDR, 4,
	    UINT32_C(0x80000000) | f->slot << 11 | f->fn << 8 | (off & 0xff));
	if (stream_one_in(&c->s, 2))
		in((uint16_t)(CONFIG_DATA + stream_below(&c->s, 4)), size);
	else
		out((uint16_t)(CONFIG_DATA + stream_below(&c->s, 4)), size, v);
	if (stream_one_in(&c->s, 8))
		out(CONFIG_ADDR, 4, (uint32_t)stream_value(&c->s));
	if (stream_one_in(&c->s, 8))
		in((uint16_t)(CONFIG_ADDR + stream_below(&c->s, 4)), size);
}

/* Where it was at the start, or is now, if no memory can be there */
static uint64_t bar_now(struct cpu *c, const struct function *f, unsigned i)
{
	uint64_t now;

	if (stream_one_in(&c->s, 2))
		return f->bar[i];
	now = pci_bar(f->slot, f->fn, i);
	if (now >= STREAM_HOLE &&
	    now <= STREAM_HOLE + STREAM_HOLE_LEN - f->size[i])
		return now;
	return f->bar[i];
}

static void by_bar(struct cpu *c)
{
	const struct function *f = some(c);
	unsigned i = stream_below(&c->s, NBARS);

	if (f->bar[i])
		memory(c, bar_now(c, f, i), stream_offset(&c->s, f->size[i]));
	else if (f->ports)
		in((uint16_t)(f->port + stream_offset(&c->s, f->ports)),
		   1U << stream_below(&c->s, 3));
}

static void by_hole(struct cpu *c)
{
	memory(c, STREAM_HOLE, stream_any(&c->s) % (STREAM_HOLE_LEN - 8));
}

/* Those that end the run or are our own voice; and what they lie between */
static bool spared(unsigned port, unsigned size)
{
	static const struct {
		uint16_t first, last;
	} own[] = {
		{0x60, 0x64},   {0xf4, 0xf4},   {0x3f8, 0x3ff},
		{0x505, 0x505}, {0x604, 0x605}, {CONFIG_ADDR, 0xcff},
	};

	for (unsigned i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (port <= own[i].last && port + size > own[i].first)
			return true;
	return false;
}

static void by_port(struct cpu *c)
{
	uint32_t port =
		stream_below(&c->s, stream_one_in(&c->s, 2) ? 0x1000 : 0x10000);
	unsigned size = 1U << stream_below(&c->s, 3);

	if (spared(port, size))
		in(RESET_PORT, 1);
	else if (stream_one_in(&c->s, 2))
		in((uint16_t)port, size);
	else
		out((uint16_t)port, size, (uint32_t)stream_value(&c->s));
}

static void work(struct cpu *c)
{
	static void (*const kind[])(struct cpu *) = {
		by_ecam, by_ecam, by_ports, by_bar,
		by_bar,  by_bar,  by_hole,  by_port,
	};

	for (uint32_t i = 0; i < accesses; i++) {
		kind[stream_below(&c->s, sizeof(kind) / sizeof(kind[0]))](c);
		c->done = i + 1;
	}
}

static void second(void)
{
	work(&cpu[1]);
}

static void note_bars(struct function *f)
{
	for (unsigned i = 0; i < NBARS; i++) {
		uint32_t reg = pci_get(f->slot, f->fn, 0x10 + 4 * i, 4);

		if (reg & 1) {
			f->port = (uint16_t)(reg & ~3U);
			f->ports = 256;
			continue;
		}
		f->size[i] = pci_bar_size(f->slot, f->fn, i);
		f->bar[i] =
			f->size[i] ? page_map(pci_bar(f->slot, f->fn, i)) : 0;
		if (reg & 4)
			i++;
	}
}

static void note_hot(struct function *f)
{
	unsigned at = pci_get(f->slot, f->fn, 0x34, 1);

	f->hot[f->nhot++] = 0x04;
	f->hot[f->nhot++] = 0x10;
	f->hot[f->nhot++] = 0x24;
	while (at && f->nhot < NCAPS) {
		f->hot[f->nhot++] = (uint8_t)at;
		at = pci_get(f->slot, f->fn, at + 1, 1);
	}
}

static void find_functions(void)
{
	for (unsigned i = 0; i < NSLOTS * NFUNCTIONS; i++) {
		struct function *f = &function[nfunctions];

		f->slot = i / NFUNCTIONS;
		f->fn = i % NFUNCTIONS;
		if (pci_get(f->slot, f->fn, 0, 2) == 0xffff ||
		    nfunctions == MAX_FUNCTION)
			continue;
		note_hot(f);
		note_bars(f);
		nfunctions++;
	}
}

int payload_main(void)
{
	uint64_t len;
	uint32_t seed = arg_u32("seed", 1);

	if (!report(irq_init() && pci_init(), "APICs and a PCI host bridge"))
		return 1;
	accesses = arg_u32("accesses", 10000);
	dt_reg(dt_compatible("pci-host-ecam-generic"), &ecam, &len);
	find_functions();
	print("%u functions, seed %u\n", nfunctions, seed);
	for (unsigned i = 0; i < 2; i++)
		stream_seed(&cpu[i].s, seed, i);
	if (!report(cpu_start(second), "a second processor (--cpus 2)"))
		return 1;
	work(&cpu[0]);
	while (cpu[1].done < accesses)
		asm volatile("pause");
	print("accesses: %u\n", cpu[0].done + cpu[1].done);
	return 0;
}
