#include "keepalived/reload_timer.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "keepalived/reload_time.hpp"
#include "lib/log/log.hpp"

namespace keepalived {
namespace {

constexpr std::uint32_t kChanges =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;

/// The first line; nothing when there is no file, or nothing in it. A FIFO or a link's far end is not waited for.
std::optional<std::string> first_line(const std::string& path) {
    const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    char text[64];
    const ssize_t length = fd ? ::read(fd.get(), text, sizeof text) : -1;
    if (length <= 0) return std::nullopt;
    std::string line(text, static_cast<std::size_t>(length));
    line.resize(std::min(line.size(), line.find('\n')));
    if (line.empty()) return std::nullopt;
    return line;
}

}  // namespace

void ReloadTimer::configure(const std::string& path, bool repeat) {
    repeat_ = repeat;
    if (path == path_) return;
    stop_watching();
    cancel();
    path_ = path;
    if (path_.empty()) return;
    const std::size_t slash = path_.rfind('/');
    directory_ = slash == 0 ? "/" : path_.substr(0, slash);
    name_ = path_.substr(slash + 1);
    start_watching();
    look();
}

void ReloadTimer::start_watching() {
    inotify_ = UniqueFd{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    timer_ = UniqueFd{::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)};
    if (!inotify_ || !timer_ || ::inotify_add_watch(inotify_.get(), directory_.c_str(), kChanges) < 0) {
        logging::info("Unable to monitor reload timer file {} - {}", path_, std::strerror(errno));
        stop_watching();
    }
}

void ReloadTimer::stop_watching() {
    inotify_.reset();
    timer_.reset();
}

void ReloadTimer::on_change() {
    alignas(inotify_event) char buffer[4096];
    bool ours = false, gone = false;
    for (ssize_t length = 0; (length = ::read(inotify_.get(), buffer, sizeof buffer)) > 0;) {
        for (ssize_t at = 0; at < length;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
            gone = gone || (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0;
            ours = ours || (event->len > 0 && name_ == event->name) || (event->mask & IN_Q_OVERFLOW) != 0;
            at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
        }
    }
    if (gone) {
        logging::info("Directory of reload timer file has disappeared. Monitoring stopped.");
        cancel();
        return stop_watching();
    }
    if (ours) look();
}

void ReloadTimer::look() {
    const auto line = first_line(path_);
    if (!line) return cancel();
    const ReloadTime time = parse_reload_time(*line, std::time(nullptr));
    for (const std::string& complaint : time.complaints) logging::info("{}", complaint);
    if (!time.when) return cancel();
    schedule(*time.when, time.has_date);
}

void ReloadTimer::schedule(std::time_t when, bool has_date) {
    has_date_ = has_date;
    if (due_ && *due_ == when) return;
    if (due_)
        logging::info("Reload time updated from {} to {}", reload_time_text(*due_), reload_time_text(when));
    else
        logging::info("Scheduling reload for {}", reload_time_text(when));
    due_ = when;
    arm(when);
}

void ReloadTimer::cancel() {
    if (due_) logging::info("Cancelling reload scheduled for {}", reload_time_text(*due_));
    due_.reset();
    if (timer_) arm(0);
}

/// Absolute wall clock time: a clock that is set forward makes it due.
void ReloadTimer::arm(std::time_t when) {
    itimerspec setting{};
    setting.it_value.tv_sec = when;
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &setting, nullptr);
}

bool ReloadTimer::on_time() {
    std::uint64_t expirations = 0;
    if (::read(timer_.get(), &expirations, sizeof expirations) < 0 || !due_) return false;
    due_.reset();
    if (repeat_ && !has_date_) {
        look();
        return true;
    }
    ::unlink(path_.c_str());
    return true;
}

}  // namespace keepalived
