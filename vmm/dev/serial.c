/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The 16550A, register by register.
 *
 * The transmitter is always empty, so LSR never says otherwise; what remains
 * of it is the interrupt that tells a driver "send more".  That one is an
 * event, not a state: it comes when the driver enables it or has written, and
 * goes when the driver has read of it in IIR.
 */
#include "vmm/dev/serial.h"

#include <linux/serial_reg.h>
#include <string.h>

#include "vmm/dev/port.h"

#define IER_MASK (UART_IER_RDI | UART_IER_THRI | UART_IER_RLSI | UART_IER_MSI)
#define IIR_FIFO 0xc0 /* FIFOs are on */
#define FCR_KEEP (UART_FCR_ENABLE_FIFO | UART_FCR_TRIGGER_MASK)
#define MCR_MASK 0x1f
#define MSR_LINE (UART_MSR_DCD | UART_MSR_DSR | UART_MSR_CTS) /* peer ready */

static bool in_loopback(const struct serial *s)
{
	return s->mcr & UART_MCR_LOOP;
}

static bool has_dlab(const struct serial *s)
{
	return s->lcr & UART_LCR_DLAB;
}

static bool fifo_on(const struct serial *s)
{
	return s->fcr & UART_FCR_ENABLE_FIFO;
}

static unsigned rx_cap(const struct serial *s)
{
	return fifo_on(s) ? SERIAL_FIFO : 1;
}

static unsigned rx_trigger(const struct serial *s)
{
	static const uint8_t level[4] = {1, 4, 8, 14};

	return fifo_on(s) ? level[s->fcr >> 6] : 1;
}

/* the most urgent interrupt that is pending and enabled, as IIR codes it */
static uint8_t pending(const struct serial *s)
{
	if ((s->ier & UART_IER_RLSI) && s->lsr_errors)
		return UART_IIR_RLSI;
	/* no time passes here: fewer bytes than the trigger are late at once */
	if ((s->ier & UART_IER_RDI) && s->rx_n)
		return s->rx_n >= rx_trigger(s) ? UART_IIR_RDI
						: UART_IIR_RX_TIMEOUT;
	if ((s->ier & UART_IER_THRI) && s->thre_pending)
		return UART_IIR_THRI;
	if ((s->ier & UART_IER_MSI) && s->msr_delta)
		return UART_IIR_MSI;
	return UART_IIR_NO_INT;
}

static void update_irq(struct serial *s)
{
	bool level = pending(s) != UART_IIR_NO_INT;

	if (level == s->irq_level)
		return;
	s->irq_level = level;
	if (s->ops->irq)
		s->ops->irq(s->opaque, level);
}

/* the four input lines: the peer's, or in loopback our own outputs */
static uint8_t msr_lines(const struct serial *s)
{
	uint8_t v = 0;

	if (!in_loopback(s))
		return MSR_LINE;
	if (s->mcr & UART_MCR_RTS)
		v |= UART_MSR_CTS;
	if (s->mcr & UART_MCR_DTR)
		v |= UART_MSR_DSR;
	if (s->mcr & UART_MCR_OUT1)
		v |= UART_MSR_RI;
	if (s->mcr & UART_MCR_OUT2)
		v |= UART_MSR_DCD;
	return v;
}

/* each delta bit lies four below its line; RI's counts falling edges only */
static uint8_t msr_changes(uint8_t before, uint8_t after)
{
	uint8_t changed = before ^ after;

	if (after & UART_MSR_RI)
		changed &= (uint8_t)~UART_MSR_RI;
	return changed >> 4;
}

static void rx_tell_room(struct serial *s)
{
	if (!s->rx_waiting || s->rx_n || in_loopback(s))
		return;
	s->rx_waiting = false;
	if (s->ops->room)
		s->ops->room(s->opaque);
}

static void rx_clear(struct serial *s)
{
	s->rx_head = 0;
	s->rx_n = 0;
}

static void rx_put(struct serial *s, uint8_t byte)
{
	s->rx[(s->rx_head + s->rx_n) % SERIAL_FIFO] = byte;
	s->rx_n++;
}

static uint8_t rx_get(struct serial *s)
{
	uint8_t byte;

	if (!s->rx_n)
		return 0;
	byte = s->rx[s->rx_head];
	s->rx_head = (s->rx_head + 1) % SERIAL_FIFO;
	s->rx_n--;
	return byte;
}

static void loop_byte(struct serial *s, uint8_t byte)
{
	if (s->rx_n < rx_cap(s))
		rx_put(s, byte);
	else
		s->lsr_errors |= UART_LSR_OE;
}

/* THR writes: sent or looped back, and the transmitter is empty again */
static void transmit(struct serial *s, const uint8_t *buf, size_t n)
{
	if (in_loopback(s)) {
		for (size_t i = 0; i < n; i++)
			loop_byte(s, buf[i]);
	} else {
		s->ops->tx(s->opaque, buf, n);
	}
	s->thre_pending = true;
}

static void write_ier(struct serial *s, uint8_t byte)
{
	byte &= IER_MASK;
	/* Switching it on with the transmitter empty is itself the event */
	if ((byte & UART_IER_THRI) && !(s->ier & UART_IER_THRI))
		s->thre_pending = true;
	s->ier = byte;
}

static void write_fcr(struct serial *s, uint8_t byte)
{
	bool toggled = (byte ^ s->fcr) & UART_FCR_ENABLE_FIFO;

	if (toggled || (byte & UART_FCR_CLEAR_RCVR))
		rx_clear(s);
	/* trigger bits are only taken together with the enable bit */
	s->fcr = (byte & UART_FCR_ENABLE_FIFO) ? byte & FCR_KEEP : 0;
}

static void write_mcr(struct serial *s, uint8_t byte)
{
	uint8_t before = msr_lines(s);

	s->mcr = byte & MCR_MASK;
	s->msr_delta |= msr_changes(before, msr_lines(s));
}

static uint8_t read_iir(struct serial *s)
{
	uint8_t iir = pending(s);

	if (iir == UART_IIR_THRI)
		s->thre_pending = false;
	return fifo_on(s) ? iir | IIR_FIFO : iir;
}

static uint8_t read_lsr(struct serial *s)
{
	uint8_t lsr = UART_LSR_TEMT | UART_LSR_THRE | s->lsr_errors;

	s->lsr_errors = 0;
	return s->rx_n ? lsr | UART_LSR_DR : lsr;
}

static uint8_t read_msr(struct serial *s)
{
	uint8_t msr = msr_lines(s) | s->msr_delta;

	s->msr_delta = 0;
	return msr;
}

static uint8_t read_reg(struct serial *s, uint64_t off)
{
	switch (off) {
	case UART_RX:
		return has_dlab(s) ? s->dll : rx_get(s);
	case UART_IER:
		return has_dlab(s) ? s->dlm : s->ier;
	case UART_IIR:
		return read_iir(s);
	case UART_LCR:
		return s->lcr;
	case UART_MCR:
		return s->mcr;
	case UART_LSR:
		return read_lsr(s);
	case UART_MSR:
		return read_msr(s);
	case UART_SCR:
		return s->scr;
	default:
		return 0xff;
	}
}

static void write_data(struct serial *s, uint8_t byte)
{
	if (has_dlab(s))
		s->dll = byte;
	else
		transmit(s, &byte, 1);
}

static void write_reg(struct serial *s, uint64_t off, uint8_t byte)
{
	switch (off) {
	case UART_TX:
		write_data(s, byte);
		break;
	case UART_IER:
		if (has_dlab(s))
			s->dlm = byte;
		else
			write_ier(s, byte);
		break;
	case UART_FCR:
		write_fcr(s, byte);
		break;
	case UART_LCR:
		s->lcr = byte;
		break;
	case UART_MCR:
		write_mcr(s, byte);
		break;
	case UART_SCR:
		s->scr = byte;
		break;
	default: /* LSR and MSR: writing is for factory tests */
		break;
	}
}

static uint8_t get(void *dev, uint64_t off)
{
	struct serial *s = dev;
	uint8_t byte = read_reg(s, off);

	update_irq(s);
	rx_tell_room(s);
	return byte;
}

static void put(void *dev, uint64_t off, uint8_t byte)
{
	struct serial *s = dev;

	write_reg(s, off, byte);
	update_irq(s);
	rx_tell_room(s);
}

void serial_init(struct serial *s, const struct serial_ops *ops, void *opaque)
{
	memset(s, 0, sizeof(*s));
	s->ops = ops;
	s->opaque = opaque;
	s->dll = 1; /* 115200 baud, for drivers that keep what they find */
	s->lcr = UART_LCR_WLEN8;
}

uint32_t serial_read(struct serial *s, unsigned off, unsigned size)
{
	return port_read(get, s, off, size);
}

void serial_write(struct serial *s, unsigned off, unsigned size, uint32_t value)
{
	port_write(put, s, off, size, value);
}

void serial_write_many(struct serial *s, const uint8_t *buf, size_t n)
{
	if (!n)
		return;
	if (has_dlab(s))
		s->dll = buf[n - 1];
	else
		transmit(s, buf, n);
	update_irq(s);
}

size_t serial_rx_room(struct serial *s)
{
	size_t room = 0;

	if (!in_loopback(s) && s->rx_n < rx_cap(s))
		room = rx_cap(s) - s->rx_n;
	if (!room)
		s->rx_waiting = true;
	return room;
}

size_t serial_rx_push(struct serial *s, const uint8_t *buf, size_t n)
{
	size_t room = serial_rx_room(s);

	if (n > room) {
		n = room;
		s->rx_waiting = true;
	}
	for (size_t i = 0; i < n; i++)
		rx_put(s, buf[i]);
	update_irq(s);
	return n;
}
