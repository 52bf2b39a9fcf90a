// Requests for dump files, from the process that got the signal to the report child and back (lib/process/control.hpp,
// "A dump, step by step"). While report is down a request is kept.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "keepalived/dump_file.hpp"
#include "keepalived/dump_paths.hpp"
#include "lib/process/control.hpp"

namespace keepalived {

class Dumps {
  public:
    /// How messages reach a child; false: it is not there.
    using Send = std::function<bool(Role, const control::Message&, std::span<const int>)>;

    explicit Dumps(Send send) : send_(std::move(send)) {}
    void configure(DumpRules rules, mode_t umask);

    /// @param path  instead of the name by rule
    void request(control::Dump kind, Role role, std::uint32_t pid, std::string path = {});
    /// Report has a generation in force: what waits is sent.
    void report_ready();
    /// Report has died: what it had not finished waits again.
    void report_gone();
    /// done or refused from report.
    void answer(const control::Message& message);

  private:
    struct Request {
        std::uint32_t number = 0;
        control::Dump kind = control::Dump::data;
        Role role = Role::supervisor;
        std::uint32_t pid = 0;
        bool sent = false;
        std::string path;
        DumpFile file;
    };
    void start(Request& request);
    void finish(Request& request, bool succeeded, std::string_view reason);
    void tell(const Request& request, bool succeeded);

    Send send_;
    DumpRules rules_;
    mode_t umask_ = 0177;
    std::uint32_t next_number_ = 1;
    bool ready_ = false;
    std::vector<Request> requests_;
};

}  // namespace keepalived
