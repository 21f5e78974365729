/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Virtual fibre: pairs of Ethernet ports with SFP modules, joined by two strands of glass.
 *
 * The settings of an end are in the units of SFF-8472, so that they are copied to the module's memory without
 * conversion. light.c computes the light again after every change.
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
	/* The name at its creation; commands find the end by it after a rename, in any network namespace. */
	char label[IFNAMSIZ];

	bool up; /* the port is opened */
	bool plugged; /* a module is in the cage */
	int absent_errno; /* error of a read from an empty cage */
	bool laser; /* the transmitter is not disabled */
	bool still; /* the live readings keep their loaded values */
	bool paged; /* the driver can read single pages; otherwise only the whole memory */
	bool autoneg;
	u32 speed; /* Mb/s */
	s16 temperature; /* 1/256 degree Celsius */
	u16 voltage; /* 100 uV */
	u16 bias; /* 2 uA, while the laser is on */
	u32 launch; /* 0.1 uW, while the laser is on */
	u32 sensitivity; /* 0.1 uW; less than this is loss of signal */
	u32 strand; /* part of the far end's light that arrives here, of ALL_LIGHT */
	s32 attenuation; /* the same in 0.01 dB, only to print; negative: cut */
	u16 eeprom_length; /* size of the module's memory in bytes; reads beyond it fail */
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

/* Guards every field of every end. Take RTNL first if both are needed. */
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
