/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts: some vectors that are counted, one for the timer that limits how
 * long they are waited for, one for every exception.
 *
 * Register offsets: Intel SDM volume 3, 11.4 (local APIC); 82093AA data sheet
 * (I/O APIC).
 */
#include "payload.h"

#define CODE64       0x10 /* selector that the VMM set up */
#define GATE_INT     0x8e /* present, 64-bit interrupt gate */
#define VECTOR_IRQ   0x40
#define VECTOR_TIMER 0x60
#define VECTOR_SPUR  0xff
#define ENTRY_LEN    16 /* of irq_entry and those behind it */
#define LAPIC_EOI    0xb0
#define LAPIC_SVR    0xf0
#define LAPIC_TIMER  0x320 /* entry of the local vector table: one-shot */
#define LAPIC_INIT   0x380 /* initial count: starts it */
#define LAPIC_DIVIDE 0x3e0
#define SVR_ENABLE   0x100
#define DIVIDE_BY_1  0xb
#define TICKS_MS     1000000 /* KVM's timer has a clock of 1 GHz */
#define LIMIT_MS     3000
#define IOAPIC_INDEX 0x00
#define IOAPIC_DATA  0x10
#define IOAPIC_REDIR 0x10 /* two registers a pin from here */
#define REDIR_LOW    (1 << 13)
#define REDIR_LEVEL  (1 << 15)
#define PIC1_MASK    0x21
#define PIC2_MASK    0xa1
#define NVECTORS     256
#define NEXCEPTIONS  32

/* In start.S; the last two are what they call. */
void irq_entry(void);
void timer_entry(void);
void spurious_entry(void);
void exception_entry(void);
void irq_handle(unsigned n);
void timer_handle(void);
void exception_handle(const uint64_t *frame);

struct gate {
	uint16_t off0, sel;
	uint8_t ist, type;
	uint16_t off1;
	uint32_t off2, zero;
};

_Static_assert(sizeof(struct gate) == 16, "a gate of long mode");

static struct gate idt[NVECTORS];
static uint64_t lapic, ioapic;
static volatile unsigned count[IRQ_VECTORS];
static void (*handlers[IRQ_VECTORS])(void);
static volatile bool late; /* the timer's time is over */

void irq_handle(unsigned n)
{
	count[n]++;
	if (handlers[n])
		handlers[n]();
	mmio_put32(lapic + LAPIC_EOI, 0);
}

void timer_handle(void)
{
	late = true;
	mmio_put32(lapic + LAPIC_EOI, 0);
}

/* An error code, of those that have one, then RIP, CS, RFLAGS */
void exception_handle(const uint64_t *frame)
{
	unsigned long long cr2;

	asm volatile("mov %%cr2, %0" : "=r"(cr2));
	print("exception: CR2 %llx, on the stack %llx %llx %llx\n", cr2,
	      (unsigned long long)frame[0], (unsigned long long)frame[1],
	      (unsigned long long)frame[2]);
	report(false, "exception of the processor");
	payload_exit(STATUS_TRAP);
}

static void set_gate(unsigned vector, uint64_t a)
{
	idt[vector] = (struct gate){
		.off0 = (uint16_t)a,
		.sel = CODE64,
		.type = GATE_INT,
		.off1 = (uint16_t)(a >> 16),
		.off2 = (uint32_t)(a >> 32),
	};
}

static void load_idt(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} ptr = {sizeof(idt) - 1, (uint64_t)idt};

	asm volatile("lidt %0" : : "m"(ptr));
}

bool irq_init(void)
{
	uint64_t len;

	for (unsigned v = 0; v < NEXCEPTIONS; v++)
		set_gate(v, (uint64_t)exception_entry);
	for (unsigned n = 0; n < IRQ_VECTORS; n++)
		set_gate(VECTOR_IRQ + n, (uint64_t)irq_entry + n * ENTRY_LEN);
	set_gate(VECTOR_TIMER, (uint64_t)timer_entry);
	set_gate(VECTOR_SPUR, (uint64_t)spurious_entry);
	load_idt();
	if (!dt_reg(dt_compatible("intel,ce4100-lapic"), &lapic, &len) ||
	    !dt_reg(dt_compatible("intel,ce4100-ioapic"), &ioapic, &len))
		return false;
	outb(PIC1_MASK, 0xff);
	outb(PIC2_MASK, 0xff);
	mmio_put32(lapic + LAPIC_SVR, SVR_ENABLE | VECTOR_SPUR);
	mmio_put32(lapic + LAPIC_DIVIDE, DIVIDE_BY_1);
	mmio_put32(lapic + LAPIC_TIMER, VECTOR_TIMER);
	return true;
}

static void ioapic_put(uint32_t index, uint32_t v)
{
	mmio_put32(ioapic + IOAPIC_INDEX, index);
	mmio_put32(ioapic + IOAPIC_DATA, v);
}

/* Destination first: writing the low half unmasks the pin. */
void irq_route(unsigned gsi, bool level)
{
	uint32_t mode = level ? REDIR_LEVEL | REDIR_LOW : 0;

	ioapic_put(IOAPIC_REDIR + 2 * gsi + 1, 0); /* to APIC ID 0 */
	ioapic_put(IOAPIC_REDIR + 2 * gsi, VECTOR_IRQ | mode);
}

/* STI works only behind the next instruction, so that none is missed. */
static void doze(void)
{
	asm volatile("sti; hlt; cli" : : : "memory");
}

unsigned irq_wait(unsigned seen)
{
	asm volatile("cli");
	while (count[0] == seen)
		doze();
	return count[0];
}

unsigned irq_count(unsigned n)
{
	return count[n];
}

void irq_handler(unsigned n, void (*handler)(void))
{
	handlers[n] = handler;
}

static void start_timer(unsigned ms)
{
	asm volatile("cli");
	late = false;
	mmio_put32(lapic + LAPIC_INIT, ms * TICKS_MS);
}

bool irq_await(unsigned n, unsigned want)
{
	start_timer(LIMIT_MS);
	while (count[n] < want && !late)
		doze();
	mmio_put32(lapic + LAPIC_INIT, 0);
	return count[n] >= want;
}

void sleep_ms(unsigned ms)
{
	start_timer(ms);
	while (!late)
		doze();
}

/* Of the message's data only the vector: edge, delivered as it is. */
struct irq_message irq_message(unsigned n)
{
	return (struct irq_message){lapic, VECTOR_IRQ + n};
}
