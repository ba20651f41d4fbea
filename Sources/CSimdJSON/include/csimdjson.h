#pragma once

// A small C interface over simdjson's DOM: parse once, then read values by handle. A handle is valid as long
// as its document exists. Nothing here throws, and nothing is written after csj_parse returns, so any number
// of threads may read a document.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct csj_document csj_document;

/// One value of a document, by its index on the document's tape.
typedef struct {
    const csj_document *document;
    size_t index;
} csj_value;

typedef enum {
    CSJ_NULL, CSJ_BOOL, CSJ_INT64, CSJ_UINT64, CSJ_DOUBLE, CSJ_STRING, CSJ_ARRAY, CSJ_OBJECT
} csj_kind;

/// Parses `length` bytes, which are copied. Returns 0 and sets `out`, or returns simdjson's error code.
/// Nesting deeper than `max_depth` is an error.
int csj_parse(const uint8_t *bytes, size_t length, size_t max_depth, csj_document **out);
void csj_free(csj_document *document);
/// A fixed sentence for a code of csj_parse; never a piece of the input.
const char *csj_error_message(int code);

csj_value csj_root(const csj_document *document);
/// The index after the last value of the document.
size_t csj_end(const csj_document *document);
/// Fills `values` with the indices, ascending, of up to `capacity` values whose name their object has more than
/// once, each the last of its name. Returns the number of all of them; hardly any document has one.
size_t csj_repeated(const csj_document *document, size_t *values, size_t capacity);
csj_kind csj_kind_of(csj_value value);

/// The kind of a value and, for a scalar, its content.
typedef struct {
    csj_kind kind;
    /// The number; `kind` decides which member is valid.
    union {
        int64_t int64;
        uint64_t uint64;
        double number;
    };
    bool boolean;
    /// The UTF-8 of a string, which may contain NUL characters; valid as long as the document exists.
    const uint8_t *text;
    size_t length;
} csj_content;

csj_content csj_read(csj_value value);

/// A step to a member of an object by its name, or to an element of an array by its position.
typedef struct {
    bool is_name;
    /// UTF-8 without a final NUL.
    const uint8_t *name;
    size_t length;
    /// An index from 0; -1 is the last element, -2 the one before it.
    ptrdiff_t position;
} csj_step;

/// Follows steps from a value; takes the last of several members with one name. Returns false if a step
/// leads nowhere; `out` is then the value that the step begins at.
bool csj_follow(csj_value start, const csj_step *steps, size_t count, csj_value *out);

/// The number of elements or members; counted, so it is right beyond simdjson's 24-bit size.
size_t csj_count(csj_value container);
/// The range of the tape that holds an array's elements, one after the other; empty for anything else.
void csj_elements(csj_value array, size_t *first, size_t *end);
/// The index of the value after this one, or of the closing bracket around it.
size_t csj_after(csj_value value);
/// Fills `keys` and `values` with up to `capacity` members of an object, and returns their number.
size_t csj_members(csj_value object, csj_value *keys, csj_value *values, size_t capacity);

#ifdef __cplusplus
}
#endif
