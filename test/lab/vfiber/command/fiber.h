/* The vfiber command: converts dB, dBm and dumps to commands of /dev/vfiber, and its state back. */
#ifndef FIBER_H
#define FIBER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define EEPROM_SIZE 512
#define MOST_ENDS 1024

/* One end as /dev/vfiber prints it, in the units of the module's vfiber.h. */
struct end {
	char label[16], name[16], far[16];
	unsigned speed;
	int autoneg, up, plugged, laser, carrier, still, paged;
	int temperature, voltage;
	unsigned bias, launch, received, sensitivity;
	int attenuation;
	unsigned eeprom_length;
	uint8_t eeprom[EEPROM_SIZE];
};

/* Prints the message on standard error and exits with 1. */
__attribute__((noreturn, format(printf, 1, 2))) void fail(const char *format, ...);

/* control.c */
void open_control(void);
__attribute__((format(printf, 2, 3))) void send_command(const char *about, const char *format, ...);
bool known(const char *name);
void send_eeprom(const char *name, const uint8_t *bytes, unsigned length);
int read_ends(struct end *ends);

/* units.c: 0 stands for no light, which is minus infinity in dBm. */
unsigned light_from_dbm(double dbm);
double dbm_from_light(unsigned light);
double number_with(const char *text, const char *unit);

/* dump.c */
unsigned read_dump(const char *path, uint8_t *bytes);

/* optic.c */
void usual_optic(unsigned speed, const char *serial, uint8_t *bytes);

/* show.c */
void show(const char *name, bool json);

#endif
