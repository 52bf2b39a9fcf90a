#include "conf/include_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "conf/comments.hpp"

namespace conf {

namespace {

std::optional<IncludeChecks> checks_of_letter(char letter) {
    switch (letter) {
        case ' ':
        case '\t':
            return IncludeChecks{};
        case 'r':
            return IncludeChecks{.read = true};
        case 'm':
            return IncludeChecks{.read = true, .match = true};
        case 'w':
            return IncludeChecks{.read = true, .match = true, .wildcard_match = true};
        case 'b':
            return IncludeChecks{.read = true, .brace_match = true};
        case 'a':
            return IncludeChecks::all();
        default:
            return std::nullopt;
    }
}

bool* flag_of(IncludeChecks& checks, std::string_view word) {
    if (word == "read") return &checks.read;
    if (word == "match") return &checks.match;
    if (word == "wildcard_match") return &checks.wildcard_match;
    if (word == "brace_match") return &checks.brace_match;
    return nullptr;
}

}  // namespace

std::optional<IncludeLine> parse_include(std::string_view line) {
    constexpr std::string_view kWord = "include";
    if (line.size() <= kWord.size() || line.substr(0, kWord.size()) != kWord) return std::nullopt;
    const auto checks = checks_of_letter(line[kWord.size()]);
    if (!checks) return std::nullopt;
    std::size_t at = kWord.size() + (is_blank_or_tab(line[kWord.size()]) ? 0 : 1);
    const std::size_t blanks = at;
    while (at < line.size() && is_blank_or_tab(line[at])) ++at;
    if (at == blanks || at == line.size()) return std::nullopt;
    return IncludeLine{*checks, at};
}

std::vector<CheckWord> words_behind(std::string_view line, std::size_t at,
                                    const std::function<Span(std::size_t at, std::size_t size)>& span) {
    std::vector<CheckWord> words;
    while (at < line.size()) {
        const std::size_t begin = line.find_first_not_of(" \t\r\f\v", at);
        if (begin == std::string_view::npos) break;
        const bool quoted = line[begin] == '"';
        const std::size_t first = quoted ? begin + 1 : begin;
        const std::size_t end = std::min(line.find_first_of(quoted ? "\"" : " \t\r\f\v", first), line.size());
        words.push_back({line.substr(first, end - first), span(first, end - first)});
        at = quoted ? end + 1 : end;
    }
    return words;
}

IncludeChecks apply_include_check(IncludeChecks before, const std::vector<CheckWord>& words,
                                  DiagnosticSink& sink) {
    if (words.empty()) return IncludeChecks::all();
    IncludeChecks checks = before;
    bool set = false;
    for (const auto& word : words) {
        const char sign = word.text.empty() ? '\0' : word.text[0];
        const bool is_signed = sign == '+' || sign == '-';
        const std::string_view name = is_signed ? word.text.substr(1) : word.text;
        IncludeChecks only{.read = true};
        bool* flag = flag_of(is_signed ? checks : only, name);
        if (set && !is_signed) {
            sink.report(Class::general_error, word.where,
                        fmt::format("Duplicate include_check '{}' specified - ignoring", name));
        } else if (flag == nullptr) {
            set = set || !is_signed;
            sink.report(Class::general_error, word.where,
                        fmt::format("Unknown include_check type '{}' - ignoring", name))
                .expected = "read, match, wildcard_match or brace_match, with + or - to add or remove";
        } else if (is_signed) {
            *flag = sign == '+';
        } else {
            *flag = true;
            checks = only;
            set = true;
        }
    }
    return checks;
}

}  // namespace conf
