#include "tests/unit/probe/fault_servers.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <csignal>

namespace probe_test {

namespace {

constexpr std::chrono::milliseconds kDrip{30};

void reset(int fd) {
    const linger at_once{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/// A self-signed certificate for `name`, valid from an hour before to an hour after `shift` seconds from now.
SSL_CTX* server_context(const char* name, long shift) {
    constexpr long kHour = 3600;
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), shift - kHour);
    X509_gmtime_adj(X509_getm_notAfter(certificate), shift + kHour);
    X509_set_pubkey(certificate, key);
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1,
                               -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_sign(certificate, key, EVP_sha256());
    REQUIRE(SSL_CTX_use_certificate(context, certificate) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

}  // namespace

FaultServer::FaultServer(Speaks speaks, Fault fault)
    : speaks_(speaks), fault_(fault), listener_(fault == Fault::refuses ? -1 : 8) {
    if (fault_ != Fault::refuses) thread_ = std::thread([this] { serve(); });
}

FaultServer::~FaultServer() {
    over_ = true;
    shutdown(listener_.fd.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
}

void FaultServer::serve() {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to clients that have gone
    UniqueFd client(accept(listener_.fd.get(), nullptr, nullptr));
    if (!client) return;
    Peer peer{client.get(), nullptr};
    if (speaks_ != Speaks::https) return treat(peer);
    constexpr long kDay = 86400;
    SSL_CTX* context = server_context(fault_ == Fault::wrong_name ? "somebody.else" : "server.test",
                                      fault_ == Fault::expired ? -kDay : 0);
    SSL* tls = SSL_new(context);
    SSL_set_fd(tls, client.get());
    if (SSL_accept(tls) == 1) {
        peer.tls = tls;
        treat(peer);
    }
    SSL_free(tls);
    SSL_CTX_free(context);
}

void FaultServer::good(const Peer& peer) const {
    if (speaks_ == Speaks::smtp) {
        peer.say("220 ready\r\n");
        peer.hear();
        peer.say("250 hello\r\n");
        peer.hear();
        peer.say("221 bye\r\n");
    } else {
        peer.hear();
        peer.say("HTTP/1.0 200 OK\r\n\r\nhello");
    }
}

void FaultServer::treat(const Peer& peer) {
    const bool web = speaks_ == Speaks::http || speaks_ == Speaks::https;
    const auto until_refused = [&](const std::string& piece) {
        while (!over_ && peer.say(piece)) continue;
    };
    switch (fault_) {
        case Fault::hangs:
            peer.wait();
            break;
        case Fault::resets:
            // Not before a client which only connects has seen that it is connected.
            if (web || speaks_ == Speaks::nothing) peer.hear();
            peer.say(web ? "HTTP/1.0 20" : "22");
            reset(peer.fd);
            break;
        case Fault::garbage:
            if (web) peer.hear();
            peer.say("\x01\x02\x03\xff garbage\r\n\r\n\x16\x03\x01");
            break;
        case Fault::drips:
            if (web) peer.hear();
            for (std::size_t n = 0; !over_ && peer.say(n < 4 ? std::string_view("HTTP").substr(n, 1) : "x");
                 ++n)
                std::this_thread::sleep_for(kDrip);
            break;
        case Fault::endless:
            if (web) peer.hear();
            if (web) peer.say("HTTP/1.0 200 OK\r\n\r\n");
            until_refused(web ? std::string(16384, 'x') : "220-and more\r\n");
            break;
        case Fault::huge_header:
            if (web) peer.hear();
            peer.say(web ? "HTTP/1.0 200 OK\r\nX: " : "220 ");
            until_refused(std::string(16384, 'x'));
            break;
        case Fault::half_close:
            shutdown(peer.fd, SHUT_WR);
            peer.wait();
            break;
        default:
            good(peer);
            break;
    }
}

}  // namespace probe_test
