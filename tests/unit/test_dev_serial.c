/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UART as a driver meets it: detection, sending, receiving, interrupts,
 * loopback; then everything at random under invariants.
 */
#include <criterion/criterion.h>

#include <linux/serial_reg.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "vmm/dev/serial.h"

struct world {
	uint8_t sent[4096];
	size_t n_sent;
	unsigned n_tx; /* calls of tx() */
	unsigned n_irq;
	unsigned n_room;
	bool level;
};

static void on_tx(void *opaque, const uint8_t *buf, size_t n)
{
	struct world *w = opaque;

	w->n_tx++;
	for (size_t i = 0; i < n && w->n_sent < sizeof(w->sent); i++)
		w->sent[w->n_sent++] = buf[i];
}

static void on_irq(void *opaque, bool level)
{
	struct world *w = opaque;

	cr_assert_neq(w->level, level, "irq() without a change");
	w->level = level;
	w->n_irq++;
}

static void on_room(void *opaque)
{
	((struct world *)opaque)->n_room++;
}

static const struct serial_ops ops = {on_tx, on_irq, on_room};

static void start(struct serial *s, struct world *w)
{
	memset(w, 0, sizeof(*w));
	serial_init(s, &ops, w);
}

static uint8_t in(struct serial *s, unsigned off)
{
	return (uint8_t)serial_read(s, off, 1);
}

static void out(struct serial *s, unsigned off, uint8_t byte)
{
	serial_write(s, off, 1, byte);
}

static size_t push(struct serial *s, const char *text)
{
	return serial_rx_push(s, (const uint8_t *)text, strlen(text));
}

Test(dev_serial, after_reset_it_is_idle)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	cr_assert_eq(in(&s, UART_IIR), UART_IIR_NO_INT);
	cr_assert_eq(in(&s, UART_LSR), UART_LSR_TEMT | UART_LSR_THRE);
	cr_assert_eq(in(&s, UART_MSR), 0xb0);
	cr_assert_eq(w.n_irq, 0);
}

/* one step of a driver: write @out, or read and compare with @want */
struct step {
	char op; /* 'w' write, 'r' read */
	uint8_t off;
	uint8_t byte;
	uint8_t mask; /* of a read */
};

/*
 * What a driver does to tell an 8250 from a 16450 from a 16550 from a 16550A
 * from what came later.
 */
/* clang-format off */
static const struct step detection[] = {
	/* is anything there? IER has four bits */
	{'w', UART_IER, 0x00, 0}, {'r', UART_IER, 0x00, 0x0f},
	{'w', UART_IER, 0x0f, 0}, {'r', UART_IER, 0x0f, 0xff},
	{'w', UART_IER, 0xff, 0}, {'r', UART_IER, 0x0f, 0xff},
	{'w', UART_IER, 0x00, 0},
	/* loopback: RTS and OUT2 come back as CTS and DCD */
	{'w', UART_MCR, 0x1a, 0}, {'r', UART_MSR, 0x90, 0xf0},
	{'w', UART_MCR, 0x15, 0}, {'r', UART_MSR, 0x60, 0xf0},
	{'w', UART_MCR, 0x10, 0}, {'r', UART_MSR, 0x00, 0xf0},
	{'w', UART_MCR, 0xe0, 0}, {'r', UART_MCR, 0x00, 0xff},
	{'w', UART_MCR, 0x00, 0}, {'r', UART_MSR, 0xb0, 0xf0},
	/* a scratch register: no 8250 */
	{'w', UART_SCR, 0xa5, 0}, {'r', UART_SCR, 0xa5, 0xff},
	{'w', UART_SCR, 0x5a, 0}, {'r', UART_SCR, 0x5a, 0xff},
	/* FIFO bits 11: a 16550A; bit 5 never: no 16750 */
	{'w', UART_FCR, 0x01, 0}, {'r', UART_IIR, 0xc1, 0xff},
	{'w', UART_FCR, 0x21, 0}, {'r', UART_IIR, 0xc1, 0xff},
	/* a 16650's EFR would hide IIR behind LCR 0xbf or DLAB */
	{'w', UART_LCR, 0xbf, 0}, {'r', UART_IIR, 0xc1, 0xff},
	{'w', UART_LCR, 0x80, 0}, {'r', UART_IIR, 0xc1, 0xff},
	{'w', UART_LCR, 0x03, 0}, {'r', UART_LCR, 0x03, 0xff},
	{'w', UART_FCR, 0x00, 0}, {'r', UART_IIR, 0x01, 0xff},
	/* the divisor is apart from data and IER */
	{'w', UART_LCR, 0x83, 0},
	{'w', UART_DLL, 0x34, 0}, {'w', UART_DLM, 0x12, 0},
	{'r', UART_DLL, 0x34, 0xff}, {'r', UART_DLM, 0x12, 0xff},
	{'w', UART_LCR, 0x03, 0},
	{'r', UART_RX, 0x00, 0xff}, {'r', UART_IER, 0x00, 0xff},
};
/* clang-format on */

Test(dev_serial, a_driver_detects_a_16550A)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	for (size_t i = 0; i < ARRAY_SIZE(detection); i++) {
		const struct step *t = &detection[i];

		if (t->op == 'w')
			out(&s, t->off, t->byte);
		else
			cr_assert_eq(in(&s, t->off) & t->mask, t->byte,
				     "step %zu", i);
	}
	cr_assert_eq(w.n_sent, 0, "detection sent something");
	cr_assert_eq(w.level, false);
}

Test(dev_serial, written_bytes_are_sent_in_order)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	out(&s, UART_TX, 'a');
	serial_write_many(&s, (const uint8_t *)"bcd", 3);
	serial_write_many(&s, NULL, 0);
	cr_assert_eq(w.n_sent, 4);
	cr_assert(!memcmp(w.sent, "abcd", 4));
	cr_assert_eq(w.n_tx, 2, "one tx() for a string");
	cr_assert(in(&s, UART_LSR) & UART_LSR_THRE);
}

Test(dev_serial, string_write_with_dlab_sets_the_divisor)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	out(&s, UART_LCR, UART_LCR_DLAB);
	serial_write_many(&s, (const uint8_t *)"\x01\x02\x03", 3);
	cr_assert_eq(w.n_sent, 0);
	cr_assert_eq(in(&s, UART_DLL), 3);
}

Test(dev_serial, thre_interrupt_comes_when_enabled_on_an_empty_transmitter)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	for (unsigned i = 1; i <= 3; i++) {
		out(&s, UART_IER, UART_IER_THRI);
		cr_assert(w.level);
		cr_assert_eq(w.n_irq, 2 * i - 1);
		cr_assert_eq(in(&s, UART_IIR), UART_IIR_THRI);
		cr_assert_not(w.level, "reading IIR acknowledges it");
		cr_assert_eq(in(&s, UART_IIR), UART_IIR_NO_INT);
		out(&s, UART_IER, UART_IER_THRI | UART_IER_RDI);
		cr_assert_not(w.level, "it was on already");
		out(&s, UART_IER, 0);
	}
}

Test(dev_serial, thre_interrupt_comes_again_after_each_burst)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	out(&s, UART_IER, UART_IER_THRI);
	in(&s, UART_IIR);
	for (unsigned i = 0; i < 16; i++)
		out(&s, UART_TX, 'x');
	cr_assert(w.level);
	cr_assert_eq(w.n_irq, 3, "one edge for the burst");
	cr_assert_eq(in(&s, UART_IIR), UART_IIR_THRI);
	serial_write_many(&s, (const uint8_t *)"yz", 2);
	cr_assert(w.level);
}

Test(dev_serial, switching_thri_off_lowers_the_pin)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	out(&s, UART_IER, UART_IER_THRI);
	out(&s, UART_IER, 0);
	cr_assert_not(w.level);
	cr_assert_eq(in(&s, UART_IIR), UART_IIR_NO_INT);
}

Test(dev_serial, received_bytes_interrupt_until_read)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	out(&s, UART_FCR, UART_FCR_ENABLE_FIFO);
	cr_assert_eq(push(&s, "hi"), 2);
	cr_assert_not(w.level, "not enabled yet");
	out(&s, UART_IER, UART_IER_RDI);
	cr_assert(w.level);
	cr_assert_eq(in(&s, UART_IIR), UART_IIR_RDI | 0xc0);
	cr_assert(in(&s, UART_LSR) & UART_LSR_DR);
	cr_assert_eq(in(&s, UART_RX), 'h');
	cr_assert(w.level);
	cr_assert_eq(in(&s, UART_RX), 'i');
	cr_assert_not(w.level);
	cr_assert_not(in(&s, UART_LSR) & UART_LSR_DR);
	cr_assert_eq(in(&s, UART_RX), 0, "empty reads 0");
}

Test(dev_serial, trigger_level_chooses_data_or_timeout)
{
	static const struct {
		uint8_t fcr;
		unsigned level;
	} t[] = {{0x01, 1}, {0x41, 4}, {0x81, 8}, {0xc1, 14}};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct world w;
		struct serial s;

		start(&s, &w);
		out(&s, UART_FCR, t[i].fcr);
		out(&s, UART_IER, UART_IER_RDI);
		for (unsigned n = 1; n <= SERIAL_FIFO; n++) {
			uint8_t want = n < t[i].level ? UART_IIR_RX_TIMEOUT
						      : UART_IIR_RDI;

			cr_assert_eq(push(&s, "x"), 1);
			cr_assert_eq(in(&s, UART_IIR) & 0x0f, want,
				     "row %zu, %u bytes", i, n);
		}
	}
}

Test(dev_serial, interrupts_have_their_order)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	out(&s, UART_MCR, UART_MCR_LOOP | UART_MCR_RTS);
	out(&s, UART_IER, 0x0f);
	out(&s, UART_TX, 'a'); /* looped: fills the one-byte buffer */
	out(&s, UART_TX, 'b'); /* overrun */
	cr_assert_eq(in(&s, UART_IIR), UART_IIR_RLSI);
	cr_assert(in(&s, UART_LSR) & UART_LSR_OE);
	cr_assert_not(in(&s, UART_LSR) & UART_LSR_OE, "read clears it");
	cr_assert_eq(in(&s, UART_IIR), UART_IIR_RDI);
	cr_assert_eq(in(&s, UART_RX), 'a');
	cr_assert_eq(in(&s, UART_IIR), UART_IIR_THRI);
	cr_assert_eq(in(&s, UART_IIR), UART_IIR_MSI);
	cr_assert(w.level);
	in(&s, UART_MSR);
	cr_assert_eq(in(&s, UART_IIR), UART_IIR_NO_INT);
	cr_assert_not(w.level);
	cr_assert_eq(w.n_sent, 0, "loopback does not send");
}

Test(dev_serial, modem_deltas)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	/* all outputs on: CTS, DSR and DCD keep, RI rises */
	out(&s, UART_MCR, 0x1f);
	cr_assert_eq(in(&s, UART_MSR), 0xf0, "a rising RI is no event");
	out(&s, UART_MCR, 0x1b);
	cr_assert_eq(in(&s, UART_MSR), 0xb0 | UART_MSR_TERI);
	out(&s, UART_MCR, 0x10);
	cr_assert_eq(in(&s, UART_MSR),
		     UART_MSR_DDCD | UART_MSR_DDSR | UART_MSR_DCTS);
	cr_assert_eq(in(&s, UART_MSR), 0);
	out(&s, UART_MCR, 0x11);
	out(&s, UART_MCR, 0x13);
	cr_assert_eq(in(&s, UART_MSR), 0x30 | UART_MSR_DDSR | UART_MSR_DCTS,
		     "they add up until read");
}

Test(dev_serial, asking_a_full_uart_for_room_is_waiting_for_it)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	cr_assert_eq(push(&s, "a"), 1);
	cr_assert_eq(serial_rx_room(&s), 0);
	in(&s, UART_RX);
	cr_assert_eq(w.n_room, 1);
}

Test(dev_serial, a_full_fifo_takes_no_more_and_asks_when_empty)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	out(&s, UART_FCR, UART_FCR_ENABLE_FIFO);
	cr_assert_eq(serial_rx_room(&s), SERIAL_FIFO);
	cr_assert_eq(push(&s, "0123456789abcdefXYZ"), SERIAL_FIFO);
	cr_assert_eq(serial_rx_room(&s), 0);
	cr_assert_eq(push(&s, "X"), 0);
	for (unsigned i = 0; i < SERIAL_FIFO; i++) {
		cr_assert_eq(w.n_room, 0);
		cr_assert_eq(in(&s, UART_RX), "0123456789abcdef"[i]);
	}
	cr_assert_eq(w.n_room, 1);
	cr_assert_eq(push(&s, "XYZ"), 3);
	cr_assert_eq(in(&s, UART_RX), 'X', "wraps around");
	in(&s, UART_RX);
	in(&s, UART_RX);
	cr_assert_eq(w.n_room, 1, "nobody waited this time");
}

Test(dev_serial, without_fifo_one_byte_fits)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	cr_assert_eq(serial_rx_room(&s), 1);
	cr_assert_eq(push(&s, "ab"), 1);
	cr_assert_eq(in(&s, UART_RX), 'a');
	cr_assert_eq(w.n_room, 1);
}

Test(dev_serial, clearing_the_fifo_makes_room)
{
	static const uint8_t fcr[] = {
		UART_FCR_ENABLE_FIFO | UART_FCR_CLEAR_RCVR,
		0, /* off clears too */
	};

	for (size_t i = 0; i < ARRAY_SIZE(fcr); i++) {
		struct world w;
		struct serial s;

		start(&s, &w);
		out(&s, UART_FCR, UART_FCR_ENABLE_FIFO);
		out(&s, UART_IER, UART_IER_RDI);
		cr_assert_eq(push(&s, "0123456789abcdefX"), SERIAL_FIFO);
		out(&s, UART_FCR, fcr[i]);
		cr_assert_eq(w.n_room, 1);
		cr_assert_not(w.level);
		cr_assert_not(in(&s, UART_LSR) & UART_LSR_DR);
	}
}

Test(dev_serial, loopback_shuts_the_line_and_reopens_it)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	out(&s, UART_MCR, UART_MCR_LOOP);
	cr_assert_eq(push(&s, "a"), 0);
	out(&s, UART_TX, 'L');
	cr_assert_eq(in(&s, UART_RX), 'L');
	cr_assert_eq(w.n_room, 0, "there is still no room");
	out(&s, UART_MCR, 0);
	cr_assert_eq(w.n_room, 1);
	cr_assert_eq(push(&s, "a"), 1);
}

Test(dev_serial, wide_accesses_are_byte_accesses)
{
	struct world w;
	struct serial s;

	start(&s, &w);
	serial_write(&s, UART_LCR, 4, 0x00001a03); /* LCR, MCR, LSR, MSR */
	cr_assert_eq(in(&s, UART_LCR), 0x03);
	cr_assert_eq(in(&s, UART_MCR), 0x1a);
	cr_assert_eq(serial_read(&s, UART_LCR, 2), 0x1a03);
	out(&s, UART_SCR, 0x77);
	cr_assert_eq(serial_read(&s, UART_SCR, 4), 0xffffff77);
}

Test(dev_serial, outside_there_is_nothing)
{
	static const unsigned off[] = {8, 9, 0x100, UINT32_MAX};

	for (size_t i = 0; i < ARRAY_SIZE(off); i++) {
		struct world w;
		struct serial s;

		start(&s, &w);
		cr_assert_eq(serial_read(&s, off[i], 4), UINT32_MAX);
		serial_write(&s, off[i], 4, 0x41414141);
		cr_assert_eq(w.n_sent, 0, "an offset wrapped");
		cr_assert_eq(in(&s, UART_IER), 0);
	}
}

Test(dev_serial, callbacks_may_be_missing)
{
	static const struct serial_ops bare = {.tx = on_tx};
	struct world w = {0};
	struct serial s;

	serial_init(&s, &bare, &w);
	out(&s, UART_IER, 0x0f);
	cr_assert_eq(push(&s, "ab"), 1);
	in(&s, UART_RX);
	cr_assert_eq(in(&s, UART_IIR), UART_IIR_THRI);
}

static void check_invariants(struct serial *s, const struct world *w)
{
	cr_assert_leq(s->rx_n, SERIAL_FIFO);
	cr_assert_lt(s->rx_head, SERIAL_FIFO);
	cr_assert_eq(s->irq_level, w->level);
	cr_assert_eq(s->ier & 0xf0, 0);
	if (!s->rx_n && !(s->mcr & UART_MCR_LOOP))
		cr_assert_not(s->rx_waiting, "a wait that nobody ends");
}

Test(dev_serial, anything_at_random)
{
	struct {
		uint64_t before;
		struct serial s;
		uint64_t after;
	} box = {.before = 0x5a5a5a5a, .after = 0xa5a5a5a5};
	uint8_t text[64];
	struct world w;

	start(&box.s, &w);
	srandom(2);
	for (unsigned i = 0; i < 200000; i++) {
		unsigned off = (unsigned)random() % 10;
		unsigned size = (unsigned)random() % 6;
		size_t n = (size_t)random() % sizeof(text);

		w.n_sent = 0;
		memset(text, (int)(random() & 0xff), sizeof(text));
		switch (random() % 8) {
		case 0:
			cr_assert_leq(serial_rx_push(&box.s, text, n), n);
			break;
		case 1:
			serial_write_many(&box.s, text, n);
			break;
		case 2:
		case 3:
		case 4:
			serial_write(&box.s, off, size, (uint32_t)random());
			break;
		default:
			serial_read(&box.s, off, size);
			break;
		}
		check_invariants(&box.s, &w);
	}
	cr_assert_eq(box.before, 0x5a5a5a5a);
	cr_assert_eq(box.after, 0xa5a5a5a5);
}
