// syslog(3)'s datagrams without its blocking: one sendto(MSG_DONTWAIT) a line, what would block is counted.
#include "lib/log/log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>
#include <vector>

#include "lib/process/unique_fd.hpp"

namespace logging {
namespace {

constexpr std::size_t kMaxDatagram = 8192;
/// What a take-over of a few addresses says in detail; a log daemon's socket has room for little more.
constexpr std::size_t kMostHeld = 32;
constexpr std::int64_t kMinuteNs = 60'000'000'000;

struct Line {
    Level level;
    std::time_t when;
    std::string text;
};

/// The process's one sink. Logging is the only state of the suite that is global: any function may have a
/// line to say.
struct Sink {
    Options options;
    UniqueFd socket;
    std::uint64_t dropped = 0;
    std::uint64_t reported = 0;
    int holders = 0;
    std::vector<Line> held;
};

Sink& sink() {
    static Sink the_sink;
    return the_sink;
}

void connect_socket(Sink& to) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::min(to.options.socket.size(), sizeof address.sun_path - 1);
    std::memcpy(address.sun_path, to.options.socket.data(), length);
    UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!fd) return;
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        to.socket = std::move(fd);
}

bool wait_for_room(int fd, int patience_ms) {
    pollfd room{fd, POLLOUT, 0};
    return patience_ms > 0 && ::poll(&room, 1, patience_ms) == 1 && (room.revents & POLLOUT) != 0;
}

/// False when the line is lost. A log daemon that was restarted has a new socket: one reconnection a line.
bool send_datagram(Sink& to, std::string_view datagram) {
    datagram = datagram.substr(0, kMaxDatagram);
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (!to.socket) connect_socket(to);
        if (!to.socket) return false;
        if (::send(to.socket.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return true;
        if (errno == EAGAIN && wait_for_room(to.socket.get(), to.options.patience_ms)) continue;
        if (errno == EAGAIN || errno == ENOBUFS || errno == EMSGSIZE) return false;
        to.socket.reset();
    }
    return false;
}

/// RFC 3164 as syslog(3) writes it: <priority>Mmm dd hh:mm:ss ident[pid]: line
std::string rfc3164(const Options& options, Level level, std::time_t when, std::string_view line) {
    std::tm local{};
    ::localtime_r(&when, &local);
    char stamp[32];
    const std::size_t length = std::strftime(stamp, sizeof stamp, "%h %e %T", &local);
    return fmt::format("<{}>{} {}[{}]: {}", options.facility * 8 + static_cast<int>(level),
                       std::string_view{stamp, length}, options.ident,
                       options.pid != 0 ? options.pid : ::getpid(), line);
}

void write_syslog(Sink& to, const Line& line) {
    if (!send_datagram(to, rfc3164(to.options, line.level, line.when, line.text))) {
        ++to.dropped;
        return;
    }
    if (to.dropped == to.reported) return;
    const std::uint64_t lost = to.dropped - to.reported;
    const std::string words = fmt::format("{} log lines were lost", lost);
    if (send_datagram(to, rfc3164(to.options, Level::warning, line.when, words))) to.reported = to.dropped;
}

void write_console(const Line& line) {
    // stderr is shared with whoever started us, so it stays as it is; a pipe that polls writable takes 4 KiB
    // at once.
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, sink().options.patience_ms) != 1 || (ready.revents & POLLOUT) == 0) {
        ++sink().dropped;
        return;
    }
    std::tm local{};
    ::localtime_r(&line.when, &local);
    char stamp[64];
    const std::size_t length = std::strftime(stamp, sizeof stamp, "%c", &local);
    const std::string text = fmt::format("{}: {}\n", std::string_view{stamp, length}, line.text);
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) ++sink().dropped;
}

void write_now(Sink& to, const Line& line) {
    if (to.options.syslog) write_syslog(to, line);
    if (to.options.console) write_console(line);
}

void write_held(Sink& to) {
    for (const Line& line : std::exchange(to.held, {})) write_now(to, line);
}

}  // namespace

void open(const Options& options) {
    Sink& to = sink();
    if (options.socket != to.options.socket) to.socket.reset();
    to.options = options;
    if (options.syslog && !to.socket) connect_socket(to);
}

const Options& options() { return sink().options; }

bool detailed() { return sink().options.detail > 0; }

void write(Level level, std::string_view line) {
    Sink& to = sink();
    if (to.held.size() == kMostHeld) write_held(to);
    Line fresh{level, std::time(nullptr), std::string(line)};
    if (to.holders > 0) {
        to.held.push_back(std::move(fresh));
    } else {
        write_now(to, fresh);
    }
}

Held::Held() { ++sink().holders; }
Held::~Held() {
    if (--sink().holders == 0) write_held(sink());
}

std::uint64_t dropped_lines() { return sink().dropped; }

bool RateLimit::allow(std::int64_t now_ns, std::uint64_t& held_back) {
    held_back = 0;
    if (!first_ && now_ns - last_ns_ < kMinuteNs) {
        ++held_;
        return false;
    }
    first_ = false;
    last_ns_ = now_ns;
    held_back = std::exchange(held_, 0);
    return true;
}

}  // namespace logging
