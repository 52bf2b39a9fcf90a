// The bytes of an alert mail (conf-global.md §5.2). Pure.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "lib/smtp/settings.hpp"

namespace smtp {

inline constexpr std::size_t kLongestSubject = 255;
inline constexpr std::size_t kLongestBody = 511;
inline constexpr std::size_t kLongestMessage = 1023;

/// "<a@b>" of "Name <a@b>" or "a@b": what stands in MAIL FROM and RCPT TO.
std::string envelope_address(std::string_view configured);
/// For a header: a display name with special characters is quoted.
std::string header_address(std::string_view configured);
/// Headers, body and the dot that ends them, CRLF line ends, at most kLongestMessage bytes. Recipients that would make it
/// longer are left out of the To header (not of the envelope); the body is never cut for them.
std::string message_bytes(const Settings& settings, const Mail& mail, const std::tm& local_time);

}  // namespace smtp
