// Swift cannot call variadic C functions, so each kind of argument that curl_easy_setopt and its
// siblings take has a typed function here. CURLoption's own numbering says which kind an option takes.
#ifndef MAINSTAY_CCURL_SHIMS_H
#define MAINSTAY_CCURL_SHIMS_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#if __has_include(<linux/sockios.h>)
#include <linux/sockios.h>
#endif

/// Initializes the library with everything it offers (TLS included).
static inline CURLcode mainstay_curl_global_init(void) {
    return curl_global_init(CURL_GLOBAL_DEFAULT);
}

/// The build of libcurl that this process runs with, as opposed to the header it was compiled with.
static inline const curl_version_info_data *mainstay_curl_version(void) {
    return curl_version_info(CURLVERSION_NOW);
}

static inline CURLcode mainstay_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode mainstay_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies the text.
static inline CURLcode mainstay_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/// For options whose pointer libcurl keeps: contexts, lists, buffers. It is not copied.
static inline CURLcode mainstay_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

/// libcurl copies `length` bytes.
static inline CURLcode mainstay_curl_set_body(CURL *handle, const void *bytes, curl_off_t length) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, length);
    if (code != CURLE_OK) { return code; }
    return curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, bytes);
}

/// For CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION.
static inline CURLcode mainstay_curl_set_receiver(
    CURL *handle, CURLoption option, size_t (*receiver)(char *bytes, size_t size, size_t count, void *context)) {
    return curl_easy_setopt(handle, option, receiver);
}

/// What is uploaded: `reader` fills at most `size * count` bytes and says how many.
static inline CURLcode mainstay_curl_set_reader(
    CURL *handle, size_t (*reader)(char *buffer, size_t size, size_t count, void *context)) {
    return curl_easy_setopt(handle, CURLOPT_READFUNCTION, reader);
}

static inline CURLcode mainstay_curl_set_open_socket(
    CURL *handle, curl_socket_t (*opener)(void *context, curlsocktype purpose, struct curl_sockaddr *address)) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, opener);
}

/// Closes a socket. A peer that stopped reading would else make the kernel keep, for minutes, what was not sent yet: then it is a reset.
static inline int mainstay_curl_close_socket(void *context, curl_socket_t socket) {
    (void)context;
#ifdef SIOCOUTQNSD
    int unsent = 0;
    if (ioctl(socket, SIOCOUTQNSD, &unsent) == 0 && unsent > 0) {
        struct linger reset = {.l_onoff = 1, .l_linger = 0};
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
#endif
    return close(socket);
}

static inline CURLcode mainstay_curl_set_prompt_close(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, mainstay_curl_close_socket);
}

/// Asked about each connection, new or kept, just before a request goes out over it: CURL_PREREQFUNC_OK or CURL_PREREQFUNC_ABORT.
static inline CURLcode mainstay_curl_set_before_request(
    CURL *handle, int (*check)(void *context, char *remote, char *local, int remote_port, int local_port)) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, check);
}

/// -1 when the handle's connection is not kept.
static inline curl_socket_t mainstay_curl_active_socket(CURL *handle) {
    curl_socket_t socket = -1;
    return curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, &socket) == CURLE_OK ? socket : -1;
}

static inline CURLcode mainstay_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode mainstay_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

/// The text belongs to the handle and lives as long as it does, or until it is used again.
static inline CURLcode mainstay_curl_get_string(CURL *handle, CURLINFO info, const char **value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode mainstay_curl_get_pointer(CURL *handle, CURLINFO info, void **value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode mainstay_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// The address inside `address`, whose declared type is too small for IPv6: `address->addrlen` bytes are there.
static inline const struct sockaddr *mainstay_curl_sockaddr(const struct curl_sockaddr *address) {
    return &address->addr;
}

#endif
