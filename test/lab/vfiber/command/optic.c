/*
 * The module of a new port: 10GBASE-LR or 1000BASE-LX with diagnostics (SFF-8472). The warning limits of
 * launch and received power are those of IEEE 802.3 clauses 52.6 and 38.4; alarm limits are some dB wider.
 */
#include <math.h>
#include <string.h>
#include "fiber.h"

/* High alarm, low alarm, high warning, low warning. */
struct limits { double of[4]; };

struct kind {
	const char *part;
	int code_byte, code;
	int encoding, rate;
	struct limits sent, received;
};

static const struct kind LR10 = {
	"VF-10G-LR", 3, 0x20, 0x06, 103, { { 3.5, -12.2, 0.5, -8.2 } }, { { 3.5, -18.4, 0.5, -14.4 } },
};
static const struct kind LX = {
	"VF-1G-LX", 6, 0x02, 0x01, 13, { { 0, -14, -3, -11 } }, { { 0, -22, -3, -19 } },
};

static const struct limits CELSIUS = { { 78, -8, 73, -3 } };
static const struct limits VOLTS = { { 3.7, 2.9, 3.6, 3.0 } };
static const struct limits MILLIAMPERES = { { 85, 3, 80, 5 } };

static void put_text(uint8_t *at, const char *text, size_t width)
{
	memset(at, ' ', width);
	memcpy(at, text, strnlen(text, width));
}

static void put_limits(uint8_t *at, const struct limits *limits, double scale)
{
	for (int i = 0; i < 4; i++) {
		int value = (int)lround(limits->of[i] * scale);

		at[2 * i] = (uint8_t)(value >> 8);
		at[2 * i + 1] = (uint8_t)value;
	}
}

static void put_light_limits(uint8_t *at, const struct limits *limits)
{
	struct limits light;

	for (int i = 0; i < 4; i++)
		light.of[i] = light_from_dbm(limits->of[i]);
	put_limits(at, &light, 1);
}

static uint8_t sum(const uint8_t *bytes, int first, int last)
{
	uint8_t total = 0;

	for (int i = first; i <= last; i++)
		total += bytes[i];
	return total;
}

void usual_optic(unsigned speed, const char *serial, uint8_t *bytes)
{
	const struct kind *kind = speed == 1000 ? &LX : &LR10;
	uint8_t *a2 = bytes + 256;

	memset(bytes, 0, EEPROM_SIZE);
	bytes[0] = 0x03; /* SFP or SFP+ */
	bytes[1] = 0x04; /* identified by these bytes alone */
	bytes[2] = 0x07; /* LC */
	bytes[kind->code_byte] = (uint8_t)kind->code;
	bytes[11] = (uint8_t)kind->encoding;
	bytes[12] = (uint8_t)kind->rate; /* 100 MBd */
	bytes[14] = 10; /* km over single-mode fibre */
	bytes[15] = 100; /* the same length in units of 100 m */
	put_text(bytes + 20, "DEMARC LAB", 16);
	put_text(bytes + 40, kind->part, 16);
	put_text(bytes + 56, "A", 4);
	bytes[60] = 1310 >> 8; /* nm */
	bytes[61] = 1310 & 0xff;
	bytes[63] = sum(bytes, 0, 62);
	bytes[65] = 0x1a; /* has TX_DISABLE, TX_FAULT and LOS */
	put_text(bytes + 68, serial, 16);
	put_text(bytes + 84, "261101", 8);
	bytes[92] = 0x68; /* diagnostics, internally calibrated, average received power */
	bytes[93] = 0xf0; /* alarm and warning flags, soft TX_DISABLE, TX_FAULT and LOS */
	bytes[94] = 0x08; /* SFF-8472 revision 12.3 */
	bytes[95] = sum(bytes, 64, 94);
	put_limits(a2, &CELSIUS, 256);
	put_limits(a2 + 8, &VOLTS, 10000);
	put_limits(a2 + 16, &MILLIAMPERES, 500);
	put_light_limits(a2 + 24, &kind->sent);
	put_light_limits(a2 + 32, &kind->received);
	a2[95] = sum(a2, 0, 94);
}
