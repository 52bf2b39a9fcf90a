// Which words are secrets: passwords of VRRP authentication, HMAC keys, the passphrase of a TLS key, what a
// TCP_CHECK says first.
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

}  // namespace

std::string redacted_text(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    std::vector<std::string_view> blocks;
    std::string_view last_keyword;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = text.substr(begin, end - begin);
        begin = end + 1;
        const std::string_view block = blocks.empty() ? std::string_view{} : blocks.back();
        if (line == "{") {
            blocks.push_back(last_keyword);
        } else if (line == "}" && !blocks.empty()) {
            blocks.pop_back();
        }
        const std::size_t secret = secret_begin(line, block);
        result += line.substr(0, secret);
        if (secret != std::string_view::npos) result += kMask;
        result += '\n';
        std::size_t at = 0;
        last_keyword = word_at(line, at);
    }
    return result;
}

}  // namespace conf
