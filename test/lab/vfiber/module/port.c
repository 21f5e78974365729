// SPDX-License-Identifier: GPL-2.0
/* The network device at one end of a fibre. */
#include <linux/etherdevice.h>
#include "vfiber.h"

/* The largest MTU of usual switches and NICs in meet-me rooms. */
#define LARGEST_MTU 9216
#define OFFLOADS \
	(NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM | NETIF_F_HIGHDMA | NETIF_F_GSO_SOFTWARE)

static int port_init(struct net_device *dev)
{
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return dev->tstats ? 0 : -ENOMEM;
}

static void port_uninit(struct net_device *dev)
{
	free_percpu(dev->tstats);
}

/* IFF_UP is still set while ndo_stop runs, so the end has its own flag. */
static int port_open(struct net_device *dev)
{
	struct vfiber_end *end = netdev_priv(dev);

	netif_start_queue(dev);
	spin_lock_bh(&light_lock);
	end->up = true;
	light_changed(end);
	spin_unlock_bh(&light_lock);
	return 0;
}

static int port_stop(struct net_device *dev)
{
	struct vfiber_end *end = netdev_priv(dev);

	netif_stop_queue(dev);
	spin_lock_bh(&light_lock);
	end->up = false;
	light_changed(end);
	spin_unlock_bh(&light_lock);
	return 0;
}

static netdev_tx_t port_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct vfiber_end *end = netdev_priv(dev);
	struct vfiber_end *far = end->far;
	unsigned int length = skb->len;

	skb_tx_timestamp(skb);
	/* The frame counts as sent even if the far end cannot receive it. */
	dev_sw_netstats_tx_add(dev, 1, length);
	if (!READ_ONCE(far->carrier) || !READ_ONCE(far->up)) {
		dev_kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	if (dev_forward_skb(far->dev, skb) == NET_RX_SUCCESS)
		dev_sw_netstats_rx_add(far->dev, length);
	return NETDEV_TX_OK;
}

static const struct net_device_ops port_ops = {
	.ndo_init = port_init,
	.ndo_uninit = port_uninit,
	.ndo_open = port_open,
	.ndo_stop = port_stop,
	.ndo_start_xmit = port_xmit,
	.ndo_get_stats64 = dev_get_tstats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

void port_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &port_ops;
	dev->ethtool_ops = &port_ethtool_ops;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	dev->max_mtu = LARGEST_MTU;
	dev->features |= OFFLOADS;
	dev->hw_features |= OFFLOADS;
	dev->vlan_features |= OFFLOADS;
	dev->hw_enc_features |= OFFLOADS;
}
