/* Reads a module's memory from a file: raw bytes, or a dump by xxd, hexdump -C or ethtool hex. */
#include <ctype.h>
#include <string.h>
#include "fiber.h"

/* A dump of 512 bytes with offsets and a character column has about 2.5 KB. */
#define LARGEST_FILE 16384

static bool is_text(const char *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isprint((unsigned char)data[i]) && !isspace((unsigned char)data[i]))
			return false;
	return true;
}

/* The part of a line after its offset: "0x0010: 00 01" or "00000010  00 01". */
static char *after_offset(char *line)
{
	char *colon = strchr(line, ':');
	size_t digits = strspn(line, "0123456789abcdefABCDEF");

	if (colon != NULL && colon - line <= 10)
		return colon + 1;
	return digits >= 7 && strncmp(line + digits, "  ", 2) == 0 ? line + digits : line;
}

/* Reads the pairs of digits of a line; a line with an offset has at most 16 bytes. */
static unsigned parse_line(char *line, uint8_t *bytes, unsigned room)
{
	char *at = after_offset(line);
	bool offset = at != line;
	unsigned count = 0, value;

	while (count < room && !(offset && count == 16)) {
		size_t gap = strspn(at, " \t");

		at += gap;
		if (!isxdigit((unsigned char)at[0]) || !isxdigit((unsigned char)at[1]))
			break;
		/* xxd separates the character column of a short last line by two spaces. */
		if (offset && gap > 1 && count > 0 && count != 8)
			break;
		sscanf(at, "%2x", &value);
		bytes[count++] = (uint8_t)value;
		at += 2;
	}
	return count;
}

static unsigned parse_text(char *text, uint8_t *bytes)
{
	unsigned count = 0;

	for (char *line = strtok(text, "\r\n"); line != NULL; line = strtok(NULL, "\r\n"))
		if (line[0] != '#')
			count += parse_line(line, bytes + count, EEPROM_SIZE - count);
	return count;
}

unsigned read_dump(const char *path, uint8_t *bytes)
{
	static char data[LARGEST_FILE + 1];
	FILE *file = fopen(path, "rb");
	size_t length;
	unsigned count;

	if (file == NULL)
		fail("%s: cannot be opened: %m", path);
	length = fread(data, 1, LARGEST_FILE + 1, file);
	fclose(file);
	if (length > LARGEST_FILE)
		fail("%s: larger than any dump of a module", path);
	if (is_text(data, length)) {
		data[length] = '\0';
		count = parse_text(data, bytes);
	} else {
		count = length < EEPROM_SIZE ? (unsigned)length : EEPROM_SIZE;
		memcpy(bytes, data, count);
	}
	if (count == 0)
		fail("%s: no bytes of a module found", path);
	return count;
}
