#include "lib/process/child.hpp"

#include <alloca.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "lib/log/log.hpp"
#include "lib/process/exit_code.hpp"
#include "lib/process/limits.hpp"
#include "lib/process/name.hpp"
#include "lib/process/privileges.hpp"

namespace child {
namespace {

constexpr int kHelloTimeoutMs = 5000;

bool is_control_channel(int fd) {
    int type = 0;
    socklen_t length = sizeof type;
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

/// Pages of the stack that a deep call could need are touched first, so that they are locked too.
void lock_memory() {
    constexpr std::size_t kStackReserve = 32768;
    auto* reserve = static_cast<volatile char*>(alloca(kStackReserve));
    for (std::size_t i = 0; i < kStackReserve; i += 1024) reserve[i] = 0;
    if (::mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
        logging::info("Unable to lock process in memory - {}", std::strerror(errno));
}

}  // namespace

int Process::start() {
    if (!is_control_channel(control::kChildDescriptor)) {
        std::fprintf(stderr, "%s is a part of keepalived and is started by it\n", identity_.ident);
        return exit_code::kFatal;
    }
    ::fcntl(control::kChildDescriptor, F_SETFD, FD_CLOEXEC);
    channel_ = control::Channel{UniqueFd{control::kChildDescriptor}};
    // From here on a failure is no permanent error: the supervisor tries again.
    auto stream = signals::Stream::listen();
    if (!stream) return exit_code::kSoftware;
    signals_ = std::move(*stream);
    process::set_name("keepalived");
    if (!take_hello()) return exit_code::kSoftware;
    limits::original();
    limits::set_original_core(options_.script_core_soft, options_.script_core_hard);
    // Before the supervisor tunes this process, which it does once we are committed.
    baseline_ = process::Baseline::capture();
    for (auto& limit : baseline_.limits)
        if (limit.resource == RLIMIT_CORE)
            limit.value = {options_.script_core_soft, options_.script_core_hard};
    ::umask(static_cast<mode_t>(options_.umask));
    open_log();
    if (const auto settled = privileges::settle(identity_.role); !settled) {
        logging::info("{}", settled.error().message());
        return exit_code::kNoPermission;
    }
    if (!set_parent_death_signal() || !say_hello()) return exit_code::kSoftware;
    return -1;
}

bool Process::take_hello() {
    pollfd wait{channel_.fd(), POLLIN, 0};
    if (::poll(&wait, 1, kHelloTimeoutMs) != 1) return false;
    auto received = channel_.receive();
    if (!received || !*received) return false;
    control::Received& hello = **received;
    if (hello.message.kind != control::Kind::hello || hello.message.hash != control::build_id()) {
        std::fprintf(stderr, "%s: the running keepalived is of another build\n", identity_.ident);
        return false;
    }
    options_ = hello.message.options;
    supervisor_ = static_cast<int>(hello.message.pid);
    if (!hello.descriptors.empty()) {
        pid_file_ = std::move(hello.descriptors.front());
        pid_path_ = hello.message.text_view();
    }
    return true;
}

bool Process::say_hello() {
    control::Message hello;
    hello.kind = control::Kind::hello;
    hello.role = identity_.role;
    hello.hash = control::build_id();
    hello.pid = static_cast<std::uint32_t>(::getpid());
    return static_cast<bool>(channel_.send(hello));
}

void Process::open_log() const {
    logging::Options log;
    log.ident = std::string{identity_.ident} + options_.ident_suffix.data();
    log.facility = options_.log_facility;
    log.syslog = options_.no_syslog == 0;
    log.console = options_.console != 0;
    log.detail = options_.detail;
    logging::open(log);
}

bool Process::set_parent_death_signal() {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    return ::getppid() == supervisor_;
}

void Process::handle() {
    while (!finished_) {
        const auto signal = signals_.next();
        if (!signal) break;
        on_signal(*signal);
    }
    while (!finished_) {
        auto received = channel_.receive();
        if (!received) {
            // The supervisor has gone, or speaks another language: either way nobody looks after us any more. Its
            // descriptors are closed before we get a new parent.
            orphaned_ = true;
            begin_stop();
            break;
        }
        if (!*received) break;
        on_message(**received);
    }
}

int Process::run() {
    while (!finished_) {
        // A supervisor which has gone leaves its end readable for ever; the stop is under way, signals still
        // matter.
        pollfd ready[2] = {{signals_.fd(), POLLIN, 0}, {stopping_ ? -1 : channel_.fd(), POLLIN, 0}};
        if (::poll(ready, 2, -1) < 0 && errno != EINTR) return exit_code::kSoftware;
        handle();
    }
    return exit_status_;
}

bool Process::send(const control::Message& message, std::span<const int> descriptors) {
    return static_cast<bool>(channel_.send(message, descriptors));
}

bool Process::request_dump(control::Dump kind) {
    control::Message request;
    request.kind = control::Kind::dump;
    request.role = identity_.role;
    request.dump = kind;
    request.generation = generation_;
    request.pid = static_cast<std::uint32_t>(::getpid());
    return send(request);
}

void Process::finish(int status) {
    if (finished_) return;
    finished_ = true;
    exit_status_ = status;
    if ((stopping_ || status == exit_code::kConfig) && !is_observer()) log_stopped();
    remove_pid_file_if_orphaned();
}

/// "Stopped", with -D the time it took.
void Process::log_stopped() const {
    if (!logging::detailed()) return logging::info("Stopped");
    rusage self{}, children{};
    ::getrusage(RUSAGE_SELF, &self);
    ::getrusage(RUSAGE_CHILDREN, &children);
    auto text = [](const timeval& time) { return fmt::format("{}.{:06}", time.tv_sec, time.tv_usec); };
    logging::info("Stopped - used (self/children) {}/{} user time, {}/{} system time", text(self.ru_utime),
                  text(children.ru_utime), text(self.ru_stime), text(children.ru_stime));
}

/// The supervisor removes our pid file; when it was killed, nobody else does.
void Process::remove_pid_file_if_orphaned() const {
    if (!pid_path_.empty() && (orphaned_ || ::getppid() != supervisor_)) ::unlink(pid_path_.c_str());
}

void Process::on_message(control::Received& received) {
    control::Message& message = received.message;
    switch (message.kind) {
        case control::Kind::prepare:
            return on_prepare(received);
        case control::Kind::commit:
            return on_commit();
        case control::Kind::abort:
            if (prepared_ && handlers_.abort) handlers_.abort();
            prepared_ = false;
            return;
        case control::Kind::ping:
            message.kind = control::Kind::pong;
            message.role = identity_.role;
            send(message);
            return;
        case control::Kind::log:
            return logging::write(logging::Level::info, message.text_view());
        case control::Kind::stop:
            return begin_stop();
        case control::Kind::release:
            if (!handlers_.release) return begin_stop();
            stopping_ = true;
            return handlers_.release();
        default:
            if (handlers_.message) handlers_.message(received);
    }
}

void Process::on_prepare(control::Received& received) {
    const control::Message& message = received.message;
    auto take = [&](control::PrepareFd which) {
        const auto index = static_cast<std::size_t>(which);
        return index < received.descriptors.size() ? std::move(received.descriptors[index]) : UniqueFd{};
    };
    Prepare next;
    next.generation = message.generation;
    next.adopt = message.adopt;
    next.same_text = (message.flags & control::kSameText) != 0;
    next.generation_fd = take(control::PrepareFd::generation);
    next.board = take(control::PrepareFd::board);
    const bool observer = is_observer();
    if (!observer && next.adopt != control::Adopt::none) next.old_board = take(control::PrepareFd::old_board);
    for (std::size_t i = observer || next.adopt == control::Adopt::none ? 2 : 3;
         i < received.descriptors.size(); ++i)
        next.more.push_back(std::move(received.descriptors[i]));

    control::Message answer;
    answer.role = identity_.role;
    answer.generation = message.generation;
    const auto hash = handlers_.prepare ? handlers_.prepare(next) : Result<std::uint64_t>{message.hash};
    if (finished_) return;  // for good: our exit status tells
    // Observers read another text, without secrets: they are sent 0.
    if (hash && (message.hash == 0 || *hash == message.hash)) {
        answer.kind = control::Kind::prepared;
        answer.hash = *hash;
        prepared_ = true;
        prepared_name_ = message.text_view();
        prepared_flags_ = message.flags;
        prepared_generation_ = message.generation;
        prepared_adopt_ = message.adopt;
    } else {
        answer.kind = control::Kind::refused;
        answer.set_text(hash ? "the configuration reads differently here" : hash.error().message());
        if (hash && handlers_.abort) handlers_.abort();
    }
    send(answer);
}

void Process::on_commit() {
    if (!prepared_ || stopping_) return;
    prepared_ = false;
    if (prepared_adopt_ == control::Adopt::reload && !is_observer()) logging::info("Reloading");
    process::set_name(prepared_name_.empty() ? "keepalived" : prepared_name_);
    if ((prepared_flags_ & control::kNoSwap) != 0)
        lock_memory();
    else
        ::munlockall();
    generation_ = prepared_generation_;
    const Result<> done = handlers_.commit ? handlers_.commit() : Result<>{};
    if (!done) {
        logging::alert("{}", done.error().message());
        return finish(exit_code::kSoftware);
    }
    control::Message answer;
    answer.kind = control::Kind::committed;
    answer.role = identity_.role;
    answer.generation = generation_;
    send(answer);
    if (options_.dump_conf != 0 && prepared_adopt_ == control::Adopt::none &&
        identity_.role < control::Role::report)
        request_dump(control::Dump::conf);
}

/// Half of what *_rlimit_rttime allows a real-time process without a pause; the kernel kills it at the whole.
void Process::log_cpu_time_exceeded() const {
    const char* prefix = identity_.role == control::Role::checker ? "checker"
                         : identity_.role == control::Role::bfd   ? "bfd"
                                                                  : "vrrp";
    logging::info("process has used too much CPU time, {}_rlimit_rttime may need to be increased", prefix);
}

void Process::on_signal(int number) {
    if (number == SIGTERM) return begin_stop();
    if (number == SIGINT) {
        if (options_.ignore_sigint == 0) begin_stop();
        return;
    }
    if (number == SIGXCPU) log_cpu_time_exceeded();
    if (handlers_.signal) handlers_.signal(number);
}

void Process::begin_stop() {
    if (stopping_) return;
    stopping_ = true;
    if (handlers_.stop) return handlers_.stop();
    finish();
}

}  // namespace child
