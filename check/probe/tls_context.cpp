// OpenSSL client context.
#include "check/probe/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "check/probe/openssl_library.hpp"

namespace check {

namespace {

Error library_error(const char* doing, const std::string& object) {
    char text[256]{};
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    return Error{0, doing, object, text};
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::make(const std::optional<conf::SslContext>& config) {
    if (auto loaded = load_openssl(); !loaded) return loaded.error();
    SSL_CTX* native = SSL_CTX_new(TLS_client_method());
    if (native == nullptr) return library_error("SSL error : make a TLS context", "");
    std::unique_ptr<TlsContext> context(new TlsContext(native));
    SSL_CTX_set_verify(native, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_options(native, SSL_OP_IGNORE_UNEXPECTED_EOF);  // peers that close without close_notify
    SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
    if (!config) return context;
    if (!config->key.empty()) {
        SSL_CTX_set_default_passwd_cb_userdata(native, const_cast<char*>(config->password.c_str()));
        SSL_CTX_set_default_passwd_cb(native, [](char* buffer, int size, int, void* password) {
            const std::string_view text = static_cast<const char*>(password);
            const std::size_t length = std::min(text.size(), static_cast<std::size_t>(size));
            std::copy_n(text.begin(), length, buffer);
            return static_cast<int>(length);
        });
    }
    if (!config->ca.empty() && SSL_CTX_load_verify_locations(native, config->ca.c_str(), nullptr) != 1) {
        return library_error("SSL error : Cant load CA file...", config->ca);
    }
    if (!config->certificate.empty() &&
        SSL_CTX_use_certificate_chain_file(native, config->certificate.c_str()) != 1) {
        return library_error("SSL error : Cant load certificate file...", config->certificate);
    }
    if (!config->key.empty() &&
        SSL_CTX_use_PrivateKey_file(native, config->key.c_str(), SSL_FILETYPE_PEM) != 1) {
        return library_error("SSL error : Cant load key file...", config->key);
    }
    return context;
}

TlsContext::~TlsContext() { SSL_CTX_free(static_cast<SSL_CTX*>(context_)); }

}  // namespace check
