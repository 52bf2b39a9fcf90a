#include "lib/smtp/message.hpp"

#include <algorithm>

namespace smtp {

namespace {

constexpr std::string_view kEnd = "\r\n\r\n.\r\n";
constexpr std::string_view kSpecials = "()<>[]:;@\\,.";

std::string_view trimmed(std::string_view text) {
    while (text.ends_with(' ')) text.remove_suffix(1);
    while (text.starts_with(' ')) text.remove_prefix(1);
    return text;
}

/// A header is one line, whatever a name contains.
std::string one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return line;
}

/// CRLF line ends; a line that is a dot must not end the mail (RFC 5321 §4.5.2).
std::string body_lines(std::string_view text) {
    std::string lines;
    bool at_start = true;
    for (const char c : text) {
        if (c == '\r') continue;
        if (at_start && c == '.') lines += '.';
        if (c == '\n') lines += '\r';
        lines += c;
        at_start = c == '\n';
    }
    return lines;
}

std::string quoted(std::string_view name) {
    std::string result = "\"";
    for (const char c : name) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

std::string date(const std::tm& local_time) {
    char text[64];
    return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S %z", &local_time)};
}

std::string to_header(const std::vector<std::string>& recipients, std::size_t room) {
    std::string header = "To: ";
    for (std::size_t i = 0; i < recipients.size(); ++i) {
        const std::string next = (i == 0 ? "" : ",\r\n ") + header_address(recipients[i]);
        if (header.size() + next.size() + 2 > room) break;
        header += next;
    }
    return header + "\r\n";
}

}  // namespace

std::string envelope_address(std::string_view configured) {
    if (configured.ends_with('>')) {
        const auto open = configured.rfind('<');
        if (open != std::string_view::npos) return one_line(configured.substr(open));
    }
    return "<" + one_line(configured) + ">";
}

std::string header_address(std::string_view configured) {
    const auto open = configured.rfind('<');
    if (!configured.ends_with('>') || open == std::string_view::npos) return one_line(configured);
    const std::string_view name = trimmed(configured.substr(0, open));
    const bool is_quoted = name.size() >= 2 && name.front() == '"' && name.back() == '"';
    if (name.empty() || is_quoted || name.find_first_of(kSpecials) == std::string_view::npos)
        return one_line(configured);
    return one_line(quoted(name) + " " + std::string(configured.substr(open)));
}

std::string message_bytes(const Settings& settings, const Mail& mail, const std::tm& local_time) {
    const std::string subject =
        one_line("[" + settings.router_id + "] " + mail.subject).substr(0, kLongestSubject);
    const std::string body = body_lines(mail.body.substr(0, kLongestBody));
    std::string head = "Date: " + date(local_time) + "\r\nFrom: " + header_address(settings.from) +
                       "\r\nSubject: " + subject + "\r\nX-Mailer: Keepalived\r\n";
    const std::size_t used = head.size() + 2 + body.size() + kEnd.size();
    const std::size_t room = used < kLongestMessage ? kLongestMessage - used : 0;
    std::string message = head + to_header(settings.recipients, room) + "\r\n" + body;
    message.resize(std::min(message.size(), kLongestMessage - kEnd.size()));
    return message + std::string(kEnd);
}

}  // namespace smtp
