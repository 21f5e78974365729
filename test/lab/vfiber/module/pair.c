// SPDX-License-Identifier: GPL-2.0
/* Creates, finds and removes pairs. */
#include <linux/etherdevice.h>
#include <linux/nsproxy.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <net/net_namespace.h>
#include "vfiber.h"

DEFINE_MUTEX(pairs_lock);
LIST_HEAD(pairs);

/* Number of the next pair, for device names and MAC addresses; guarded by pairs_lock. */
static u16 next_id;

struct vfiber_end *end_called(const char *name)
{
	struct vfiber_pair *pair;
	int i;

	list_for_each_entry(pair, &pairs, list)
		for (i = 0; i < 2; i++)
			if (!strcmp(pair->ends[i]->label, name))
				return pair->ends[i];
	list_for_each_entry(pair, &pairs, list)
		for (i = 0; i < 2; i++)
			if (!strcmp(pair->ends[i]->dev->name, name))
				return pair->ends[i];
	return NULL;
}

static struct vfiber_end *end_make(const char *name, struct device *parent, u32 speed, u8 side)
{
	struct net_device *dev =
		alloc_netdev(sizeof(struct vfiber_end), name, NET_NAME_USER, port_setup);
	u8 mac[ETH_ALEN] = { 0x02, 0xde, 0x3a, next_id >> 8, next_id & 0xff, side };
	struct vfiber_end *end;

	if (!dev)
		return NULL;
	SET_NETDEV_DEV(dev, parent);
	dev_net_set(dev, current->nsproxy->net_ns);
	eth_hw_addr_set(dev, mac);
	memcpy(dev->perm_addr, mac, ETH_ALEN);
	netif_carrier_off(dev);
	end = netdev_priv(dev);
	end->dev = dev;
	strscpy(end->label, name, sizeof(end->label));
	end->speed = speed;
	end->autoneg = speed == SPEED_1000;
	end->absent_errno = ENODEV;
	end->paged = true;
	end->laser = true;
	end->strand = ALL_LIGHT;
	return end;
}

static int register_both(struct vfiber_pair *pair)
{
	int status;

	rtnl_lock();
	status = register_netdevice(pair->ends[0]->dev);
	if (status)
		goto out;
	status = register_netdevice(pair->ends[1]->dev);
	if (status)
		unregister_netdevice(pair->ends[0]->dev);
out:
	rtnl_unlock();
	return status;
}

static void pair_free(struct vfiber_pair *pair)
{
	int i;

	for (i = 0; i < 2; i++)
		if (pair->ends[i])
			free_netdev(pair->ends[i]->dev);
	if (!IS_ERR_OR_NULL(pair->device))
		platform_device_unregister(pair->device);
	kfree(pair);
}

int pair_make(const char *a, const char *b, u32 speed)
{
	struct vfiber_pair *pair = kzalloc(sizeof(*pair), GFP_KERNEL);
	int status = -ENOMEM;

	if (!pair)
		return status;
	pair->device = platform_device_register_simple("vfiber", next_id, NULL, 0);
	if (IS_ERR(pair->device)) {
		status = PTR_ERR(pair->device);
		goto failed;
	}
	pair->ends[0] = end_make(a, &pair->device->dev, speed, 0);
	pair->ends[1] = end_make(b, &pair->device->dev, speed, 1);
	if (!pair->ends[0] || !pair->ends[1])
		goto failed;
	pair->ends[0]->far = pair->ends[1];
	pair->ends[1]->far = pair->ends[0];
	status = register_both(pair);
	if (status)
		goto failed;
	next_id++;
	list_add_tail(&pair->list, &pairs);
	return 0;
failed:
	pair_free(pair);
	return status;
}

static void pair_destroy(struct vfiber_pair *pair)
{
	LIST_HEAD(leaving);

	list_del(&pair->list);
	/* Unregisters both together, so that both queues are stopped before either end is freed. */
	rtnl_lock();
	unregister_netdevice_queue(pair->ends[0]->dev, &leaving);
	unregister_netdevice_queue(pair->ends[1]->dev, &leaving);
	unregister_netdevice_many(&leaving);
	rtnl_unlock();
	pair_free(pair);
}

int pair_remove(struct vfiber_end *end)
{
	struct vfiber_pair *pair;

	list_for_each_entry(pair, &pairs, list) {
		if (pair->ends[0] == end || pair->ends[1] == end) {
			pair_destroy(pair);
			return 0;
		}
	}
	return -ENODEV;
}

void pairs_remove_all(void)
{
	struct vfiber_pair *pair, *next;

	list_for_each_entry_safe(pair, next, &pairs, list)
		pair_destroy(pair);
}
