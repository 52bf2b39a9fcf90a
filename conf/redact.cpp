// Which words are secrets: passwords of VRRP authentication, HMAC keys, the passphrase of a TLS key, what a
// TCP_CHECK says first.
#include <vector>

#include "conf/sealed.hpp"

namespace conf {

namespace {

constexpr std::string_view kMask = "********";

std::string_view word_at(std::string_view line, std::size_t& at) {
    const std::size_t begin = std::min(line.find_first_not_of(" \t\r\f\v\"", at), line.size());
    at = std::min(line.find_first_of(" \t\r\f\v\"", begin), line.size());
    return line.substr(begin, at - begin);
}

/// Where the secret of a line begins; npos = it has none.
std::size_t secret_begin(std::string_view line, std::string_view block) {
    std::size_t at = 0;
    const std::string_view keyword = word_at(line, at);
    const bool in_hmac = block == "auth_hmac" && keyword == "key";
    if (in_hmac) word_at(line, at);  // the id
    const bool is_secret = in_hmac || keyword == "auth_pass" || keyword == "password" || keyword == "send";
    const std::size_t begin = line.find_first_not_of(" \t\r\f\v", at);
    return is_secret ? begin : std::string_view::npos;
}

/// Most lines begin like no keyword which has a secret behind it.
bool may_have_secret(std::string_view line) {
    return !line.empty() && std::string_view("apsk\" \t\r\f\v").find(line[0]) != std::string_view::npos;
}

}  // namespace

std::string redacted_text(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    std::vector<std::string_view> blocks;
    std::string_view before;
    std::size_t copied = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = text.substr(begin, end - begin);
        if (line == "{") {
            std::size_t at = 0;
            blocks.push_back(word_at(before, at));
        } else if (line == "}") {
            if (!blocks.empty()) blocks.pop_back();
        } else if (may_have_secret(line)) {
            const auto block = blocks.empty() ? std::string_view{} : blocks.back();
            if (const auto secret = secret_begin(line, block); secret != std::string_view::npos) {
                result.append(text, copied, begin + secret - copied) += kMask;
                copied = end;
            }
        }
        before = line;
        begin = end + 1;
    }
    result.append(text, copied);
    return result;
}

}  // namespace conf
