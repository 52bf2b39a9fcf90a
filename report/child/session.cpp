#include "report/child/session.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lib/log/log.hpp"
#include "report/child/render.hpp"

namespace report {
namespace {

constexpr int kChannelPatienceMs = 1000;
constexpr int kLogPatienceMs = 100;

const char* ident_of(control::Role role) {
    switch (role) {
        case control::Role::vrrp:
            return "Keepalived_vrrp";
        case control::Role::checker:
            return "Keepalived_healthcheckers";
        case control::Role::bfd:
            return "Keepalived_bfd";
        default:
            return "Keepalived";
    }
}

Result<> write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno_error("write", "dump");
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

}  // namespace

child::Handlers Session::handlers() {
    child::Handlers on;
    on.prepare = [this](child::Prepare& next) { return prepare(next); };
    on.commit = [this] { return commit(); };
    on.abort = [this] { prepared_.reset(); };
    on.stop = [this] { process_.finish(); };
    on.message = [this](control::Received& received) { message(received); };
    return on;
}

Result<std::uint64_t> Session::prepare(child::Prepare& next) {
    if (next.same_text && current_) {
        auto boards = current_->with_boards_of(next);
        if (!boards) return boards.error();
        prepared_ = std::move(*boards);
        return prepared_->hash();
    }
    auto opened = ReportGeneration::open(next);
    if (!opened) return opened.error();
    prepared_ = std::move(*opened);
    return prepared_->hash();
}

Result<> Session::commit() {
    const bool is_warm = current_ && current_->has_model_of(*prepared_);
    current_ = std::move(prepared_);
    prepared_.reset();
    if (!is_warm) warm_up();
    return {};
}

void Session::warm_up() const {
    const Snapshot snapshot = current_->snapshot();
    for (const auto kind : {control::Dump::data, control::Dump::stats, control::Dump::json})
        for (const auto whose : {control::Role::vrrp, control::Role::supervisor})
            (void)render(kind, whose, current_->model(), snapshot);
}

void Session::message(control::Received& received) {
    if (received.message.kind == control::Kind::dump) dump(received);
}

void Session::dump(control::Received& received) {
    control::Message answer = received.message;
    answer.kind = control::Kind::refused;
    std::optional<std::string> text;
    if (current_) text = render(answer.dump, answer.role, current_->model(), current_->snapshot());
    if (text && answer.dump == control::Dump::conf) {
        log_as(answer.role, answer.pid, *text);
        answer.kind = control::Kind::done;
    } else if (text && !received.descriptors.empty()) {
        const Result<> written = write_all(received.descriptors.front().get(), *text);
        answer.kind = written ? control::Kind::done : control::Kind::refused;
        if (!written) answer.set_text(written.error().message());
    }
    received.descriptors.clear();  // closed before the file gets its name
    send_patiently(answer);
}

void Session::log_as(control::Role whose, std::uint32_t pid, std::string_view text) const {
    const logging::Options own = logging::options();
    logging::Options theirs = own;
    theirs.ident = std::string{ident_of(whose)} + process_.options().ident_suffix.data();
    theirs.pid = static_cast<int>(pid);
    theirs.patience_ms = kLogPatienceMs;
    logging::open(theirs);
    while (!text.empty()) {
        const auto end = text.find('\n');
        logging::write(logging::Level::info, text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    logging::open(own);
}

/// An observer may wait for room in the channel; the supervisor reads it all the time.
bool Session::send_patiently(const control::Message& message) {
    while (!process_.send(message)) {
        pollfd room{process_.control_fd(), POLLOUT, 0};
        if (::poll(&room, 1, kChannelPatienceMs) <= 0 || (room.revents & (POLLERR | POLLHUP)) != 0)
            return false;
    }
    return true;
}

}  // namespace report
