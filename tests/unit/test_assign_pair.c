/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts the two into the guest of test_assign_guest.c, and takes them out. */
#include "test_assign_pair.h"

#include <criterion/criterion.h>

#include <linux/pci_regs.h>

#include "base/err.h"

#define SLOT(i) (GUEST_SLOT + (i))

struct pair pair;

void pair_open(unsigned i)
{
	const struct vfio_source src = server_source(i);
	struct guest *g = &pair.g;

	pthread_mutex_unlock(&g->lock);
	cr_assert_eq(assign_host_attach(&g->host, &src), 0, "%s", err_last());
	cr_assert_eq(assign_open(&pair.dev[i], &g->env,
				 assign_host_container(&g->host, &src), &src,
				 (struct assign_place){SLOT(i), 0, false}),
		     0, "%s", err_last());
	pthread_mutex_lock(&g->lock);
}

uint32_t pair_cfg(unsigned i, unsigned off, unsigned size)
{
	return (uint32_t)pci_root_ecam_read(&pair.g.root, SLOT(i) << 15 | off,
					    size);
}

void pair_cfg_write(unsigned i, unsigned off, unsigned size, uint32_t val)
{
	pci_root_ecam_write(&pair.g.root, SLOT(i) << 15 | off, size, val);
}

uint64_t pair_bar(unsigned i, unsigned n)
{
	return pair.dev[i].bar[n].gpa;
}

int pair_quiesce(unsigned i)
{
	int rc;

	pthread_mutex_unlock(&pair.g.lock);
	rc = assign_quiesce(&pair.dev[i]);
	pthread_mutex_lock(&pair.g.lock);
	return rc;
}

void pair_setup(void)
{
	sim_reset();
	guest_boards(&pair.g);
	for (unsigned i = 0; i < SERVERS; i++) {
		pair.server[i] = server_start(i);
		pair_open(i);
		pair_cfg_write(i, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
		cr_assert(pair.dev[i].bar[0].shown);
		pair.server[i]->log[0] = '\0';
		server_calls(pair.server[i]);
	}
}

void pair_teardown(void)
{
	for (unsigned i = 0; i < SERVERS; i++)
		if (pair_quiesce(i))
			sim_wrong("quiesce: %s", err_last());
	for (unsigned i = 0; i < SERVERS; i++)
		assign_close(&pair.dev[i]);
	if (assign_host_close(&pair.g.host))
		sim_wrong("close: %s", err_last());
	for (unsigned i = 0; i < SERVERS; i++)
		server_stop(pair.server[i]);
	guest_boards_fini(&pair.g);
	sim_end();
}
