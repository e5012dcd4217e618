/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways to spoil any message, whatever is in it. */
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lying/tell.h"

static struct userwire_header *head(struct liar *l)
{
	return (void *)l->out.p;
}

void tell_size(struct liar *l, const struct lie *lie)
{
	head(l)->size += (uint32_t)lie->a;
}

void tell_size_is(struct liar *l, const struct lie *lie)
{
	head(l)->size = (uint32_t)lie->a;
}

void tell_longer(struct liar *l, const struct lie *lie)
{
	memset(l->out.p + l->out.len, 0xa5, lie->a);
	l->out.len += lie->a;
	head(l)->size = (uint32_t)l->out.len;
}

void tell_body(struct liar *l, const struct lie *lie)
{
	if (l->out.len < LIAR_HEAD + lie->a)
		tell_longer(l, lie);
	l->out.len = LIAR_HEAD + lie->a;
	head(l)->size = (uint32_t)l->out.len;
}

void tell_cut(struct liar *l, const struct lie *lie)
{
	int64_t n = (int64_t)lie->a;

	if (n < 0)
		n += (int64_t)l->out.len;
	l->out.len = (size_t)n;
	l->out.after = (enum after)lie->b;
}

void tell_drip(struct liar *l, const struct lie *lie)
{
	l->out.piece = (unsigned)lie->a;
	l->out.pause = (unsigned)lie->b;
}

void tell_id(struct liar *l, const struct lie *lie)
{
	head(l)->id = (uint16_t)(head(l)->id + lie->a);
}

void tell_cmd(struct liar *l, const struct lie *lie)
{
	head(l)->cmd = (uint16_t)lie->a;
}

void tell_flags(struct liar *l, const struct lie *lie)
{
	l->lenient = true; /* it may take this for a request, and reply */
	head(l)->flags = (uint32_t)lie->a;
}

void tell_error(struct liar *l, const struct lie *lie)
{
	if (!lie->b)
		liar_body(l, 0);
	l->out.nfds = 0;
	head(l)->flags |= USERWIRE_ERROR;
	head(l)->err = (uint32_t)lie->a;
}

void tell_copies(struct liar *l, const struct lie *lie)
{
	l->out.copies = (unsigned)lie->a;
	l->out.after = (enum after)lie->b;
}

void tell_fds(struct liar *l, const struct lie *lie)
{
	while (l->out.nfds < lie->a)
		l->out.fd[l->out.nfds++] = l->dev.mem;
}

void tell_no_fds(struct liar *l, const struct lie *lie)
{
	(void)lie;
	l->out.nfds = 0;
}

static int file_of(uint64_t bytes, int seals)
{
	int fd = memfd_create("lie", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)bytes) ||
	    fcntl(fd, F_ADD_SEALS, seals) < 0)
		liar_die("memfd");
	return fd;
}

/* The same file once more, which may not be written */
static int read_only(int fd)
{
	char path[] = "/proc/self/fd/000";

	path[sizeof(path) - 4] = (char)('0' + fd / 100);
	path[sizeof(path) - 3] = (char)('0' + fd / 10 % 10);
	path[sizeof(path) - 2] = (char)('0' + fd % 10);
	if (fd < 10)
		memmove(path + 14, path + 16, 2);
	else if (fd < 100)
		memmove(path + 14, path + 15, 3);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* One end of something with two; the other stays open */
static int end_of(bool pipes)
{
	int fd[2];

	if (pipes ? pipe2(fd, O_CLOEXEC)
		  : socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		liar_die("pipe");
	return fd[0];
}

/* Its peer reads nothing, so what was sent stays; close(2) waits for that. */
static int lingering(void)
{
	const struct linger on = {1, 60};
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char data[4096] = {0};

	if (listener < 0 || fd < 0 || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&a, &len) ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &on, sizeof(on)))
		liar_die("a TCP connection to lie with");
	while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	return fd;
}

static int odd_fd(struct liar *l, enum tell_fd what)
{
	switch (what) {
	case TELL_PIPE:
	case TELL_SOCKET:
		return end_of(what == TELL_PIPE);
	case TELL_EVENTFD:
		return eventfd(0, EFD_CLOEXEC);
	case TELL_EPOLL:
		return epoll_create1(EPOLL_CLOEXEC);
	case TELL_DIR:
		return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	case TELL_NULL:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	case TELL_ZERO:
		return open("/dev/zero", O_RDWR | O_CLOEXEC);
	case TELL_OPATH:
		return open("/dev/zero", O_PATH | O_CLOEXEC);
	case TELL_SHORT:
		return file_of(4096, 0);
	case TELL_EMPTY:
		return file_of(0, 0);
	case TELL_LINGER:
		return lingering();
	case TELL_SEALED:
		return file_of(BAR2_BYTES, F_SEAL_WRITE);
	case TELL_READONLY:
	default:
		return read_only(l->dev.mem);
	}
}

void tell_fd(struct liar *l, const struct lie *lie)
{
	int fd = odd_fd(l, (enum tell_fd)lie->a);

	if (fd < 0)
		liar_die("a descriptor to lie with");
	if (!l->out.nfds && lie->a != TELL_LINGER)
		return;
	l->out.fd[0] = fd;
	l->out.nfds = 1;
	l->out.close_fds = true;
}

void tell_fd_other(struct liar *l, const struct lie *lie)
{
	(void)lie;
	if (l->out.nfds)
		l->out.fd[l->out.nfds++] = file_of(BAR2_BYTES, 0);
}

void tell_die(struct liar *l, const struct lie *lie)
{
	const struct out was = l->out;

	l->out.copies = 0;
	l->out.after = (enum after)lie->a;
	liar_send(l, l->fd);
	l->out = was; /* SIGSTOP and then SIGCONT */
}

void tell_alarm(struct liar *l, const struct lie *lie)
{
	(void)l;
	alarm((unsigned)lie->a);
}

void tell_sleep(struct liar *l, const struct lie *lie)
{
	(void)l;
	liar_sleep((unsigned)lie->a);
}

void tell_answer_quiet(struct liar *l, const struct lie *lie)
{
	struct userwire_header h = l->head;

	(void)lie;
	if (!(h.flags & USERWIRE_NO_REPLY))
		return;
	h.flags = USERWIRE_REPLY;
	h.size = LIAR_HEAD;
	liar_raw(l->fd, &h, sizeof(h));
}

void tell_no_accept(struct liar *l, const struct lie *lie)
{
	l->deaf = true;
	l->full = lie->a;
}

void tell_unasked(struct liar *l, const struct lie *lie)
{
	const struct userwire_header h = {
		.id = (uint16_t)lie->b,
		.cmd = (uint16_t)lie->a,
		.size = LIAR_HEAD,
		.flags = USERWIRE_REPLY,
	};

	liar_raw(l->fd, &h, sizeof(h));
}

void tell_request(struct liar *l, const struct lie *lie)
{
	const struct out was = l->out;
	struct userwire_header h = {
		.cmd = (uint16_t)lie->a,
		.size = (uint32_t)(LIAR_HEAD + lie->b),
	};

	h.id = liar_expect(l, h.cmd, 0)->id;
	l->asked[l->nasked - 1].want = ASKED_BAD;
	memset(l->out.p, 0, LIAR_HEAD + lie->b);
	memcpy(l->out.p, &h, sizeof(h));
	l->out.len = LIAR_HEAD + lie->b;
	l->out.copies = 1;
	l->out.after = AFTER_GO_ON;
	l->out.close_fds = false;
	l->out.nfds = 0;
	while (l->out.nfds < lie->c)
		l->out.fd[l->out.nfds++] = l->dev.mem;
	liar_send(l, l->fd);
	l->out = was;
}
