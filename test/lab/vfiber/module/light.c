// SPDX-License-Identifier: GPL-2.0
/* Computes the light on both strands, and the readings and the carrier of both ends. */
#include <linux/math.h>
#include <asm/unaligned.h>
#include "vfiber.h"

/* Byte 92 of A0h: diagnostics implemented, internally calibrated. */
#define DIAGNOSTICS 0x40
#define INTERNAL 0x20
#define A2 256

DEFINE_SPINLOCK(light_lock);

static bool shines(const struct vfiber_end *end)
{
	/* Like many drivers, this one disables the transmitter of a port that is down. */
	return end->plugged && end->laser && end->up;
}

/*
 * Alarm or warning flags (A2h 112-113, 116-117): a high and a low bit for each of temperature,
 * voltage, bias, sent and received power, from bit 7 of the first byte down. The thresholds
 * (A2h 0-39) are in the same order: high alarm, low alarm, high warning, low warning.
 */
static u16 flags_of(const u8 *page, const s32 *values, int first)
{
	u16 flags = 0;
	int i;

	for (i = 0; i < 5; i++) {
		const u8 *limits = page + i * 8 + first;
		s32 high = get_unaligned_be16(limits);
		s32 low = get_unaligned_be16(limits + 2);

		if (i == 0) {
			high = (s16)high;
			low = (s16)low;
		}
		if (values[i] > high)
			flags |= 0x8000 >> (2 * i);
		if (values[i] < low)
			flags |= 0x4000 >> (2 * i);
	}
	return flags;
}

static void write_readings(struct vfiber_end *end)
{
	u8 *page = end->eeprom + A2;
	bool on = shines(end);
	s32 values[5] = { end->temperature, end->voltage, on ? end->bias : 0,
			  on ? min_t(u32, end->launch, 0xffff) : 0,
			  min_t(u32, end->received, 0xffff) };
	int i;

	if (end->still || (end->eeprom[92] & (DIAGNOSTICS | INTERNAL)) != (DIAGNOSTICS | INTERNAL))
		return;
	for (i = 0; i < 5; i++)
		put_unaligned_be16(values[i], page + 96 + 2 * i);
	/* Bit 7: transmitter disabled, bit 1: loss of signal; the other bits keep their loaded value. */
	page[110] = (page[110] & ~0x82) | (on ? 0 : 0x80) |
		    (end->received < end->sensitivity ? 0x02 : 0);
	put_unaligned_be16(flags_of(page, values, 0), page + 112);
	put_unaligned_be16(flags_of(page, values, 4), page + 116);
}

static bool sees_light(const struct vfiber_end *end)
{
	return end->plugged && end->received >= end->sensitivity;
}

static bool link_comes_up(const struct vfiber_end *end)
{
	if (!sees_light(end) || end->speed != end->far->speed)
		return false;
	/* 10GBASE-R: an end without light sends "remote fault", which takes the link down at the other end as well. */
	if (end->speed == SPEED_10000)
		return sees_light(end->far);
	/* 1000BASE-X: an end that negotiates waits for the other; an end that does not needs only light. */
	return !(end->autoneg && end->speed == SPEED_1000 && !end->far->autoneg);
}

static void receive(struct vfiber_end *end)
{
	const struct vfiber_end *far = end->far;
	u64 light = shines(far) ? (u64)far->launch * end->strand : 0;

	end->received = end->plugged ? DIV_ROUND_CLOSEST_ULL(light, ALL_LIGHT) : 0;
}

static void update_end(struct vfiber_end *end)
{
	end->carrier = link_comes_up(end);
	write_readings(end);
	if (end->carrier && end->up)
		netif_carrier_on(end->dev);
	else
		netif_carrier_off(end->dev);
}

void light_changed(struct vfiber_end *end)
{
	receive(end);
	receive(end->far);
	update_end(end);
	update_end(end->far);
}
