#pragma once

// libcurl's typecheck macros only work where the option is a compile-time constant.
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <dlfcn.h>
#include <string.h>

// Swift cannot call C functions with variable arguments: one shim per argument type.

typedef size_t (*ccurl_receive)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode ccurl_set_receiver(CURL *easy, CURLoption option, ccurl_receive receiver) {
    return curl_easy_setopt(easy, option, receiver);
}

static inline CURLcode ccurl_set_prereq(CURL *easy, curl_prereq_callback callback) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// 0 if libcurl has no value.
static inline long ccurl_info_long(CURL *easy, CURLINFO info) {
    long value = 0;
    return curl_easy_getinfo(easy, info, &value) == CURLE_OK ? value : 0;
}

// The pointer that CURLOPT_PRIVATE was set to.
static inline void *ccurl_info_private(CURL *easy) {
    char *value = NULL;
    return curl_easy_getinfo(easy, CURLINFO_PRIVATE, &value) == CURLE_OK ? value : NULL;
}

// 1 if a handle's connection is one of HTTP/2, as TLS settled it; 0 if not, if there is no connection yet, and
// if libcurl uses another TLS library than OpenSSL. libcurl itself tells the version only after a status line.
static inline int ccurl_is_http2(CURL *easy) {
    struct curl_tlssessioninfo *tls = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &tls) != CURLE_OK || !tls || !tls->internals
        || tls->backend != CURLSSLBACKEND_OPENSSL)
        return 0;
    // libcurl has loaded the library, so that it is among the process's own; NULL is RTLD_DEFAULT.
    void (*selected)(const void *tls, const unsigned char **name, unsigned int *length) = NULL;
    *(void **)&selected = dlsym(NULL, "SSL_get0_alpn_selected");
    if (!selected) return 0;
    const unsigned char *name = NULL;
    unsigned int length = 0;
    selected(tls->internals, &name, &length);
    return name && length == 2 && memcmp(name, "h2", 2) == 0;
}
