// Which service, server and checker of a new configuration continues which of the old one (lvs-behaviour.md §11,
// conf-lvs.md §7.13). Pure; by hashed lookups, so that a reload of 40,000 servers stays linear.
#pragma once

#include <cstdint>
#include <vector>

#include "conf/model_lvs.hpp"

namespace check {

inline constexpr std::uint32_t kNew = UINT32_MAX;

struct ServiceContinuation {
    std::uint32_t service = kNew;  ///< old index
    std::vector<std::uint32_t>
        server_of;  ///< for each new server its old index within the old service, or kNew
    std::vector<std::vector<std::uint32_t>> checker_of;
    bool same_sorry = false;
};

/// One entry for each virtual server of `next`.
std::vector<ServiceContinuation> continuation(const conf::Lvs& old, const conf::Lvs& next);

/// True when a checker's state is carried over: type, connection, and what the type adds (conf-lvs.md §7.13).
bool same_checker(const conf::Checker& a, const conf::Checker& b);

/// Whether the configuration continues itself block by block: none is written twice.
bool continues_itself(const conf::Lvs& lvs);

}  // namespace check
