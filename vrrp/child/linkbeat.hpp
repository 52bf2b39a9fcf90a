// Link states asked for instead of told: linkbeat_use_polling and linkbeat_interfaces (conf-global.md §4.6). For drivers which
// do not tell the kernel when the cable goes.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "conf/model.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/time/instant.hpp"

namespace vrrp {

class Linkbeat {
  public:
    /// Which interfaces are polled from now on.
    void configure(const conf::Model& model, Instant now);
    bool polls(const std::string& name) const { return methods_.contains(name); }
    /// Is there a link now? nullopt: not polled, or nobody can say.
    std::optional<bool> ask(const std::string& name);
    /// Every second while anything is polled.
    bool is_due(Instant now);
    Instant next_deadline() const { return due_; }

  private:
    std::map<std::string, conf::Linkbeat> methods_;  ///< automatic: not found out yet
    UniqueFd socket_;
    Instant due_ = kNever;
};

}  // namespace vrrp
