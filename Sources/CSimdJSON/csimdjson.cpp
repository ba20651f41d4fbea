#include "csimdjson.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <string_view>
#include <utility>
#include <vector>

struct csj_document {
    simdjson::dom::document parsed;
    // The values whose name their object has more than once, each the last of its name, in the tape's order.
    std::vector<size_t> repeated;
};

namespace {

// The tape is read as simdjson documents it (doc/tape.md, version 3): a word holds a type in its upper 8 bits
// and a payload below. dom::element reads it too, but it checks at each step what a walk has checked once.
using word = uint64_t;

struct Tape {
    const word *words;
    const uint8_t *strings;
    bool has_repeated;

    explicit Tape(const csj_document *document)
        : words(document->parsed.tape.get()), strings(document->parsed.string_buf.get()),
          has_repeated(!document->repeated.empty()) {}

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

    /// The index of the value of the last member with this name; 0, the tape's root, if there is none.
    size_t member(size_t object, std::string_view name) const {
        if (type(object) != '{') return 0;
        const size_t last = end(object) - 1;
        size_t value = 0;
        // Every string on the tape is followed by a NUL, so even an empty one has a first byte.
        const char first = name.empty() ? '\0' : name.front();
        for (size_t key = object + 1; key < last; key = after(key + 1)) {
            const std::string_view found = text(key);
            if (found.size() != name.size() || *found.data() != first || found != name) continue;
            value = key + 1;
            // Hardly any document has a name twice; in all others the first is the last.
            if (!has_repeated) break;
        }
        return value;
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

/// Finds names that stand twice in one object, once for a document, so that no lookup has to.
class RepeatedNames {
public:
    explicit RepeatedNames(csj_document *document) : tape(document), found(document->repeated) {}

    void find() { walk(1, 0); }

private:
    const Tape tape;
    std::vector<size_t> &found;
    /// Hashed names of the open object at each depth; an object is left before the next one at its depth begins.
    std::vector<std::vector<word>> slots;

    /// Walks over a value, and returns the index after it. The parser limits the depth.
    size_t walk(size_t at, size_t depth) {
        switch (tape.type(at)) {
            case '{': return walk_object(at, depth);
            case '[': {
                const size_t last = tape.end(at) - 1;
                for (++at; at < last;) at = walk(at, depth + 1);
                return last + 1;
            }
            case 'l': case 'u': case 'd': return at + 2;
            default: return at + 1;
        }
    }

    /// A name's length, first bytes and last bytes, mixed; never 0.
    static word signature(std::string_view name) {
        // Eight bytes can be read from any string on: the tape's buffer is padded at its end.
        word first, last = 0;
        std::memcpy(&first, name.data(), sizeof first);
        if (name.size() < sizeof first) {
            first &= (word(1) << (8 * name.size())) - 1;
        } else {
            std::memcpy(&last, name.data() + name.size() - sizeof last, sizeof last);
        }
        return (((first ^ (last << 7)) + name.size()) * 0x9E3779B97F4A7C15ULL) | 1;
    }

    size_t walk_object(size_t object, size_t depth) {
        const size_t last = tape.end(object) - 1;
        if (slots.size() <= depth) slots.resize(depth + 1);
        // simdjson's count stops at 2^24 - 1; it decides the room only, not what is found.
        const size_t count = tape.payload(object) >> 32;
        size_t size = 16;
        while (size < 2 * count) size *= 2;
        slots[depth].assign(size, 0);
        size_t used = 0;
        bool may_repeat = false;
        for (size_t key = object + 1; key < last;) {
            if (!may_repeat) {
                word *const names = slots[depth].data();
                const word name = signature(tape.text(key));
                size_t slot = (name >> 40) & (size - 1);
                while (names[slot] != 0 && names[slot] != name) slot = (slot + 1) & (size - 1);
                may_repeat = names[slot] == name || ++used == size;
                names[slot] = name;
            }
            const char type = tape.type(key + 1);
            key = type == '{' || type == '[' ? walk(key + 1, depth + 1) : tape.after(key + 1);
        }
        if (may_repeat) compare(object);
        return last + 1;
    }

    /// Compares the names themselves, by sorting them.
    void compare(size_t object);
};

void RepeatedNames::compare(size_t object) {
    std::vector<std::pair<std::string_view, size_t>> names;
    const size_t last = tape.end(object) - 1;
    for (size_t key = object + 1; key < last; key = tape.after(key + 1)) {
        names.emplace_back(tape.text(key), key + 1);
    }
    std::sort(names.begin(), names.end());
    for (size_t at = 1; at < names.size(); ++at) {
        const bool repeats = names[at].first == names[at - 1].first;
        const bool goes_on = at + 1 < names.size() && names[at + 1].first == names[at].first;
        if (repeats && !goes_on) found.push_back(names[at].second);
    }
}

}  // namespace

int csj_parse(const uint8_t *bytes, size_t length, size_t max_depth, csj_document **out) {
    csj_document *document = new (std::nothrow) csj_document;
    if (document == nullptr) return simdjson::MEMALLOC;
    // The parser's own buffers are as large as the text and more; only the document outlives this call.
    simdjson::dom::parser parser;
    simdjson::error_code error = parser.allocate(length, max_depth);
    if (!error) {
        const char *text = reinterpret_cast<const char *>(bytes);
        error = parser.parse_into_document(document->parsed, text, length, true).error();
    }
    if (error) {
        delete document;
        return error;
    }
    try {
        RepeatedNames(document).find();
        std::sort(document->repeated.begin(), document->repeated.end());
    } catch (const std::bad_alloc &) {
        delete document;
        return simdjson::MEMALLOC;
    }
    *out = document;
    return 0;
}

void csj_free(csj_document *document) { delete document; }

const char *csj_error_message(int code) {
    return simdjson::error_message(static_cast<simdjson::error_code>(code));
}

// The tape begins with a word for the root; the document's value is next.
csj_value csj_root(const csj_document *document) { return csj_value{document, 1}; }

// The word for the root points behind the tape's last word, which is for the root too.
size_t csj_end(const csj_document *document) { return Tape(document).end(0) - 1; }

size_t csj_repeated(const csj_document *document, size_t *values, size_t capacity) {
    const size_t count = std::min(capacity, document->repeated.size());
    std::copy_n(document->repeated.begin(), count, values);
    return document->repeated.size();
}

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
        const size_t next = steps[step].is_name ? tape.member(at, {name, steps[step].length})
                                                : tape.element(at, steps[step].position);
        if (next == 0) {
            *out = csj_value{start.document, at};
            return false;
        }
        at = next;
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
