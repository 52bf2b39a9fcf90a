// One kind of check: carries out one attempt at a time. Whether a failure counts, and when the next attempt is due, is
// schedule/'s affair; what it means for the table is quorum/'s. A new kind is one .cpp in this folder, which registers
// itself, and one schema table in conf/.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "check/schedule/schedule.hpp"
#include "conf/model_lvs.hpp"

namespace boost::asio {
class io_context;
}
namespace process {
class ScriptRunner;
}

namespace check {

class TlsContext;

/// The process's own things that probes use.
struct ProbeServices {
    boost::asio::io_context& loop;
    process::ScriptRunner& scripts;
    TlsContext* tls = nullptr;  ///< shared; made when the first SSL_GET exists (performance-notes.md §11)
};

/// How an attempt ended.
struct Attempt {
    schedule::Attempt outcome = schedule::Attempt::failure;
    std::string detail;  ///< the failure's own words; logged with log_all_failures, or where `always_log`
    bool always_log = false;
    bool never_log = false;                    ///< the detail is for observers only
    std::optional<std::int64_t> contribution;  ///< to the weight of the real server
    std::string mail;                          ///< replaces mail_body() for this attempt; may be empty
    int error = 0;                             ///< errno behind a failure, where there is one
    int status = 0;                            ///< MISC_CHECK: exit status of the script
};

/// How far a probe has come, for observers.
struct Progress {
    std::uint32_t icmp_sequence = 0;  ///< PING_CHECK: of the next request
    std::uint32_t next_url = 0;       ///< HTTP_GET: the url of the next attempt
};

/// An intermediate failure as log_all_failures tells it.
struct Retry {
    std::uint32_t done = 0;  ///< retries behind it
    std::uint32_t left = 0;  ///< retries that follow
};

/// Who is checked, in the words of log lines (lvs-behaviour.md §1), and what a probe inherits.
struct ProbeSubject {
    std::string server;               ///< "[192.168.1.1]:tcp:80"
    std::string service;              ///< "[10.0.0.1]:tcp:80"
    std::string virtualhost;          ///< Host header: the real server's, else the virtual server's
    std::string service_virtualhost;  ///< the virtual server's alone
    std::int64_t weight = 1;          ///< configured, of the real server
    Microseconds service_delay_loop{60'000'000};  ///< MISC_CHECK's time limit when it has none of its own
    std::function<void(std::string)> log = [](const std::string&) {};  ///< lines besides those of an attempt
};

class Probe {
  public:
    using Done = std::function<void(Attempt)>;
    virtual ~Probe() = default;

    /// Starts one attempt; `done` is called once, from the loop, never from inside this call.
    virtual void start(Done done) = 0;
    /// Gives the attempt up; `done` is not called any more.
    virtual void cancel() = 0;

    virtual schedule::Policy policy() const { return {}; }
    /// "TCP connection to R success."; empty = none.
    virtual std::string up_line() const = 0;
    /// "TCP_CHECK on service R failed after N retries."; @param retries  0 = "failed."
    virtual std::string down_line(std::uint32_t retries) const = 0;
    /// The line of a failure that does not count yet, with log_all_failures.
    virtual std::string retry_line(const Attempt& attempt, Retry) const { return attempt.detail; }
    /// Where down_line repeats the detail of the failure that takes the server down, or stands for it, that is not logged.
    virtual bool down_line_has_detail() const { return false; }
    /// The first success after a start has its line, though nothing changed.
    virtual bool says_first_success() const { return true; }
    /// "=> TCP CHECK failed on service <="
    virtual std::string mail_body(bool up) const = 0;
    /// One attempt leaves nothing behind for the next: after cancel() the probe is as good as a new one.
    virtual bool is_stateless() const { return false; }
    virtual Progress progress() const { return {}; }

    /// What the quorum algebra holds of this check, before each attempt.
    void set_up(bool up) { is_up_ = up; }

  protected:
    bool is_up() const { return is_up_; }

  private:
    bool is_up_ = true;
};

using ProbeFactory = std::unique_ptr<Probe> (*)(const conf::Checker& checker, ProbeSubject subject,
                                                ProbeServices services);

/// Makes the probe for a checker; nullptr for kinds without attempts (BFD_CHECK, FILE_CHECK: events from outside).
std::unique_ptr<Probe> make_probe(const conf::Checker& checker, ProbeSubject subject, ProbeServices services);

/// Enters a kind's factory; one namespace-scope object in the kind's .cpp.
struct ProbeRegistration {
    ProbeRegistration(std::size_t kind_index, ProbeFactory factory);
};

/// Position of a kind in conf::CheckKind, for ProbeRegistration.
template <typename Kind>
std::size_t kind_index() {
    return conf::CheckKind(std::in_place_type<Kind>).index();
}

}  // namespace check
