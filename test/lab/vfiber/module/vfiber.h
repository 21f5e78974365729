/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual fibre: pairs of Ethernet ports with SFP modules, joined by two strands of glass.
 *
 * What is settable of an end stands here in the units of SFF-8472, so that it goes into the
 * module's memory as it is. The light is worked out in light.c whenever anything changes.
 */
#ifndef VFIBER_H
#define VFIBER_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <linux/spinlock.h>

/* A0h and A2h, 256 bytes each, one after the other. */
#define EEPROM_SIZE 512
/* The strand's ratio of light out to light in, as parts of this. */
#define ALL_LIGHT 1000000000U

struct vfiber_end {
	struct net_device *dev;
	struct vfiber_end *far;
	/* The name it was made with; finds it whatever it is called now, in whatever namespace. */
	char label[IFNAMSIZ];

	bool up; /* the port is opened */
	bool plugged; /* a module is in the cage */
	int absent_errno; /* what reading an empty cage answers */
	bool laser; /* the transmitter is not disabled */
	bool still; /* live readings stay as they were loaded */
	bool paged; /* the driver can read by page; else only the older whole read */
	bool autoneg;
	u32 speed; /* Mb/s */
	s16 temperature; /* 1/256 degree Celsius */
	u16 voltage; /* 100 uV */
	u16 bias; /* 2 uA, while the laser is on */
	u32 launch; /* 0.1 uW, while the laser is on */
	u32 sensitivity; /* 0.1 uW; less than this is loss of signal */
	u32 strand; /* parts of ALL_LIGHT that arrive here of what the far end launches */
	s32 attenuation; /* the same in 0.01 dB, kept for show only; negative: cut */
	u16 eeprom_length; /* bytes the module answers with; reads beyond fail */
	u8 eeprom[EEPROM_SIZE];

	/* Derived by light_changed(). */
	u32 received; /* 0.1 uW */
	bool carrier;
};

struct vfiber_pair {
	struct list_head list;
	struct platform_device *device;
	struct vfiber_end *ends[2];
};

/* Guards every field of every end. Taken with RTNL held or not, never the other way round. */
extern spinlock_t light_lock;

/* light.c: call with light_lock held, bottom halves off. */
void light_changed(struct vfiber_end *end);

/* port.c, ethtool.c */
void port_setup(struct net_device *dev);
extern const struct ethtool_ops port_ethtool_ops;

/* pair.c: all under pairs_lock. */
extern struct mutex pairs_lock;
extern struct list_head pairs;
int pair_make(const char *a, const char *b, u32 speed);
int pair_remove(struct vfiber_end *end);
struct vfiber_end *end_called(const char *name);
void pairs_remove_all(void);

#endif
