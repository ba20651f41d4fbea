#include <dlfcn.h>
#include <malloc.h>
#include <stddef.h>

/// Gives free memory back to the system: that of jemalloc where it is loaded in place of the C library's
/// allocator, else that of glibc's heaps. What any other allocator holds is left to it.
static inline void return_free_memory(void) {
    typedef int (*control)(const char *name, void *old, size_t *old_length, void *value, size_t length);
    // A null handle is RTLD_DEFAULT, whose name is GNU's.
    const control mallctl = (control)dlsym(NULL, "mallctl");
    if (mallctl != NULL) {
        // 4096 stands for all arenas.
        mallctl("arena.4096.purge", NULL, NULL, NULL, 0);
        return;
    }
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
