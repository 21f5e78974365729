/* The connection to the kernel module, /dev/vfiber; loads the module when it is not loaded. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "fiber.h"

#define CONTROL "/dev/vfiber"

static int control = -1;

/* The module was built beside this program. */
static void load_module(void)
{
	char path[PATH_MAX] = "";
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 16);
	int file;

	if (length <= 0)
		fail("cannot find the kernel module: %m");
	strcpy(strrchr(path, '/'), "/vfiber.ko");
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		fail("%s: %m", path);
	if (syscall(SYS_finit_module, file, "", 0) != 0 && errno != EEXIST)
		fail("the kernel refuses %s: %m (the virtual fibre works in the lab's guest only)", path);
	close(file);
}

void open_control(void)
{
	if (access(CONTROL, F_OK) != 0)
		load_module();
	control = open(CONTROL, O_RDWR | O_CLOEXEC);
	if (control < 0)
		fail("%s: %m", CONTROL);
}

void send_command(const char *about, const char *format, ...)
{
	char line[1300];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	if (write(control, line, (size_t)length) == length)
		return;
	if (errno == ENODEV)
		fail("no fibre ends at %s", about);
	if (errno == EEXIST)
		fail("%s: another link has that name", about);
	fail("%s: %m", about);
}

void send_eeprom(const char *name, const uint8_t *bytes, unsigned length)
{
	char hex[2 * EEPROM_SIZE + 1] = "";

	for (unsigned i = 0; i < length; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	send_command(name, "eeprom %s %u %s", name, length, hex);
}

static void parse_hex(const char *hex, uint8_t *bytes)
{
	unsigned value;

	for (int i = 0; i < EEPROM_SIZE && sscanf(hex + 2 * i, "%2x", &value) == 1; i++)
		bytes[i] = (uint8_t)value;
}

static bool parse_end(const char *line, struct end *e)
{
	int hex = 0;
	int found = sscanf(line, "%15s %15s %15s %u %d %d %d %d %d %d %d %d %d %u %u %u %u %d %u %n",
			   e->label, e->name, e->far, &e->speed, &e->autoneg, &e->up, &e->plugged,
			   &e->laser, &e->carrier, &e->still, &e->paged, &e->temperature,
			   &e->voltage, &e->bias, &e->launch, &e->received, &e->sensitivity,
			   &e->attenuation, &e->eeprom_length, &hex);

	if (found != 19)
		return false;
	parse_hex(line + hex, e->eeprom);
	return true;
}

int read_ends(struct end *ends)
{
	FILE *file = fdopen(dup(control), "r");
	char *line = NULL;
	size_t capacity = 0;
	int count = 0;

	if (file == NULL)
		fail("%s: %m", CONTROL);
	rewind(file);
	while (count < MOST_ENDS && getline(&line, &capacity, file) > 0)
		if (parse_end(line, &ends[count]))
			count++;
	free(line);
	fclose(file);
	return count;
}

bool known(const char *name)
{
	static struct end ends[MOST_ENDS];
	int count = read_ends(ends);

	for (int i = 0; i < count; i++)
		if (strcmp(ends[i].label, name) == 0 || strcmp(ends[i].name, name) == 0)
			return true;
	return false;
}
