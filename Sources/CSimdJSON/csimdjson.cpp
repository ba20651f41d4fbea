#include "csimdjson.h"

#include <cstring>
#include <new>
#include <simdjson.h>

using simdjson::dom::element;

struct csj_document {
    simdjson::dom::parser parser;
    element root;
};

namespace {

// simdjson keeps an element as (document, tape index) and says so in its layout only; a handle is that pair.
static_assert(sizeof(element) == sizeof(csj_value), "an element is a tape reference");
static_assert(std::is_trivially_copyable<element>::value, "an element is copied as bytes");

element open(csj_value value) {
    element out;
    std::memcpy(static_cast<void *>(&out), &value, sizeof value);
    return out;
}

csj_value close(const element &value) {
    csj_value out;
    std::memcpy(&out, &value, sizeof out);
    return out;
}

}  // namespace

int csj_parse(const uint8_t *bytes, size_t length, size_t max_depth, csj_document **out) {
    csj_document *document = new (std::nothrow) csj_document;
    if (document == nullptr) return simdjson::MEMALLOC;
    simdjson::error_code error = document->parser.allocate(length, max_depth);
    if (!error) {
        error = document->parser.parse(reinterpret_cast<const char *>(bytes), length, true)
                    .get(document->root);
    }
    if (error) {
        delete document;
        return error;
    }
    *out = document;
    return 0;
}

void csj_free(csj_document *document) { delete document; }

const char *csj_error_message(int code) {
    return simdjson::error_message(static_cast<simdjson::error_code>(code));
}

csj_value csj_root(const csj_document *document) { return close(document->root); }

csj_kind csj_kind_of(csj_value value) {
    switch (open(value).type()) {
        case simdjson::dom::element_type::ARRAY: return CSJ_ARRAY;
        case simdjson::dom::element_type::OBJECT: return CSJ_OBJECT;
        case simdjson::dom::element_type::INT64: return CSJ_INT64;
        case simdjson::dom::element_type::UINT64: return CSJ_UINT64;
        case simdjson::dom::element_type::DOUBLE: return CSJ_DOUBLE;
        case simdjson::dom::element_type::STRING: return CSJ_STRING;
        case simdjson::dom::element_type::BOOL: return CSJ_BOOL;
        default: return CSJ_NULL;
    }
}

bool csj_bool(csj_value value) {
    bool out = false;
    (void)open(value).get_bool().get(out);
    return out;
}

int64_t csj_int64(csj_value value) {
    int64_t out = 0;
    (void)open(value).get_int64().get(out);
    return out;
}

uint64_t csj_uint64(csj_value value) {
    uint64_t out = 0;
    (void)open(value).get_uint64().get(out);
    return out;
}

double csj_double(csj_value value) {
    double out = 0;
    (void)open(value).get_double().get(out);
    return out;
}

const char *csj_string(csj_value value, size_t *length) {
    std::string_view out;
    (void)open(value).get_string().get(out);
    *length = out.size();
    return out.data();
}

bool csj_member(csj_value object, const char *key, size_t key_length, csj_value *out) {
    simdjson::dom::object members;
    if (open(object).get_object().get(members)) return false;
    element found;
    if (members.at_key(std::string_view(key, key_length)).get(found)) return false;
    *out = close(found);
    return true;
}

size_t csj_count(csj_value container) {
    size_t count = 0;
    simdjson::dom::array elements;
    simdjson::dom::object members;
    if (!open(container).get_array().get(elements)) {
        for (element item : elements) { (void)item; ++count; }
    } else if (!open(container).get_object().get(members)) {
        for (auto member : members) { (void)member; ++count; }
    }
    return count;
}

size_t csj_elements(csj_value array, csj_value *out, size_t capacity) {
    size_t count = 0;
    simdjson::dom::array elements;
    if (open(array).get_array().get(elements)) return 0;
    for (element item : elements) {
        if (count == capacity) break;
        out[count++] = close(item);
    }
    return count;
}

bool csj_element(csj_value array, size_t position, bool from_end, csj_value *out) {
    simdjson::dom::array elements;
    if (open(array).get_array().get(elements)) return false;
    if (from_end) {
        size_t count = csj_count(array);
        if (position >= count) return false;
        position = count - 1 - position;
    }
    for (element item : elements) {
        if (position-- == 0) {
            *out = close(item);
            return true;
        }
    }
    return false;
}

size_t csj_members(csj_value object, csj_value *keys, csj_value *values, size_t capacity) {
    size_t count = 0;
    simdjson::dom::object members;
    if (open(object).get_object().get(members)) return 0;
    for (auto it = members.begin(); it != members.end() && count < capacity; ++it, ++count) {
        // A member's key is the string element that stands just before its value on the tape.
        csj_value value = close(it.value());
        keys[count] = csj_value{value.document, value.index - 1};
        values[count] = value;
    }
    return count;
}
