/* Conversion of power, and numbers with units. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "fiber.h"

/* 0 dBm is 1 mW, which is 10000 units of 0.1 uW. */
#define MILLIWATT 10000.0

unsigned light_from_dbm(double dbm)
{
	return (unsigned)lround(MILLIWATT * pow(10, dbm / 10));
}

double dbm_from_light(unsigned light)
{
	return light == 0 ? -INFINITY : 10 * log10(light / MILLIWATT);
}

/* Reads "12", "12dB" or "12 dB" where `unit` is dB. */
double number_with(const char *text, const char *unit)
{
	char *end;
	double number = strtod(text, &end);

	while (*end == ' ')
		end++;
	if (end == text || !isfinite(number) || (*end != '\0' && strcasecmp(end, unit) != 0))
		fail("%s is not a number of %s", text, unit);
	return number;
}
