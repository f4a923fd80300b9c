/* Arrays of the golden vectors (tests/vectors/README.md): listed, drawn from a seed, or told by a digest. */
#ifndef ENTRIES_H
#define ENTRIES_H

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

/* An array of a case, in two's complement of 64 bits; `count` must be what a listed one has. It lives until
 * entries_free_all. */
uint64_t *entries(const cJSON *of, const char *name, size_t count);

/* The same in narrower types; NULL where the array is null. */
uint16_t *entries16(const cJSON *of, const char *name, size_t count);
uint32_t *entries32(const cJSON *of, const char *name, size_t count);
size_t *entries_size(const cJSON *of, const char *name, size_t count);
uint8_t *entries_flags(const cJSON *of, const char *name, size_t count);

/* Room for results, zeroed. It lives until entries_free_all. */
void *entries_room(size_t count, size_t bytes);

/* A number: a JSON number or a decimal string. */
uint64_t entries_number(const cJSON *of, const char *name);
int entries_flag(const cJSON *of, const char *name);
int entries_is_null(const cJSON *of, const char *name);
/* The length of a listed array. */
size_t entries_listed(const cJSON *of, const char *name);

/* Whether a result, in entries of 2 or 8 bytes, is what the expected array lists or its digest tells. */
int entries_match(const cJSON *expected, const char *name, const void *got, size_t bytes, size_t count);

void entries_free_all(void);

#endif
