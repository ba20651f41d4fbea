#pragma once

// A small C interface over simdjson's DOM: parse once, then read values by handle. A handle stays good as
// long as its document lives; nothing here throws, and nothing is written after csj_parse returns, so a
// document may be read from any number of threads.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csj_document csj_document;

/// One value of a document: where it stands on the document's tape.
typedef struct {
    const void *document;
    size_t index;
} csj_value;

typedef enum {
    CSJ_NULL, CSJ_BOOL, CSJ_INT64, CSJ_UINT64, CSJ_DOUBLE, CSJ_STRING, CSJ_ARRAY, CSJ_OBJECT
} csj_kind;

/// Parses `length` bytes (they are copied; the caller's may go afterwards). Returns 0 and sets `out`, or
/// simdjson's error code. Nesting deeper than `max_depth` is an error.
int csj_parse(const uint8_t *bytes, size_t length, size_t max_depth, csj_document **out);
void csj_free(csj_document *document);
/// A fixed sentence for a code of csj_parse; never a piece of the input.
const char *csj_error_message(int code);

csj_value csj_root(const csj_document *document);
csj_kind csj_kind_of(csj_value value);
bool csj_bool(csj_value value);
int64_t csj_int64(csj_value value);
uint64_t csj_uint64(csj_value value);
double csj_double(csj_value value);
/// The UTF-8 of a string, NUL characters included in `length`; it lives as long as the document.
const char *csj_string(csj_value value, size_t *length);

/// The first member of an object with this name.
bool csj_member(csj_value object, const char *key, size_t key_length, csj_value *out);
/// How many elements or members; counted, so right beyond simdjson's 24-bit size.
size_t csj_count(csj_value container);
/// Fills `out` with up to `capacity` elements of an array, and returns how many.
size_t csj_elements(csj_value array, csj_value *out, size_t capacity);
/// The element at a position, counted from 0 at the front, or at the end with `from_end`.
bool csj_element(csj_value array, size_t position, bool from_end, csj_value *out);
/// Fills `keys` and `values` with up to `capacity` members of an object, and returns how many.
size_t csj_members(csj_value object, csj_value *keys, csj_value *values, size_t capacity);

#ifdef __cplusplus
}
#endif
