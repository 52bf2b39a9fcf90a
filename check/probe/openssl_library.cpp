// The functions of OpenSSL that this folder calls, ours and Asio's, each passing on to the library. A function that is
// missing here is an undefined symbol when a program is linked; one whose type differs from OpenSSL's is a compiler's error.
#include "check/probe/openssl_library.hpp"

#include <dlfcn.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include <stdexcept>
#include <string>

namespace check {

namespace {

/// Ours for the life of the process. libcrypto comes along, as what libssl depends on.
void* library() {
    static void* const handle = ::dlopen("libssl.so.3", RTLD_NOW | RTLD_LOCAL);
    return handle;
}

/// A package without OpenSSL cannot be installed, and who begins with load_openssl() has heard of it: it throws.
void* symbol(const char* name) {
    void* found = library() == nullptr ? nullptr : ::dlsym(library(), name);
    if (found == nullptr) throw std::runtime_error(std::string("OpenSSL has no ") + name);
    return found;
}

}  // namespace

Result<> load_openssl() {
    if (library() != nullptr) return {};
    const char* why = ::dlerror();
    return Error{0, "load", "libssl.so.3", why == nullptr ? "" : why};
}

}  // namespace check

// Hidden: should a program be linked with OpenSSL itself, its libraries do not take these for theirs.
#define FORWARD(type, name, parameters, arguments)                                              \
    extern "C" [[gnu::visibility("hidden")]] type name parameters {                             \
        static const auto forward = reinterpret_cast<type(*) parameters>(check::symbol(#name)); \
        return forward arguments;                                                               \
    }

FORWARD(long, BIO_ctrl, (BIO * bio, int command, long number, void* what), (bio, command, number, what))
FORWARD(std::size_t, BIO_ctrl_pending, (BIO * bio), (bio))
FORWARD(int, BIO_free, (BIO * bio), (bio))
FORWARD(int, BIO_new_bio_pair, (BIO * *one, std::size_t size, BIO** other, std::size_t its_size),
        (one, size, other, its_size))
FORWARD(int, BIO_read, (BIO * bio, void* data, int length), (bio, data, length))
FORWARD(int, BIO_write, (BIO * bio, const void* data, int length), (bio, data, length))

FORWARD(void, ERR_clear_error, (), ())
FORWARD(void, ERR_error_string_n, (unsigned long error, char* text, std::size_t length),
        (error, text, length))
FORWARD(unsigned long, ERR_get_error, (), ())
FORWARD(const char*, ERR_lib_error_string, (unsigned long error), (error))
FORWARD(const char*, ERR_reason_error_string, (unsigned long error), (error))

FORWARD(int, EVP_DigestFinal_ex, (EVP_MD_CTX * context, unsigned char* digest, unsigned* length),
        (context, digest, length))
FORWARD(int, EVP_DigestInit_ex, (EVP_MD_CTX * context, const EVP_MD* type, ENGINE* engine),
        (context, type, engine))
FORWARD(int, EVP_DigestUpdate, (EVP_MD_CTX * context, const void* data, std::size_t length),
        (context, data, length))
FORWARD(void, EVP_MD_CTX_free, (EVP_MD_CTX * context), (context))
FORWARD(EVP_MD_CTX*, EVP_MD_CTX_new, (), ())
FORWARD(const EVP_MD*, EVP_md5, (), ())

FORWARD(const SSL_METHOD*, TLS_client_method, (), ())
FORWARD(SSL_CTX*, SSL_CTX_new, (const SSL_METHOD* method), (method))
FORWARD(void, SSL_CTX_free, (SSL_CTX * context), (context))
FORWARD(int, SSL_CTX_up_ref, (SSL_CTX * context), (context))
FORWARD(long, SSL_CTX_ctrl, (SSL_CTX * context, int command, long number, void* what),
        (context, command, number, what))
FORWARD(std::uint64_t, SSL_CTX_set_options, (SSL_CTX * context, std::uint64_t options), (context, options))
FORWARD(void, SSL_CTX_set_verify, (SSL_CTX * context, int mode, SSL_verify_cb verify),
        (context, mode, verify))
FORWARD(void, SSL_CTX_set_default_passwd_cb, (SSL_CTX * context, pem_password_cb* ask), (context, ask))
FORWARD(void, SSL_CTX_set_default_passwd_cb_userdata, (SSL_CTX * context, void* data), (context, data))
FORWARD(void*, SSL_CTX_get_default_passwd_cb_userdata, (SSL_CTX * context), (context))
FORWARD(int, SSL_CTX_set_ex_data, (SSL_CTX * context, int index, void* data), (context, index, data))
FORWARD(void*, SSL_CTX_get_ex_data, (const SSL_CTX* context, int index), (context, index))
FORWARD(int, SSL_CTX_load_verify_locations, (SSL_CTX * context, const char* file, const char* directory),
        (context, file, directory))
FORWARD(int, SSL_CTX_use_certificate_chain_file, (SSL_CTX * context, const char* file), (context, file))
FORWARD(int, SSL_CTX_use_PrivateKey_file, (SSL_CTX * context, const char* file, int type),
        (context, file, type))

FORWARD(SSL*, SSL_new, (SSL_CTX * context), (context))
FORWARD(void, SSL_free, (SSL * ssl), (ssl))
FORWARD(int, SSL_accept, (SSL * ssl), (ssl))
FORWARD(int, SSL_connect, (SSL * ssl), (ssl))
FORWARD(int, SSL_read, (SSL * ssl, void* data, int length), (ssl, data, length))
FORWARD(int, SSL_write, (SSL * ssl, const void* data, int length), (ssl, data, length))
FORWARD(int, SSL_shutdown, (SSL * ssl), (ssl))
FORWARD(long, SSL_ctrl, (SSL * ssl, int command, long number, void* what), (ssl, command, number, what))
FORWARD(int, SSL_get_error, (const SSL* ssl, int result), (ssl, result))
FORWARD(int, SSL_get_shutdown, (const SSL* ssl), (ssl))
FORWARD(void, SSL_set_shutdown, (SSL * ssl, int mode), (ssl, mode))
FORWARD(void, SSL_set_quiet_shutdown, (SSL * ssl, int mode), (ssl, mode))
FORWARD(void, SSL_set_bio, (SSL * ssl, BIO* reading, BIO* writing), (ssl, reading, writing))
FORWARD(void, SSL_set_verify, (SSL * ssl, int mode, SSL_verify_cb verify), (ssl, mode, verify))
FORWARD(int, SSL_set_ex_data, (SSL * ssl, int index, void* data), (ssl, index, data))
FORWARD(void*, SSL_get_ex_data, (const SSL* ssl, int index), (ssl, index))
