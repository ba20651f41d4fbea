#include "csimdjson.h"

#include <cstring>
#include <new>
#include <simdjson.h>
#include <string_view>

struct csj_document {
    simdjson::dom::parser parser;
};

namespace {

// The tape is read as simdjson documents it (doc/tape.md, version 3): a word holds a type in its upper 8 bits
// and a payload below. dom::element reads it too, but it checks at each step what a walk has checked once.
using word = uint64_t;

struct Tape {
    const word *words;
    const uint8_t *strings;

    explicit Tape(const void *document)
        : words(static_cast<const simdjson::dom::document *>(document)->tape.get()),
          strings(static_cast<const simdjson::dom::document *>(document)->string_buf.get()) {}

    char type(size_t at) const { return static_cast<char>(words[at] >> 56); }
    word payload(size_t at) const { return words[at] & 0x00FFFFFFFFFFFFFFULL; }

    /// The index after the closing bracket of an array or object.
    size_t end(size_t at) const { return static_cast<uint32_t>(payload(at)); }

    size_t after(size_t at) const {
        switch (type(at)) {
            case '{': case '[': return end(at);
            case 'l': case 'u': case 'd': return at + 2;  // The number is the next word.
            default: return at + 1;
        }
    }

    std::string_view text(size_t at) const {
        const uint8_t *start = strings + payload(at);
        uint32_t length;
        std::memcpy(&length, start, sizeof length);
        return std::string_view(reinterpret_cast<const char *>(start + sizeof length), length);
    }

    /// The index of the value of the first member with this name; 0, the tape's root, if there is none.
    size_t member(size_t object, std::string_view name) const {
        if (type(object) != '{') return 0;
        const size_t last = end(object) - 1;
        // Every string on the tape is followed by a NUL, so even an empty one has a first byte.
        const char first = name.empty() ? '\0' : name.front();
        for (size_t key = object + 1; key < last; key = after(key + 1)) {
            const std::string_view found = text(key);
            if (found.size() == name.size() && *found.data() == first && found == name) return key + 1;
        }
        return 0;
    }

    /// The index of an element; 0 if there is none.
    size_t element(size_t array, ptrdiff_t position) const {
        if (type(array) != '[') return 0;
        const size_t last = end(array) - 1;
        if (position < 0) {
            size_t count = 0;
            for (size_t at = array + 1; at < last; at = after(at)) ++count;
            if (static_cast<size_t>(-(position + 1)) >= count) return 0;
            position += static_cast<ptrdiff_t>(count);
        }
        for (size_t at = array + 1; at < last; at = after(at)) {
            if (position-- == 0) return at;
        }
        return 0;
    }
};

}  // namespace

int csj_parse(const uint8_t *bytes, size_t length, size_t max_depth, csj_document **out) {
    csj_document *document = new (std::nothrow) csj_document;
    if (document == nullptr) return simdjson::MEMALLOC;
    simdjson::error_code error = document->parser.allocate(length, max_depth);
    if (!error) {
        error = document->parser.parse(reinterpret_cast<const char *>(bytes), length, true).error();
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

// The tape begins with a word for the root; the document's value is next.
csj_value csj_root(const csj_document *document) { return csj_value{&document->parser.doc, 1}; }

csj_kind csj_kind_of(csj_value value) {
    switch (Tape(value.document).type(value.index)) {
        case '[': return CSJ_ARRAY;
        case '{': return CSJ_OBJECT;
        case 'l': return CSJ_INT64;
        case 'u': return CSJ_UINT64;
        case 'd': return CSJ_DOUBLE;
        case '"': return CSJ_STRING;
        case 't': case 'f': return CSJ_BOOL;
        default: return CSJ_NULL;
    }
}

csj_content csj_read(csj_value value) {
    const Tape tape(value.document);
    csj_content out = {};
    out.kind = csj_kind_of(value);
    switch (out.kind) {
        case CSJ_INT64: case CSJ_UINT64: case CSJ_DOUBLE:
            std::memcpy(&out.uint64, &tape.words[value.index + 1], sizeof out.uint64);
            break;
        case CSJ_STRING: {
            const std::string_view text = tape.text(value.index);
            out.text = reinterpret_cast<const uint8_t *>(text.data());
            out.length = text.size();
            break;
        }
        case CSJ_BOOL: out.boolean = tape.type(value.index) == 't'; break;
        default: break;
    }
    return out;
}

bool csj_follow(csj_value start, const csj_step *steps, size_t count, csj_value *out) {
    const Tape tape(start.document);
    size_t at = start.index;
    for (size_t step = 0; step < count; ++step) {
        const char *name = reinterpret_cast<const char *>(steps[step].name);
        at = steps[step].is_name ? tape.member(at, {name, steps[step].length})
                                 : tape.element(at, steps[step].position);
        if (at == 0) return false;
    }
    *out = csj_value{start.document, at};
    return true;
}

size_t csj_count(csj_value container) {
    const Tape tape(container.document);
    const char type = tape.type(container.index);
    if (type != '[' && type != '{') return 0;
    const size_t last = tape.end(container.index) - 1;
    size_t count = 0;
    for (size_t at = container.index + 1; at < last; at = tape.after(at + (type == '{'))) ++count;
    return count;
}

void csj_elements(csj_value array, size_t *first, size_t *end) {
    const Tape tape(array.document);
    *first = array.index + 1;
    *end = tape.type(array.index) == '[' ? tape.end(array.index) - 1 : *first;
}

size_t csj_after(csj_value value) { return Tape(value.document).after(value.index); }

size_t csj_members(csj_value object, csj_value *keys, csj_value *values, size_t capacity) {
    const Tape tape(object.document);
    if (tape.type(object.index) != '{') return 0;
    const size_t last = tape.end(object.index) - 1;
    size_t count = 0;
    for (size_t key = object.index + 1; key < last && count < capacity; key = tape.after(key + 1)) {
        keys[count] = csj_value{object.document, key};
        values[count++] = csj_value{object.document, key + 1};
    }
    return count;
}
