// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vfiber: each write is one command, a read returns the state of every end. It is a device because
 * `ip netns exec` hides debugfs. Numbers are in the units of vfiber.h; the `vfiber` command converts
 * dBm and dB to them.
 *
 *   pair A B SPEED | remove A | eeprom A LENGTH HEX | set A FIELD NUMBER | strand A PARTS CENTIDB
 */
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include "vfiber.h"

/* Longest command: 512 bytes of EEPROM in hex and its first words. */
#define LONGEST 1200

static int set_field(struct vfiber_end *end, const char *field, int value)
{
	if (!strcmp(field, "plugged"))
		end->plugged = value;
	else if (!strcmp(field, "absent"))
		end->absent_errno = clamp(value, 1, MAX_ERRNO);
	else if (!strcmp(field, "laser"))
		end->laser = value;
	else if (!strcmp(field, "still"))
		end->still = value;
	else if (!strcmp(field, "paged"))
		end->paged = value;
	else if (!strcmp(field, "speed"))
		end->speed = value;
	else if (!strcmp(field, "temperature"))
		end->temperature = value;
	else if (!strcmp(field, "voltage"))
		end->voltage = value;
	else if (!strcmp(field, "bias"))
		end->bias = value;
	else if (!strcmp(field, "launch"))
		end->launch = value;
	else if (!strcmp(field, "sensitivity"))
		end->sensitivity = value;
	else
		return -EINVAL;
	return 0;
}

static int load_eeprom(struct vfiber_end *end, unsigned int length, const char *hex)
{
	size_t digits = strlen(hex);
	u8 bytes[EEPROM_SIZE] = {};

	if (length > EEPROM_SIZE || digits % 2 || digits > 2 * EEPROM_SIZE)
		return -EINVAL;
	if (hex2bin(bytes, hex, digits / 2))
		return -EINVAL;
	memcpy(end->eeprom, bytes, sizeof(bytes));
	end->eeprom_length = length;
	return 0;
}

/* Changes one end under the lock and updates the light of both. */
static int change(struct vfiber_end *end, char *verb, char *rest)
{
	char field[16];
	unsigned int number;
	int value, start = 0, status = -EINVAL;

	spin_lock_bh(&light_lock);
	if (!strcmp(verb, "set") && sscanf(rest, "%15s %d", field, &value) == 2) {
		status = set_field(end, field, value);
	} else if (!strcmp(verb, "strand") && sscanf(rest, "%u %d", &number, &value) == 2) {
		end->strand = min(number, ALL_LIGHT);
		end->attenuation = value;
		status = 0;
	} else if (!strcmp(verb, "eeprom") && sscanf(rest, "%u %n", &number, &start) == 1 && start) {
		status = load_eeprom(end, number, rest + start);
	}
	if (!status)
		light_changed(end);
	spin_unlock_bh(&light_lock);
	return status;
}

static int run_command(char *line)
{
	char verb[8], name[IFNAMSIZ], second[IFNAMSIZ];
	struct vfiber_end *end;
	unsigned int speed;
	int start = 0;

	if (sscanf(line, "%7s %15s %n", verb, name, &start) < 2)
		return -EINVAL;
	if (!strcmp(verb, "pair")) {
		if (sscanf(line + start, "%15s %u", second, &speed) != 2)
			return -EINVAL;
		return pair_make(name, second, speed);
	}
	end = end_called(name);
	if (!end)
		return -ENODEV;
	if (!strcmp(verb, "remove"))
		return pair_remove(end);
	return start ? change(end, verb, line + start) : -EINVAL;
}

static ssize_t control_write(struct file *file, const char __user *from, size_t count, loff_t *at)
{
	char *line;
	int status;

	if (count > LONGEST)
		return -E2BIG;
	line = memdup_user_nul(from, count);
	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&pairs_lock);
	status = run_command(line);
	mutex_unlock(&pairs_lock);
	kfree(line);
	return status ? status : count;
}

static void show_end(struct seq_file *out, struct vfiber_end *end)
{
	int at;

	spin_lock_bh(&light_lock);
	seq_printf(out, "%s %s %s %u %d %d %d %d %d %d %d %d %d", end->label, end->dev->name,
		   end->far->label, end->speed, end->autoneg, end->up, end->plugged, end->laser,
		   end->carrier && end->up, end->still, end->paged, end->temperature,
		   end->voltage);
	seq_printf(out, " %u %u %u %u %d %u ", end->bias, end->launch, end->received,
		   end->sensitivity, end->attenuation, end->eeprom_length);
	for (at = 0; at < EEPROM_SIZE; at += 64)
		seq_printf(out, "%64phN", end->eeprom + at);
	seq_putc(out, '\n');
	spin_unlock_bh(&light_lock);
}

static int control_show(struct seq_file *out, void *unused)
{
	struct vfiber_pair *pair;

	mutex_lock(&pairs_lock);
	list_for_each_entry(pair, &pairs, list) {
		show_end(out, pair->ends[0]);
		show_end(out, pair->ends[1]);
	}
	mutex_unlock(&pairs_lock);
	return 0;
}

static int control_open(struct inode *inode, struct file *file)
{
	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	/* misc_open() stores the device here, but seq_file needs NULL. */
	file->private_data = NULL;
	return single_open(file, control_show, NULL);
}

static const struct file_operations control_ops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.read = seq_read,
	.write = control_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static struct miscdevice control = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vfiber",
	.fops = &control_ops,
	.mode = 0600,
};

static int __init vfiber_init(void)
{
	return misc_register(&control);
}

static void __exit vfiber_exit(void)
{
	misc_deregister(&control);
	pairs_remove_all();
}

module_init(vfiber_init);
module_exit(vfiber_exit);
MODULE_DESCRIPTION("Pairs of Ethernet ports with SFP modules, joined like a fibre");
MODULE_LICENSE("GPL");
