/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends the machine, or fails to, in the way that how=WORD on the command line
 * names: each is one of the ways in which a kernel would do it.
 */
#include "payload.h"

#define PORT_PVPANIC    0x505
#define PVPANIC_PANIC   0x01
#define PORT_PM1_CNT    0x604
#define PM1_S5          (1 << 13 | 5 << 10) /* SLP_EN, SLP_TYP of \_S5 */
#define PORT_RESET      0xcf9
#define RESET_HARD      0x06
#define PORT_KBD        0x64
#define KBD_PULSE_RESET 0xfe

static void panic(void)
{
	outb(PORT_PVPANIC, PVPANIC_PANIC);
}

static void off(void)
{
	asm volatile("outw %0, %1"
		     :
		     : "a"((uint16_t)PM1_S5), "d"((uint16_t)PORT_PM1_CNT));
}

static void reset(void)
{
	outb(PORT_RESET, RESET_HARD);
}

static void kbd(void)
{
	outb(PORT_KBD, KBD_PULSE_RESET);
}

/*
 * No gate for the exception, none for what follows from that.  Not by INT3:
 * a KVM that emulates gives up on software interrupts.
 */
static void triple(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uint64_t base;
	} none = {0, 0};

	asm volatile("lidt %0; ud2" : : "m"(none));
}

/* Exceptions are reported: an instruction that does not exist is one. */
static void trap(void)
{
	if (irq_init())
		asm volatile("ud2");
}

static void hang(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

static void spin(void)
{
	for (;;)
		asm volatile("pause");
}

static bool is_word(const char *arg, const char *word)
{
	while (*word && *arg == *word)
		arg++, word++;
	return !*word && (!*arg || *arg == ' ');
}

int payload_main(void)
{
	static const struct {
		const char *word;
		void (*end)(void);
	} way[] = {
		{"panic", panic}, {"off", off},   {"reset", reset},
		{"kbd", kbd},     {"trap", trap}, {"triple", triple},
		{"hang", hang},   {"spin", spin},
	};
	const char *how = arg("how");

	print("ready\n");
	for (unsigned i = 0; how && i < sizeof(way) / sizeof(way[0]); i++)
		if (is_word(how, way[i].word))
			way[i].end();
	report(false, "how=WORD on the command line ends the machine");
	return 1;
}
