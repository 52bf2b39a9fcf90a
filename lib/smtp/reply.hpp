// Replies of an SMTP server: RFC 5321 §4.2. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace smtp {

/// Status code of a whole reply; 0: what came is no SMTP reply.
using ReplyCode = int;

class ReplyParser {
  public:
    static constexpr std::size_t kLongestLine = 4096;  ///< RFC 5321 allows 512; nothing beyond this is kept

    void feed(std::string_view bytes);
    /// The next complete reply, the lines "NNN-…" before its last one skipped.
    std::optional<ReplyCode> next();

  private:
    std::string pending_;
};

}  // namespace smtp
