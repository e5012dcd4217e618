/* SPDX-License-Identifier: BSD-2-Clause */
/* Names come from outside, from a directory service maybe. */
#include "base/user.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

#define NAME                                                                   \
	"abcdefghijklmnopqrstuvwxyz"                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define NAME_LEN 32 /* useradd(8) takes no longer one */

const char *user_name(void)
{
	const struct passwd *pw = getpwuid(getuid());
	size_t n = pw ? strlen(pw->pw_name) : 0;

	if (!n || n > NAME_LEN || strspn(pw->pw_name, NAME) != n ||
	    pw->pw_name[0] == '-')
		return "USER";
	return pw->pw_name;
}
