#include "entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MAX = 64 };

static void *kept[KEPT_MAX];
static size_t kept_count;

static void give_up(const char *what, const char *name) {
    fprintf(stderr, "vectors: %s: %s\n", name, what);
    exit(1);
}

void *entries_room(size_t count, size_t bytes) {
    void *room = calloc(count > 0 ? count : 1, bytes);
    if (room == NULL || kept_count == KEPT_MAX) {
        give_up("no room", "array");
    }
    kept[kept_count++] = room;
    return room;
}

void entries_free_all(void) {
    while (kept_count > 0) {
        free(kept[--kept_count]);
    }
}

static const cJSON *field(const cJSON *of, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(of, name);
    if (item == NULL) {
        give_up("missing", name);
    }
    return item;
}

static uint64_t number(const cJSON *item) {
    if (cJSON_IsString(item)) {
        const char *text = item->valuestring;
        return text[0] == '-' ? (uint64_t)strtoll(text, NULL, 10) : strtoull(text, NULL, 10);
    }
    if (!cJSON_IsNumber(item)) {
        give_up("not a number", item->string != NULL ? item->string : "entry");
    }
    return (uint64_t)(int64_t)item->valuedouble;
}

uint64_t entries_number(const cJSON *of, const char *name) { return number(field(of, name)); }

int entries_flag(const cJSON *of, const char *name) { return cJSON_IsTrue(field(of, name)); }

int entries_is_null(const cJSON *of, const char *name) { return cJSON_IsNull(field(of, name)); }

size_t entries_listed(const cJSON *of, const char *name) { return (size_t)cJSON_GetArraySize(field(of, name)); }

/* Xoshiro256++ (Blackman, Vigna 2019), its state filled by SplitMix64. */
typedef struct generator {
    uint64_t s[4];
} generator;

static uint64_t rotate(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

static generator seeded(uint64_t seed) {
    generator g;
    int i;
    for (i = 0; i < 4; i++) {
        uint64_t z = (seed += UINT64_C(0x9E3779B97F4A7C15));
        z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
        g.s[i] = z ^ (z >> 31);
    }
    return g;
}

static uint64_t next(generator *g) {
    uint64_t *s = g->s;
    const uint64_t result = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

/* The high word of a product of two 64-bit numbers. */
static uint64_t high_word(uint64_t a, uint64_t b) {
    const uint64_t low = UINT32_MAX, middle = (a >> 32) * (b & low) + ((a & low) * (b & low) >> 32);
    return (a >> 32) * (b >> 32) + (middle >> 32) + (((a & low) * (b >> 32) + (middle & low)) >> 32);
}

static void draw_entries(const cJSON *drawn, uint64_t *out, size_t count) {
    const uint64_t low = entries_number(drawn, "low"), span = entries_number(drawn, "span");
    generator g = seeded(entries_number(drawn, "seed"));
    size_t i;
    for (i = 0; i < count; i++) {
        const uint64_t u = next(&g);
        out[i] = low + (span == 0 ? u : high_word(u, span));
    }
}

uint64_t *entries(const cJSON *of, const char *name, size_t count) {
    const cJSON *array = field(of, name), *item;
    uint64_t *out = entries_room(count, sizeof *out);
    size_t i = 0;
    if (cJSON_IsObject(array)) {
        draw_entries(array, out, count);
        return out;
    }
    if ((size_t)cJSON_GetArraySize(array) != count) {
        give_up("another length than the case says", name);
    }
    cJSON_ArrayForEach(item, array) { out[i++] = cJSON_IsBool(item) ? (uint64_t)cJSON_IsTrue(item) : number(item); }
    return out;
}

#define NARROWER(function, type)                                          \
    type *function(const cJSON *of, const char *name, size_t count) {     \
        uint64_t *wide;                                                   \
        type *out;                                                        \
        size_t i;                                                         \
        if (entries_is_null(of, name)) {                                  \
            return NULL;                                                  \
        }                                                                 \
        wide = entries(of, name, count);                                  \
        out = entries_room(count, sizeof *out);                           \
        for (i = 0; i < count; i++) {                                     \
            out[i] = (type)wide[i];                                       \
        }                                                                 \
        return out;                                                       \
    }

NARROWER(entries16, uint16_t)
NARROWER(entries32, uint32_t)
NARROWER(entries_size, size_t)
NARROWER(entries_flags, uint8_t)

static uint64_t entry(const void *got, size_t bytes, size_t index) {
    return bytes == 2 ? ((const uint16_t *)got)[index] : ((const uint64_t *)got)[index];
}

/* 64-bit FNV-1a over the entries in eight bytes each, the lowest first. */
static uint64_t digest(const void *got, size_t bytes, size_t count) {
    uint64_t hash = UINT64_C(14695981039346656037);
    size_t i;
    int shift;
    for (i = 0; i < count; i++) {
        for (shift = 0; shift < 64; shift += 8) {
            hash = (hash ^ ((entry(got, bytes, i) >> shift) & 0xFF)) * UINT64_C(1099511628211);
        }
    }
    return hash;
}

static int match_listed(const cJSON *array, const void *got, size_t bytes, size_t count) {
    const cJSON *item;
    size_t i = 0;
    cJSON_ArrayForEach(item, array) {
        if (i == count || number(item) != entry(got, bytes, i)) {
            return 0;
        }
        i++;
    }
    return 1;
}

int entries_match(const cJSON *expected, const char *name, const void *got, size_t bytes, size_t count) {
    const cJSON *array = field(expected, name);
    if (cJSON_IsArray(array)) {
        return (size_t)cJSON_GetArraySize(array) == count && match_listed(array, got, bytes, count);
    }
    return entries_number(array, "length") == count && match_listed(field(array, "first"), got, bytes, count) &&
           entries_number(array, "fnv1a") == digest(got, bytes, count);
}
