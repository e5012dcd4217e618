/* SPDX-License-Identifier: BSD-2-Clause */
/* Start, console, report and exit of a payload; and what compilers call. */
#include "payload.h"

#include <stdarg.h>

#define LSR      5 /* line status register */
#define LSR_THRE 0x20

static bool failed;

void *memcpy(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);

/* gcc and clang may call these two even in freestanding code. */
void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;

	asm volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(n) : : "memory");
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;

	asm volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return dst;
}

static void put_char(char c)
{
	while (!(inb(PORT_COM1 + LSR) & LSR_THRE))
		asm volatile("pause");
	outb(PORT_COM1, (uint8_t)c);
}

static void put_str(const char *s)
{
	while (*s)
		put_char(*s++);
}

/* At least @digits digits. */
static void put_number(uint64_t v, unsigned base, unsigned digits)
{
	char buf[20];
	unsigned n = 0;

	do {
		buf[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	while (digits-- > n)
		put_char('0');
	while (n)
		put_char(buf[--n]);
}

/* One conversion behind its '%'; returns what follows it. */
static const char *put_arg(const char *f, va_list *ap)
{
	unsigned digits = 1;

	if (f[0] == '0' && f[1] >= '1' && f[1] <= '9') {
		digits = (unsigned)(f[1] - '0');
		f += 2;
	}
	if (f[0] == 'l' && f[1] == 'l') {
		put_number(va_arg(*ap, unsigned long long), 16, digits);
		return f + 3;
	}
	if (*f == 's')
		put_str(va_arg(*ap, const char *));
	else if (*f == 'u' || *f == 'x')
		put_number(va_arg(*ap, unsigned), *f == 'u' ? 10 : 16, digits);
	else
		put_char(*f);
	return f + 1;
}

void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	while (*fmt) {
		if (*fmt == '%')
			fmt = put_arg(fmt + 1, &ap);
		else
			put_char(*fmt++);
	}
	va_end(ap);
}

bool report(bool pass, const char *name)
{
	print("%s: %s\n", pass ? "PASS" : "FAIL", name);
	failed |= !pass;
	return pass;
}

void payload_exit(int status)
{
	outb(PORT_DEBUG_EXIT, (uint8_t)status);
	for (;;)
		asm volatile("cli; hlt");
}

void payload_start(const void *fdt)
{
	int status;

	if (!dt_init(fdt)) {
		report(false, "device tree");
		payload_exit(1);
	}
	status = payload_main();
	payload_exit(status ? status : failed);
}
