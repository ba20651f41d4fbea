#include <malloc.h>

/// Gives free memory of glibc's heaps back to the system; what another allocator holds is left to it.
static inline void return_free_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
