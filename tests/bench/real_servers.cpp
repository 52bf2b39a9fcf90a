// Real servers for the bench: many listeners in one process, cheap enough not to be what is measured.
//
//     bench_real_servers tcp|http FIRST COUNT PORT [paced]     listens on COUNT addresses from 127.0.0.0/8, FIRST on
//
// Paced, it looks every 200 us at what has come instead of waiting for it: then nobody who connects has to wake it up,
// which is the work of the connecting side's processor, and real servers are on other machines.
//
// One word a line on standard input, one line of answer each: `count` connections accepted so far (of them, in http mode,
// those that were answered), `close N` the first N servers die (connections are refused from then on), `open` all
// listen again. The first line of output says that all listen. Ends with its standard input.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "lib/process/unique_fd.hpp"

namespace {

constexpr int kBacklog = 1024;
constexpr std::string_view kAnswer =
    "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nhello\n";

class RealServers {
  public:
    RealServers(bool http, bool paced, std::uint32_t first, std::uint32_t count, std::uint16_t port)
        : http_(http),
          paced_(paced),
          first_(first),
          port_(port),
          epoll_(epoll_create1(EPOLL_CLOEXEC)),
          listeners_(count) {
        open();
        watch(STDIN_FILENO, kInput);
    }

    int run() {
        std::vector<epoll_event> events(1024);
        constexpr timespec kPace{0, 200'000};
        for (;;) {
            if (paced_) nanosleep(&kPace, nullptr);
            const int ready =
                epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), paced_ ? 0 : -1);
            for (int n = 0; n < ready; ++n) {
                const std::uint64_t what = events[static_cast<std::size_t>(n)].data.u64;
                if (what == kInput) {
                    if (!command()) return 0;
                } else if (what >= kConnection) {
                    answer(static_cast<int>(what - kConnection));
                } else if (listeners_[what]) {
                    accept_all(listeners_[what].get());
                }
            }
        }
    }

  private:
    static constexpr std::uint64_t kInput = UINT64_MAX >> 1;
    static constexpr std::uint64_t kConnection = 1ULL << 32;

    void watch(int fd, std::uint64_t what) const {
        epoll_event event{.events = EPOLLIN, .data = {.u64 = what}};
        if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl");
    }

    void open() {
        for (std::size_t n = 0; n < listeners_.size(); ++n) {
            if (listeners_[n]) continue;
            UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            const int yes = 1;
            setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_port = htons(port_);
            address.sin_addr.s_addr = htonl(first_ + static_cast<std::uint32_t>(n));
            if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) fail("bind");
            if (listen(fd.get(), kBacklog) < 0) fail("listen");
            watch(fd.get(), n);
            listeners_[n] = std::move(fd);
        }
        std::printf("all listen\n");
        std::fflush(stdout);
    }

    void accept_all(int listener) {
        for (;;) {
            const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) return;
            ++accepted_;
            if (http_) {
                watch(fd, kConnection + static_cast<std::uint64_t>(fd));
            } else {
                close(fd);
            }
        }
    }

    /// The requests of a check fit in one segment.
    void answer(int fd) {
        char request[4096];
        if (recv(fd, request, sizeof request, 0) > 0 &&
            send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) > 0)
            ++answered_;
        close(fd);
    }

    bool command() {
        char line[64];
        const ssize_t got = read(STDIN_FILENO, line, sizeof line - 1);
        if (got <= 0) return false;
        line[got] = '\0';
        const std::string_view text(line);
        if (text.starts_with("close ")) {
            const auto count = std::strtoul(line + 6, nullptr, 10);
            for (std::size_t n = 0; n < count && n < listeners_.size(); ++n) listeners_[n].reset();
            std::printf("closed\n");
        } else if (text.starts_with("open")) {
            open();
        } else {
            std::printf("%llu\n", static_cast<unsigned long long>(http_ ? answered_ : accepted_));
        }
        std::fflush(stdout);
        return true;
    }

    [[noreturn]] static void fail(const char* doing) {
        std::fprintf(stderr, "bench_real_servers: %s: %s\n", doing, std::strerror(errno));
        std::exit(1);
    }

    bool http_, paced_;
    std::uint32_t first_;
    std::uint16_t port_;
    UniqueFd epoll_;
    std::vector<UniqueFd> listeners_;
    std::uint64_t accepted_ = 0, answered_ = 0;
};

}  // namespace

int main(int count, char** words) {
    const bool paced = count == 6 && std::string_view(words[5]) == "paced";
    if (count != 5 && !paced) {
        std::fprintf(stderr, "usage: bench_real_servers tcp|http FIRST COUNT PORT [paced]\n");
        return 1;
    }
    const auto servers = static_cast<std::uint32_t>(std::strtoul(words[3], nullptr, 10));
    const rlimit files{servers + 4096, servers + 4096};
    setrlimit(RLIMIT_NOFILE, &files);
    RealServers all(std::string_view(words[1]) == "http", paced, ntohl(inet_addr(words[2])), servers,
                    static_cast<std::uint16_t>(std::strtoul(words[4], nullptr, 10)));
    return all.run();
}
