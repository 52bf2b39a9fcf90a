// MISC_CHECK: a script's exit status decides, and with misc_dynamic sets the weight (lvs-behaviour.md §7.8).
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>

#include "check/probe/dynamic_weight.hpp"
#include "check/probe/probe.hpp"
#include "conf/command.hpp"
#include "lib/process/script_runner.hpp"

namespace check {

namespace {

/// From 2 on the status is the wanted weight and 2 more.
std::int64_t contribution_of(std::int64_t status, std::int64_t weight) {
    return status >= 2 ? status - 2 - weight : 0;
}

class MiscCheck final : public Probe {
  public:
    MiscCheck(const conf::Checker& checker, ProbeSubject subject, ProbeServices services)
        : config_(std::get<conf::MiscCheck>(checker.kind)),
          retry_(checker.timing->retry),
          subject_(std::move(subject)),
          scripts_(services.scripts) {
        if (config_.timeout == Seconds{0}) limit_ = subject_.service_delay_loop;
    }
    ~MiscCheck() override { MiscCheck::cancel(); }

    void start(Done done) override {
        done_ = std::move(done);
        process::ScriptRun run;
        run.command = conf::command_of(config_.script);
        run.timeout = limit_;
        run.ended = [this](const process::ScriptEnd& end) { ended(end); };
        run_ = scripts_.start(std::move(run));
    }
    void cancel() override {
        if (run_ != 0) scripts_.abandon(std::exchange(run_, 0));
    }

    schedule::Policy policy() const override { return {.from_start = true}; }
    std::string up_line() const override { return fmt::format("{} succeeded.", title()); }
    std::string down_line(std::uint32_t retries) const override {
        const char* verb = timed_out_ ? "timed out" : "failed";
        const std::string why = timed_out_ ? "" : fmt::format(" ({})", how_it_ended_);
        if (retries == 0) {
            return fmt::format("{} {}{}{}.", title(), verb, retry_ == 0 ? " with retry disabled" : "", why);
        }
        return fmt::format("{} {} after {} {}{}.", title(), verb, retries, retries == 1 ? "retry" : "retries",
                           why);
    }
    std::string retry_line(const Attempt& attempt, Retry retry) const override {
        if (attempt.always_log) return attempt.detail;
        const char* verb = timed_out_ ? "timed out" : "failed";
        const std::string why = timed_out_ ? "" : fmt::format(" ({})", how_it_ended_);
        if (retry.done > 0)
            return fmt::format("{} {} on retry {}/{}{}.", title(), verb, retry.done, retry_, why);
        return fmt::format("{} {}, will do {} {}{}.", title(), verb, retry.left,
                           retry.left == 1 ? "retry" : "retries", why);
    }
    bool down_line_has_detail() const override { return true; }
    std::string mail_body(bool up) const override {
        return fmt::format("=> MISC CHECK {} on service <=", up           ? "succeeded"
                                                             : timed_out_ ? "timed out"
                                                                          : "failed");
    }

  private:
    std::string title() const {
        return fmt::format("Misc check for [{} VS {}] by [{}]", subject_.server, subject_.service,
                           config_.script->argv[0]);
    }

    void ended(const process::ScriptEnd& end) {
        run_ = 0;
        Attempt attempt;
        attempt.outcome = schedule::Attempt::failure;
        timed_out_ = end.timed_out;
        attempt.status = std::max(end.exit_status(), 0);
        if (end.not_started) {
            attempt.outcome = schedule::Attempt::local;
            attempt.detail = fmt::format("{} could not be started", title());
            attempt.always_log = true;
        } else if (!end.timed_out && end.exit_status() >= 0) {
            decide(end.exit_status(), attempt);
        } else {
            how_it_ended_ = fmt::format("due to signal {}", end.signal());
        }
        if (attempt.outcome == schedule::Attempt::failure) {
            attempt.detail = timed_out_ ? fmt::format("{} timed out", title())
                                        : fmt::format("{} failed ({})", title(), how_it_ended_);
        }
        const Done done = std::move(done_);
        done(std::move(attempt));
    }

    /// Dynamic: 0 = the configured weight, 1 = failure, 2 … 255 = the weight plus 2.
    void decide(int status, Attempt& attempt) {
        how_it_ended_ = fmt::format("exited with status {}", status);
        const bool good = status == 0 || (config_.dynamic && status >= 2);
        if (!good) return;
        attempt.outcome = schedule::Attempt::success;
        if (config_.dynamic) attempt.contribution = contribution_of(status, subject_.weight);
    }

    conf::MiscCheck config_;
    Nanoseconds limit_ = config_.timeout;
    std::uint32_t retry_;
    ProbeSubject subject_;
    process::ScriptRunner& scripts_;
    process::RunId run_ = 0;
    bool timed_out_ = false;
    std::string how_it_ended_;
    Done done_;
};

const ProbeRegistration kRegistration(kind_index<conf::MiscCheck>(),
                                      [](const conf::Checker& checker, ProbeSubject subject,
                                         ProbeServices services) -> std::unique_ptr<Probe> {
                                          return std::make_unique<MiscCheck>(checker, std::move(subject),
                                                                             services);
                                      });

}  // namespace

std::optional<std::int64_t> dynamic_contribution(const conf::Checker& checker, std::int64_t status,
                                                 std::int64_t weight) {
    const auto* misc = std::get_if<conf::MiscCheck>(&checker.kind);
    // 1 is a failure, which retries may not count yet.
    if (misc == nullptr || !misc->dynamic || status == 1) return std::nullopt;
    return contribution_of(status, weight);
}

}  // namespace check
