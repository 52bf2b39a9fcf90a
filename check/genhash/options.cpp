#include "check/genhash/options.hpp"

#include <fmt/format.h>
#include <getopt.h>

#include <charconv>
#include <cstdio>
#include <string_view>

namespace genhash {
namespace {

constexpr std::uint64_t kLargestPort = 65535;
constexpr std::uint64_t kLargestMark = 0xffffffff;
constexpr std::uint64_t kLongestTimeout = 86400;  // seconds

constexpr option kLongOptions[] = {
    {"use-ssl", no_argument, nullptr, 'S'},       {"use-sni", no_argument, nullptr, 'I'},
    {"server", required_argument, nullptr, 's'},  {"use-virtualhost", required_argument, nullptr, 'V'},
    {"port", required_argument, nullptr, 'p'},    {"url", required_argument, nullptr, 'u'},
    {"fwmark", required_argument, nullptr, 'm'},  {"protocol", required_argument, nullptr, 'P'},
    {"timeout", required_argument, nullptr, 't'}, {"verbose", no_argument, nullptr, 'v'},
    {"help", no_argument, nullptr, 'h'},          {nullptr, 0, nullptr, 0},
};

std::optional<std::uint64_t> number(std::string_view text, std::uint64_t smallest, std::uint64_t largest) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < smallest || value > largest)
        return std::nullopt;
    return value;
}

std::optional<conf::HttpProtocol> protocol(std::string_view text) {
    if (text == "1.0") return conf::HttpProtocol::http10;
    if (text == "1.0c" || text == "1.0C") return conf::HttpProtocol::http10c;
    if (text == "1.1") return conf::HttpProtocol::http11;
    return std::nullopt;
}

/// The complaint about one option, empty when it is fine.
std::string take(Options& options, int letter, const char* word) {
    switch (letter) {
        case 's': {
            const auto address = net::IpAddress::parse(word);
            if (!address) return fmt::format("server should be an IP, not {}", word);
            options.connection.destination.address = *address;
            return {};
        }
        case 'p': {
            const auto port = number(word, 1, kLargestPort);
            if (!port) return fmt::format("invalid port number '{}'", word);
            options.connection.destination.port = static_cast<std::uint16_t>(*port);
            return {};
        }
        case 'm': {
            const auto mark = number(word, 0, kLargestMark);
            if (!mark) return fmt::format("invalid fwmark '{}'", word);
            options.connection.settings.own().fwmark = static_cast<std::uint32_t>(*mark);
            return {};
        }
        case 't': {
            const auto seconds = number(word, 1, kLongestTimeout);
            if (!seconds) return fmt::format("invalid timeout '{}'", word);
            options.connection.settings.own().timeout = std::chrono::seconds(*seconds);
            return {};
        }
        case 'P': {
            const auto version = protocol(word);
            if (!version) return fmt::format("invalid HTTP protocol version '{}'", word);
            options.protocol = *version;
            return {};
        }
        case 'u':
            options.path = word;
            return {};
        case 'V':
            options.virtualhost = word;
            return {};
        case 'S':
            options.tls = true;
            return {};
        case 'I':
            options.sni = true;
            return {};
        case 'v':
            options.verbose = true;
            return {};
        default:
            return {};
    }
}

std::nullopt_t usage(const char* program) {
    fmt::print(
        stderr,
        "Usage: {0} COMMAND [OPTIONS]\n"
        "Commands:\n"
        "   -s server-address -p port -u url\n"
        "   -S -s server-address -p port -u url\n"
        "   -h\n\n"
        "Options:\n"
        "Either long or short options are allowed.\n"
        "   --use-ssl         -S       Use SSL connection to remote server.\n"
        "   --use-sni         -I       Use SNI during SSL handshake (uses virtualhost setting; see -V).\n"
        "   --server          -s       Use the specified remote server address.\n"
        "   --port            -p       Use the specified remote server port.\n"
        "   --url             -u       Use the specified remote server url.\n"
        "   --use-virtualhost -V       Use the specified virtualhost in GET query.\n"
        "   --verbose         -v       Use verbose mode output.\n"
        "   --help            -h       Display this short inlined help screen.\n"
        "   --fwmark          -m       Use the specified FW mark.\n"
        "   --protocol        -P       Use the specified HTTP protocol - '1.0', 1.0c', '1.1'.\n"
        "                                1.0c means 1.0 with 'Connection: close'\n"
        "   --timeout         -t       Timeout in seconds\n",
        program);
    return std::nullopt;
}

}  // namespace

std::optional<Options> parse(int argc, char** argv) {
    Options options;
    for (int letter; (letter = getopt_long(argc, argv, "s:p:u:SIV:m:P:t:vh", kLongOptions, nullptr)) != -1;) {
        if (letter == 'h' || letter == '?') return usage(argv[0]);
        if (const std::string complaint = take(options, letter, optarg); !complaint.empty()) {
            fmt::print(stderr, "{}\n", complaint);
            return usage(argv[0]);
        }
    }
    const conf::Endpoint& server = options.connection.destination;
    const bool complete = server.address != net::IpAddress{} && server.port != 0 && !options.path.empty();
    if (!complete || optind < argc) return usage(argv[0]);
    return options;
}

}  // namespace genhash
