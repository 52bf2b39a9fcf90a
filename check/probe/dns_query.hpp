// The query of DNS_CHECK and the header of its answer (RFC 1035 §4). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace check {

/// One question, recursion desired, no EDNS. Empty when the name is no domain name (labels of 1-63, 253 in all).
std::vector<std::uint8_t> dns_query(std::uint16_t id, std::string_view name, std::uint16_t type);

/// The answer's rcode; nullopt for what is not the answer to this query (too short, another id, a query).
std::optional<unsigned> dns_answer_code(std::span<const std::uint8_t> datagram, std::uint16_t id);

}  // namespace check
