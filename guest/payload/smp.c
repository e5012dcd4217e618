/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second processor.  INIT, then a start-up interrupt with the page where its
 * first instructions are: Intel SDM volume 3, 9.4 (MP initialization), 11.6.1
 * (ICR).
 */
#include "payload.h"

#define BOOT_PAGE   0x10 /* number of a page that nothing else uses */
#define ICR_LOW     0x300
#define ICR_HIGH    0x310
#define ICR_INIT    0x4500 /* level assert, fixed by the bus long ago */
#define ICR_STARTUP 0x4600
#define PATIENCE_MS 1000

/* In ap.S; ap_main is what it calls. */
extern const uint8_t ap_boot[], ap_boot_end[], ap_gdtr[], ap_cr3[];
void ap_main(void);
void *memcpy(void *dst, const void *src, size_t n);

struct __attribute__((packed)) gdtr {
	uint16_t limit;
	uint64_t base; /* the first four bytes are what real mode loads */
};

static void (*volatile job)(void);
static volatile bool up;

void ap_main(void)
{
	up = true;
	job();
}

static void put_boot_code(void)
{
	uint8_t *page = (uint8_t *)(uint64_t)(BOOT_PAGE << 12);
	struct gdtr gdtr;
	uint64_t cr3;

	asm volatile("sgdt %0" : "=m"(gdtr));
	asm volatile("mov %%cr3, %0" : "=r"(cr3));
	memcpy(page, ap_boot, (size_t)(ap_boot_end - ap_boot));
	memcpy(page + (ap_gdtr - ap_boot), &gdtr, 6);
	memcpy(page + (ap_cr3 - ap_boot), &cr3, 4);
}

static void send(uint32_t command)
{
	uint64_t lapic = irq_message(0).addr;

	mmio_put32(lapic + ICR_HIGH, 1 << 24); /* APIC ID 1 */
	mmio_put32(lapic + ICR_LOW, command);
	sleep_ms(10);
}

bool cpu_start(void (*fn)(void))
{
	job = fn;
	put_boot_code();
	send(ICR_INIT);
	send(ICR_STARTUP | BOOT_PAGE);
	for (unsigned ms = 0; ms < PATIENCE_MS && !up; ms++)
		sleep_ms(1);
	return up;
}
