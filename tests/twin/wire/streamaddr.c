/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a stream socket connects to or listens; see streamaddr.h. */
#include "tests/twin/wire/streamaddr.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/unsock.h"

#define HOST_MAX 256

static int unix_path(struct wire_addr *a, const char *path)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&a->sa;

	if (!*path || strlen(path) >= sizeof(un->sun_path))
		return err_set(EINVAL,
			       "--net socket: a path has 1 to %zu characters: "
			       "\"%s\"; type --net socket:unix=PATH",
			       sizeof(un->sun_path) - 1, path);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, strlen(path) + 1);
	a->len = sizeof(*un);
	return 0;
}

/* HOST without the brackets of an IPv6 address; false when it is too long. */
static bool host_name(char host[HOST_MAX], const char *text, size_t len)
{
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= HOST_MAX)
		return false;
	memcpy(host, text, len);
	host[len] = 0;
	return true;
}

static int resolve(struct wire_addr *a, const char *host, const char *port)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = a->listens ? AI_PASSIVE : 0,
	};
	struct addrinfo *found;
	int rc = getaddrinfo(*host ? host : NULL, port, &hints, &found);

	if (rc)
		return err_set(EINVAL,
			       "--net socket: %s:%s: getaddrinfo: %s; type "
			       "--net socket:connect=127.0.0.1:4321",
			       host, port, gai_strerror(rc));
	memcpy(&a->sa, found->ai_addr, found->ai_addrlen);
	a->len = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

/* 1 to 65535: the resolver would take the low 16 bits of any number. */
static bool port_ok(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long port;

	if (text[digits] || !digits || digits > 5)
		return false;
	port = strtoul(text, NULL, 10);
	return port > 0 && port < 65536;
}

static int host_port(struct wire_addr *a, const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[HOST_MAX];

	if (!colon || !port_ok(colon + 1) ||
	    !host_name(host, text, (size_t)(colon - text)))
		return err_set(EINVAL,
			       "--net socket: \"%s\" is no HOST:PORT; type "
			       "--net socket:connect=127.0.0.1:4321",
			       text);
	return resolve(a, host, colon + 1);
}

int wire_addr_parse(struct wire_addr *a, const char *spec)
{
	static const struct {
		const char *key;
		bool listens;
		int (*parse)(struct wire_addr *a, const char *text);
	} forms[] = {
		{"connect=", false, host_port},
		{"listen=", true, host_port},
		{"unix=", false, unix_path},
		{"unix-listen=", true, unix_path},
	};

	*a = (struct wire_addr){0};
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		size_t len = strlen(forms[i].key);

		if (strncmp(spec, forms[i].key, len) != 0)
			continue;
		a->listens = forms[i].listens;
		return forms[i].parse(a, spec + len);
	}
	return err_set(
		EINVAL,
		"--net socket:%s: unknown; type socket:connect=HOST:PORT, "
		"listen=HOST:PORT, unix=PATH or unix-listen=PATH",
		spec);
}

/* The path of a UNIX socket, or NULL. */
static const char *path_of(const struct wire_addr *a)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)&a->sa;

	return a->sa.ss_family == AF_UNIX ? un->sun_path : NULL;
}

int wire_addr_clear(const struct wire_addr *a)
{
	const char *path = path_of(a);

	return path ? unsock_clear(path, "--net socket:unix-listen=PATH") : 0;
}

void wire_addr_remove(const struct wire_addr *a)
{
	const char *path = path_of(a);

	if (path)
		unlink(path);
}
