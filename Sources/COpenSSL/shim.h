// The part of OpenSSL's libcrypto that the libraries here call.
#include <openssl/evp.h>
