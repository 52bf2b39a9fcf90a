#include "keepalived/dumps.hpp"

#include <algorithm>
#include <cstring>

#include "lib/log/log.hpp"

namespace keepalived {
namespace {

constexpr std::size_t kMaxRequests = 64;

/// In the words of state-files.md §1.
void log_failure(const DumpFile& file, const Error& error) {
    logging::info("Failed to rename {} to {} - errno {} ({})", file.temporary(), file.path(), error.code,
                  std::strerror(error.code));
    logging::info("Can't open {} ({}: {})", file.path(), error.code, std::strerror(error.code));
}

}  // namespace

void Dumps::configure(DumpRules rules, mode_t umask) {
    rules_ = std::move(rules);
    umask_ = umask;
}

void Dumps::request(control::Dump kind, Role role, std::uint32_t pid, std::string path) {
    // A request that still waits for report serves the later one too.
    for (const Request& waiting : requests_)
        if (!waiting.sent && waiting.kind == kind && waiting.role == role && waiting.path == path) return;
    if (requests_.size() >= kMaxRequests) return;
    requests_.push_back({.number = next_number_++,
                         .kind = kind,
                         .role = role,
                         .pid = pid,
                         .path = std::move(path),
                         .file = {}});
    if (ready_) start(requests_.back());
    std::erase_if(requests_, [](const Request& request) { return request.number == 0; });
}

void Dumps::start(Request& request) {
    control::Message message;
    message.kind = control::Kind::dump;
    message.dump = request.kind;
    message.role = request.role;
    message.pid = request.pid;
    message.value = request.number;
    if (request.kind == control::Dump::conf) {
        request.sent = send_(Role::report, message, {});
        return;
    }
    const std::string path =
        request.path.empty() ? dump_path(rules_, request.kind, request.role) : request.path;
    auto file = DumpFile::create(path, dump_mode(request.kind, umask_));
    if (!file) {
        logging::info("Can't open {} ({}: {})", path, file.error().code, std::strerror(file.error().code));
        tell(request, false);
        request.number = 0;
        return;
    }
    request.file = std::move(*file);
    const int descriptor = request.file.fd();
    request.sent = send_(Role::report, message, std::span{&descriptor, 1});
    request.file.close_descriptor();
}

void Dumps::report_ready() {
    ready_ = true;
    for (Request& request : requests_)
        if (!request.sent) start(request);
    std::erase_if(requests_, [](const Request& request) { return request.number == 0; });
}

void Dumps::report_gone() {
    ready_ = false;
    for (Request& request : requests_) {
        request.sent = false;
        request.file = DumpFile{};
    }
}

void Dumps::answer(const control::Message& message) {
    const auto found = std::find_if(requests_.begin(), requests_.end(),
                                    [&](const Request& request) { return request.number == message.value; });
    if (found == requests_.end()) return;
    finish(*found, message.kind == control::Kind::done, message.text_view());
    requests_.erase(found);
}

void Dumps::finish(Request& request, bool succeeded, std::string_view reason) {
    if (!succeeded && !reason.empty()) logging::info("Can't write {}: {}", request.file.path(), reason);
    if (succeeded && request.kind != control::Dump::conf) {
        if (const auto published = request.file.publish(); !published) {
            log_failure(request.file, published.error());
            succeeded = false;
        }
    }
    tell(request, succeeded);
}

void Dumps::tell(const Request& request, bool succeeded) {
    if (request.kind != control::Dump::stats_clear) return;
    control::Message answer;
    answer.kind = succeeded ? control::Kind::done : control::Kind::refused;
    answer.dump = request.kind;
    answer.role = request.role;
    send_(request.role, answer, {});
}

}  // namespace keepalived
