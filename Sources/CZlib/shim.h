#pragma once

#include <zlib.h>

// deflateInit2 is a macro, which Swift cannot call. 15 is the largest window, 16 adds gzip's frame, and 8 is
// the usual memory level: together about 256 KiB while a stream lasts.
static inline int czlib_begin_gzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
