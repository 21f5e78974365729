// SPDX-License-Identifier: GPL-2.0
/* The ethtool operations of a port, which bonding uses as well: link settings and the module's memory. */
#include <linux/ethtool.h>
#include "vfiber.h"

/* I2C addresses of the two memories (SFF-8472 section 2.1), without the read/write bit. */
#define A0H 0x50
#define A2H 0x51

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "vfiber", sizeof(info->driver));
	strscpy(info->bus_info, dev_name(dev->dev.parent), sizeof(info->bus_info));
}

static int get_link_ksettings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	struct vfiber_end *end = netdev_priv(dev);
	bool up = netif_carrier_ok(dev);

	spin_lock_bh(&light_lock);
	ethtool_link_ksettings_zero_link_mode(settings, supported);
	ethtool_link_ksettings_zero_link_mode(settings, advertising);
	ethtool_link_ksettings_zero_link_mode(settings, lp_advertising);
	ethtool_link_ksettings_add_link_mode(settings, supported, FIBRE);
	ethtool_link_ksettings_add_link_mode(settings, advertising, FIBRE);
	if (end->speed == SPEED_10000) {
		ethtool_link_ksettings_add_link_mode(settings, supported, 10000baseLR_Full);
		ethtool_link_ksettings_add_link_mode(settings, advertising, 10000baseLR_Full);
	} else {
		ethtool_link_ksettings_add_link_mode(settings, supported, 1000baseX_Full);
		ethtool_link_ksettings_add_link_mode(settings, supported, Autoneg);
		ethtool_link_ksettings_add_link_mode(settings, advertising, 1000baseX_Full);
		if (end->autoneg) {
			ethtool_link_ksettings_add_link_mode(settings, advertising, Autoneg);
			if (up)
				ethtool_link_ksettings_add_link_mode(settings, lp_advertising,
								     1000baseX_Full);
		}
	}
	settings->base.port = end->plugged ? PORT_FIBRE : PORT_NONE;
	settings->base.autoneg = end->autoneg ? AUTONEG_ENABLE : AUTONEG_DISABLE;
	settings->base.speed = up ? end->speed : SPEED_UNKNOWN;
	settings->base.duplex = up ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	spin_unlock_bh(&light_lock);
	return 0;
}

/* Only autonegotiation can be set, and only at 1 Gb/s: 10GBASE-R has none. */
static int set_link_ksettings(struct net_device *dev,
			      const struct ethtool_link_ksettings *settings)
{
	struct vfiber_end *end = netdev_priv(dev);
	bool autoneg = settings->base.autoneg == AUTONEG_ENABLE;
	u32 speed = settings->base.speed;
	int status = -EINVAL;

	spin_lock_bh(&light_lock);
	if (settings->base.duplex == DUPLEX_HALF)
		goto out;
	if (!autoneg && speed != end->speed && speed != (u32)SPEED_UNKNOWN)
		goto out;
	if (autoneg && end->speed == SPEED_10000)
		goto out;
	end->autoneg = autoneg;
	light_changed(end);
	status = 0;
out:
	spin_unlock_bh(&light_lock);
	return status;
}

static int get_module_info(struct net_device *dev, struct ethtool_modinfo *info)
{
	struct vfiber_end *end = netdev_priv(dev);

	if (!end->plugged)
		return -end->absent_errno;
	/* Byte 94 of A0h: the revision of SFF-8472; 0 for a module without A2h. */
	if (end->eeprom_length > 94 && end->eeprom[94]) {
		info->type = ETH_MODULE_SFF_8472;
		info->eeprom_len = ETH_MODULE_SFF_8472_LEN;
	} else {
		info->type = ETH_MODULE_SFF_8079;
		info->eeprom_len = ETH_MODULE_SFF_8079_LEN;
	}
	return 0;
}

/* Copies the bytes from `offset` on; beyond the module's memory it fails with -EIO, as an I2C bus does. */
static int read_eeprom(struct vfiber_end *end, u32 offset, u32 length, u8 *data)
{
	int count;

	spin_lock_bh(&light_lock);
	if (!end->plugged)
		count = -end->absent_errno;
	else if (offset >= end->eeprom_length)
		count = -EIO;
	else
		count = min_t(u32, length, end->eeprom_length - offset);
	if (count > 0)
		memcpy(data, end->eeprom + offset, count);
	spin_unlock_bh(&light_lock);
	return count;
}

static int get_module_eeprom(struct net_device *dev, struct ethtool_eeprom *request, u8 *data)
{
	int count = read_eeprom(netdev_priv(dev), request->offset, request->len, data);

	if (count < 0)
		return count;
	return count == request->len ? 0 : -EIO;
}

static int get_module_eeprom_by_page(struct net_device *dev,
				     const struct ethtool_module_eeprom *request,
				     struct netlink_ext_ack *extack)
{
	struct vfiber_end *end = netdev_priv(dev);
	u32 memory = request->i2c_address == A2H ? 256 : 0;
	u32 length;

	if (!end->paged)
		return -EOPNOTSUPP;
	if (request->page || request->bank) {
		NL_SET_ERR_MSG(extack, "an SFP has neither pages nor banks");
		return -EOPNOTSUPP;
	}
	if (request->i2c_address != A0H && request->i2c_address != A2H)
		return -EINVAL;
	length = min_t(u32, request->length, 256 - request->offset);
	return read_eeprom(end, memory + request->offset, length, request->data);
}

const struct ethtool_ops port_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_link_ksettings = get_link_ksettings,
	.set_link_ksettings = set_link_ksettings,
	.get_module_info = get_module_info,
	.get_module_eeprom = get_module_eeprom,
	.get_module_eeprom_by_page = get_module_eeprom_by_page,
};
