// The nftables tables of nftables_ipvs, kept as the generation wants them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "lib/nftables/library.hpp"

namespace check {

class MarkRules {
  public:
    using Log = std::function<void(std::string_view)>;
    explicit MarkRules(Log log) : log_(std::move(log)) {}

    /// Replaces what is there by the ruleset in one transaction: no packet sees less. @param table  its name
    void set(const std::string& table, const std::string& ruleset);
    /// Takes the tables away.
    void remove();

  private:
    void run(const std::string& commands);

    Log log_;
    nftables::Library library_;
    std::string table_;  ///< empty: nothing of ours is there
    std::string ruleset_;
};

}  // namespace check
