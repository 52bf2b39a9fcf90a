// The report child's side of the control channel: generations in, dumps out (decisions.md §3, §8).
#pragma once

#include <optional>
#include <string_view>

#include "report/child/generation.hpp"

namespace report {

class Session {
  public:
    explicit Session(child::Process& process) : process_(process) {}

    child::Handlers handlers();

  private:
    Result<std::uint64_t> prepare(child::Prepare& next);
    Result<> commit();
    void message(control::Received& received);
    void dump(control::Received& received);
    /// Option -d: in the log under the ident and pid of the process whose configuration it is.
    void log_as(control::Role whose, std::uint32_t pid, std::string_view text) const;
    bool send_patiently(const control::Message& message);
    /// Renders everything once, so that the first dump after the start finds its code and data in memory.
    void warm_up() const;

    child::Process& process_;
    std::optional<ReportGeneration> current_, prepared_;
};

}  // namespace report
