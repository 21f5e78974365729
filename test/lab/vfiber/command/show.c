/* Prints the state of the ends. */
#include <math.h>
#include <string.h>
#include "fiber.h"

static void print_dbm(const char *key, unsigned light)
{
	if (light == 0)
		printf("\"%s\":null", key);
	else
		printf("\"%s\":%.2f", key, dbm_from_light(light));
}

static void print_json(const struct end *e)
{
	printf("{\"port\":\"%s\",\"name\":\"%s\",\"far\":\"%s\",\"speed\":%u,", e->label, e->name, e->far,
	       e->speed);
	printf("\"up\":%s,\"plugged\":%s,\"laser\":%s,\"carrier\":%s,", e->up ? "true" : "false",
	       e->plugged ? "true" : "false", e->laser ? "true" : "false",
	       e->carrier ? "true" : "false");
	printf("\"temperature\":%.2f,\"voltage\":%.4f,\"bias\":%.3f,", e->temperature / 256.0,
	       e->voltage / 10000.0, e->bias / 500.0);
	print_dbm("launch", e->launch);
	putchar(',');
	print_dbm("received", e->received);
	putchar(',');
	print_dbm("sensitivity", e->sensitivity);
	if (e->attenuation < 0)
		printf(",\"attenuation\":null}");
	else
		printf(",\"attenuation\":%.2f}", e->attenuation / 100.0);
}

static void print_text(const struct end *e)
{
	printf("%-15s far %-15s %3uG %-4s %-9s laser %-3s %6.2f dBm, receives %6.2f dBm", e->name,
	       e->far, e->speed / 1000, e->up ? "up" : "down",
	       e->carrier ? "carrier" : "no-carrier", e->laser ? "on" : "off",
	       dbm_from_light(e->launch), dbm_from_light(e->received));
	if (e->attenuation < 0)
		printf(" (cut)");
	else
		printf(" (attenuation %.1f dB)", e->attenuation / 100.0);
	printf(" %.1f C %.2f V %.1f mA%s\n", e->temperature / 256.0, e->voltage / 10000.0,
	       e->bias / 500.0, e->plugged ? "" : ", cage empty");
}

void show(const char *name, bool json)
{
	static struct end ends[MOST_ENDS];
	int count = read_ends(ends), shown = 0;

	if (json)
		putchar('[');
	for (int i = 0; i < count; i++) {
		if (name != NULL && strcmp(ends[i].label, name) != 0 && strcmp(ends[i].name, name) != 0)
			continue;
		if (json) {
			printf("%s", shown > 0 ? "," : "");
			print_json(&ends[i]);
		} else {
			print_text(&ends[i]);
		}
		shown++;
	}
	if (json)
		puts("]");
	if (name != NULL && shown == 0)
		fail("no fibre ends at %s", name);
}
