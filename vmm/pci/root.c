/* SPDX-License-Identifier: BSD-2-Clause */
/* Decodes addresses, splits what crosses a dword, answers for nobody. */
#include "vmm/pci/root.h"

#include <errno.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"

#define ADDRESS_ENABLE (UINT32_C(1) << 31)
#define DATA_PORT      4 /* 0xcfc from 0xcf8 */

/* 1b36:0008 is the ID of a PCIe host bridge made of software; class 0600 */
static const uint8_t host_bridge[64] = {
	[0x00] = 0x36,
	[0x01] = 0x1b,
	[0x02] = 0x08,
	[0x0b] = 0x06,
};

static uint32_t bridge_read(void *opaque, unsigned off, unsigned size)
{
	const uint8_t *space = opaque;

	if (off + size > sizeof(host_bridge))
		return 0;
	return (uint32_t)le_get(space + off, size);
}

static void bridge_write(void *opaque, unsigned off, unsigned size,
			 uint32_t val)
{
	(void)opaque; /* nothing of it can be written */
	(void)off;
	(void)size;
	(void)val;
}

void pci_root_init(struct pci_root *r)
{
	*r = (struct pci_root){0};
	r->fn[0] = (struct pci_function){
		.read = bridge_read,
		.write = bridge_write,
		.opaque = (void *)(uintptr_t)host_bridge,
	};
}

int pci_root_add(struct pci_root *r, unsigned devfn, struct pci_function fn)
{
	if (devfn >= PCI_FUNCTIONS || r->fn[devfn].read)
		return err_set(EEXIST,
			       "guest slot %02x.%u is taken; choose another "
			       "with at=",
			       devfn >> 3, devfn & 7);
	r->fn[devfn] = fn;
	return 0;
}

/* Bytes from @off to the end of its dword, at most @size */
static unsigned in_dword(unsigned off, unsigned size)
{
	unsigned left = 4 - off % 4;

	return size < left ? size : left;
}

static uint32_t fn_read(struct pci_root *r, unsigned devfn, unsigned off,
			unsigned size)
{
	const struct pci_function *f = &r->fn[devfn];
	uint8_t b[4];
	unsigned done = 0;

	if (!f->read)
		return (uint32_t)ones(size);
	while (done < size) {
		unsigned n = in_dword(off + done, size - done);

		if (n == 3) /* 1, 2 and 4 are the sizes there are */
			n = 1;
		le_put(b + done, n, f->read(f->opaque, off + done, n));
		done += n;
	}
	return (uint32_t)le_get(b, size);
}

static void fn_write(struct pci_root *r, unsigned devfn, unsigned off,
		     unsigned size, uint32_t val)
{
	const struct pci_function *f = &r->fn[devfn];
	unsigned done = 0;

	while (f->write && done < size) {
		unsigned n = in_dword(off + done, size - done);

		if (n == 3)
			n = 1;
		f->write(f->opaque, off + done, n,
			 (uint32_t)(val >> 8 * done & ones(n)));
		done += n;
	}
}

/* The function and register that 0xcf8 names; false: none on our bus */
static bool latched(const struct pci_root *r, unsigned *devfn, unsigned *off)
{
	*devfn = r->address >> 8 & 0xff;
	*off = r->address & 0xfc;
	return r->address & ADDRESS_ENABLE && !(r->address >> 16 & 0xff);
}

uint32_t pci_root_port_read(struct pci_root *r, unsigned off, unsigned size)
{
	unsigned devfn;
	unsigned at;

	if (off < DATA_PORT) {
		if (off == 0 && size == 4)
			return r->address;
		return (uint32_t)ones(size);
	}
	if (!latched(r, &devfn, &at) || off - DATA_PORT + size > 4)
		return (uint32_t)ones(size);
	return fn_read(r, devfn, at + off - DATA_PORT, size);
}

void pci_root_port_write(struct pci_root *r, unsigned off, unsigned size,
			 uint32_t val)
{
	unsigned devfn;
	unsigned at;

	if (off == 0 && size == 4)
		r->address = val & ~UINT32_C(0x7f000003);
	if (off >= DATA_PORT && latched(r, &devfn, &at) &&
	    off - DATA_PORT + size <= 4)
		fn_write(r, devfn, at + off - DATA_PORT, size, val);
}

uint64_t pci_root_ecam_read(struct pci_root *r, uint64_t off, unsigned size)
{
	unsigned devfn = (unsigned)(off >> 12) & 0xff;
	unsigned at = (unsigned)off & 0xfff;

	if (at + size > 4096)
		return ones(size);
	if (size < 8)
		return fn_read(r, devfn, at, size);
	return fn_read(r, devfn, at, 4) | (uint64_t)fn_read(r, devfn, at + 4, 4)
						  << 32;
}

void pci_root_ecam_write(struct pci_root *r, uint64_t off, unsigned size,
			 uint64_t val)
{
	unsigned devfn = (unsigned)(off >> 12) & 0xff;
	unsigned at = (unsigned)off & 0xfff;

	if (at + size > 4096)
		return;
	fn_write(r, devfn, at, size < 8 ? size : 4, (uint32_t)val);
	if (size == 8)
		fn_write(r, devfn, at + 4, 4, (uint32_t)(val >> 32));
}
