/* vfiber: the command that creates and changes virtual fibres. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "fiber.h"

#define ALL_LIGHT 1e9

/* Values of a new pair: dB of fibre and connectors, then degrees Celsius, volts, milliamperes. */
#define USUAL_LOSS 1.0
#define USUAL_TEMPERATURE 38.5
#define USUAL_VOLTAGE 3.3
#define USUAL_BIAS 32.0

static const char USAGE[] =
	"vfiber pair A B [--speed 10g|1g]     creates two ports joined by a fibre; replaces ports of these names\n"
	"vfiber remove A                      removes the pair of A\n"
	"vfiber bend A 12dB [--rx|--tx]       sets the attenuation to 12 dB in both directions, or only for light\n"
	"                                     that arrives at A (--rx) or leaves A (--tx)\n"
	"vfiber cut A [--rx|--tx]             lets no light pass\n"
	"vfiber mend A [--rx|--tx]            sets the attenuation to 1 dB\n"
	"vfiber tx A on|off                   enables or disables the transmitter of A\n"
	"vfiber set A KEY=VALUE...            temperature (C), bias (mA), voltage (V), launch (dBm),\n"
	"                                     sensitivity (dBm), speed (10g, 1g), paged (on, off: the\n"
	"                                     driver reads modules by page, or only whole)\n"
	"vfiber load A FILE [--still]         writes the memory of A's module, from raw bytes or a hex dump; a short\n"
	"                                     file makes reads beyond its end fail. Temperature, voltage, bias\n"
	"                                     and launch become those of the file; received power follows\n"
	"                                     the fibre. --still: no live reading changes the bytes of the file\n"
	"vfiber unplug A [--errno NUMBER]     removes the module; reads fail with ENODEV or that number\n"
	"vfiber plug A                        inserts the module again\n"
	"vfiber show [A] [--json]             prints all ends, or one\n"
	"\n"
	"A is the port's first or present name, in any network namespace. Received power is\n"
	"the far end's launch power minus the attenuation; below the sensitivity (10G -20, 1G -24 dBm) the\n"
	"port loses its carrier. A port that is down sends no light.\n";

void fail(const char *format, ...)
{
	int error = errno;
	va_list arguments;

	fputs("vfiber: ", stderr);
	errno = error;
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

/* Removes `option` from the arguments; true when it was given. */
static bool take_flag(int *argc, char **argv, const char *option)
{
	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], option) != 0)
			continue;
		memmove(argv + i, argv + i + 1, (size_t)(*argc - i) * sizeof(*argv));
		(*argc)--;
		return true;
	}
	return false;
}

/* Removes `option VALUE` from the arguments; returns VALUE, or NULL when it was not given. */
static const char *take_value(int *argc, char **argv, const char *option)
{
	for (int i = 0; i < *argc - 1; i++) {
		const char *value = argv[i + 1];

		if (strcmp(argv[i], option) != 0)
			continue;
		memmove(argv + i, argv + i + 2, (size_t)(*argc - i - 1) * sizeof(*argv));
		*argc -= 2;
		return value;
	}
	return NULL;
}

static unsigned speed_of(const char *text)
{
	if (strcasecmp(text, "10g") == 0)
		return 10000;
	if (strcasecmp(text, "1g") == 0)
		return 1000;
	fail("%s is neither 10g nor 1g", text);
}

static int switch_of(const char *text)
{
	if (strcmp(text, "on") == 0 || strcmp(text, "off") == 0)
		return strcmp(text, "on") == 0;
	fail("%s is neither on nor off", text);
}

static void set_number(const char *name, const char *field, double value)
{
	send_command(name, "set %s %s %ld", name, field, lround(value));
}

static void insert_module(const char *name, unsigned speed, char side)
{
	uint8_t bytes[EEPROM_SIZE];
	char serial[17];

	snprintf(serial, sizeof(serial), "VF%c-%.12s", side, name);
	usual_optic(speed, serial, bytes);
	send_eeprom(name, bytes, EEPROM_SIZE);
	set_number(name, "temperature", USUAL_TEMPERATURE * 256);
	set_number(name, "voltage", USUAL_VOLTAGE * 10000);
	set_number(name, "bias", USUAL_BIAS * 500);
	set_number(name, "launch", light_from_dbm(speed == 1000 ? -6.0 : -2.1));
	set_number(name, "sensitivity", light_from_dbm(speed == 1000 ? -24 : -20));
	set_number(name, "plugged", 1);
}

static void set_strand(const char *name, double loss)
{
	send_command(name, "strand %s %ld %ld", name, lround(ALL_LIGHT * pow(10, -loss / 10)), lround(loss * 100));
}

static void far_of(const char *name, char *far)
{
	static struct end ends[MOST_ENDS];
	int count = read_ends(ends);

	for (int i = 0; i < count; i++) {
		if (strcmp(ends[i].label, name) == 0 || strcmp(ends[i].name, name) == 0) {
			strcpy(far, ends[i].far);
			return;
		}
	}
	fail("no fibre ends at %s", name);
}

/* `loss` in dB; a negative loss is a cut. */
static void set_loss(int argc, char **argv, const char *name, double loss)
{
	bool rx = take_flag(&argc, argv, "--rx"), tx = take_flag(&argc, argv, "--tx");
	char far[16];

	far_of(name, far);
	for (int i = 0; i < 2; i++) {
		const char *arrives = i == 0 ? name : far;

		if (i == 0 ? tx && !rx : rx && !tx)
			continue;
		if (loss < 0)
			send_command(arrives, "strand %s 0 -1", arrives);
		else
			set_strand(arrives, loss);
	}
}

static void pair(int argc, char **argv)
{
	const char *asked = take_value(&argc, argv, "--speed");
	unsigned speed = asked == NULL ? 10000 : speed_of(asked);

	if (argc != 2)
		fail("pair needs two names; see vfiber help");
	for (int i = 0; i < 2; i++)
		if (strlen(argv[i]) > 15)
			fail("%s: a link's name has at most 15 characters", argv[i]);
	for (int i = 0; i < 2; i++)
		if (known(argv[i]))
			send_command(argv[i], "remove %s", argv[i]);
	send_command(argv[0], "pair %s %s %u", argv[0], argv[1], speed);
	for (int i = 0; i < 2; i++) {
		set_strand(argv[i], USUAL_LOSS);
		insert_module(argv[i], speed, i == 0 ? 'A' : 'B');
	}
}

static void set_value(const char *name, char *pair_text)
{
	char *value = strchr(pair_text, '=');

	if (value == NULL)
		fail("%s is not KEY=VALUE", pair_text);
	*value++ = '\0';
	if (strcmp(pair_text, "temperature") == 0)
		set_number(name, "temperature", number_with(value, "C") * 256);
	else if (strcmp(pair_text, "voltage") == 0)
		set_number(name, "voltage", number_with(value, "V") * 10000);
	else if (strcmp(pair_text, "bias") == 0)
		set_number(name, "bias", number_with(value, "mA") * 500);
	else if (strcmp(pair_text, "launch") == 0 || strcmp(pair_text, "sensitivity") == 0)
		set_number(name, pair_text, light_from_dbm(number_with(value, "dBm")));
	else if (strcmp(pair_text, "speed") == 0)
		set_number(name, "speed", speed_of(value));
	else if (strcmp(pair_text, "paged") == 0)
		set_number(name, "paged", switch_of(value));
	else
		fail("%s cannot be set; see vfiber help", pair_text);
}

static unsigned word_at(const uint8_t *bytes, int at)
{
	return (unsigned)bytes[at] << 8 | bytes[at + 1];
}

static void load(int argc, char **argv)
{
	bool still = take_flag(&argc, argv, "--still");
	uint8_t bytes[EEPROM_SIZE] = { 0 };
	const uint8_t *a2 = bytes + 256;
	unsigned length;

	if (argc != 2)
		fail("load needs a port and a file; see vfiber help");
	length = read_dump(argv[1], bytes);
	/* still first: the module writes live readings into memory that is not still. */
	set_number(argv[0], "still", 1);
	send_eeprom(argv[0], bytes, length);
	if (still || length < EEPROM_SIZE)
		return;
	set_number(argv[0], "temperature", (int16_t)word_at(a2, 96));
	set_number(argv[0], "voltage", word_at(a2, 98));
	set_number(argv[0], "bias", word_at(a2, 100));
	set_number(argv[0], "launch", word_at(a2, 102));
	set_number(argv[0], "still", 0);
}

static void unplug(int argc, char **argv)
{
	const char *number = take_value(&argc, argv, "--errno");

	if (number != NULL)
		set_number(argv[0], "absent", atoi(number));
	set_number(argv[0], "plugged", 0);
}

/* Runs a command about one port, argv[0]. */
static void run_port_command(const char *verb, int argc, char **argv)
{
	if (strcmp(verb, "remove") == 0)
		send_command(argv[0], "remove %s", argv[0]);
	else if (strcmp(verb, "cut") == 0)
		set_loss(argc, argv, argv[0], -1);
	else if (strcmp(verb, "mend") == 0)
		set_loss(argc, argv, argv[0], USUAL_LOSS);
	else if (strcmp(verb, "bend") == 0 && argc > 1)
		set_loss(argc, argv, argv[0], fmax(0, number_with(argv[1], "dB")));
	else if (strcmp(verb, "tx") == 0 && argc > 1)
		set_number(argv[0], "laser", switch_of(argv[1]));
	else if (strcmp(verb, "set") == 0 && argc > 1)
		for (int i = 1; i < argc; i++)
			set_value(argv[0], argv[i]);
	else if (strcmp(verb, "load") == 0)
		load(argc, argv);
	else if (strcmp(verb, "unplug") == 0)
		unplug(argc, argv);
	else if (strcmp(verb, "plug") == 0)
		set_number(argv[0], "plugged", 1);
	else
		fail("unknown command %s; see vfiber help", verb);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "help";
	bool json;

	argc -= argc > 1 ? 2 : 1;
	argv += 2;
	if (strcmp(verb, "help") == 0 || strcmp(verb, "--help") == 0) {
		fputs(USAGE, stdout);
		return 0;
	}
	open_control();
	if (strcmp(verb, "show") == 0) {
		json = take_flag(&argc, argv, "--json");
		show(argc > 0 ? argv[0] : NULL, json);
	} else if (strcmp(verb, "pair") == 0) {
		pair(argc, argv);
	} else if (argc > 0) {
		run_port_command(verb, argc, argv);
	} else {
		fail("%s needs a port; see vfiber help", verb);
	}
	return 0;
}
