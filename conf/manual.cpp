// Renders the tables as mdoc(7).
#include "conf/manual.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

#include "conf/check_notes.hpp"
#include "conf/schema_table.hpp"

namespace conf {

namespace {

constexpr std::string_view kMarker = "@KEYWORDS";
constexpr std::string_view kNotesMarker = "@NOTES@";

template <typename Take>
void for_each_line(std::string_view text, Take take) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// Text that means itself, also where it looks like a request, an escape or the name of a macro.
std::string literal(std::string_view text) {
    std::string out = "\\&";
    for (const char byte : text) {
        if (byte == '\\') {
            out += "\\e";
        } else if (byte == '"') {
            out += "\\(dq";
        } else {
            out += byte;
        }
    }
    return out;
}

/// One argument of a macro.
std::string argument(std::string_view text) { return '"' + literal(text) + '"'; }

/// The tables' phrases begin in lower case; a sentence does not, unless it begins with a name.
std::string sentence(std::string_view phrase) {
    std::string text(phrase);
    const auto word = phrase.substr(0, phrase.find_first_of(" ,;:"));
    const bool is_plain_word =
        std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (is_plain_word && !text.empty()) text[0] = static_cast<char>(text[0] - 'a' + 'A');
    return literal(text) + ".\n";
}

std::string row(const Keyword& keyword) {
    std::string out = fmt::format(".It Cm {}", argument(keyword.name));
    if (keyword.args != "-") out += " Ar " + argument(keyword.args);
    out += '\n' + sentence(keyword.help);
    if (keyword.initial != "-") out += literal(fmt::format("Default: {}.\n", keyword.initial));
    if (keyword.range.text != "-") out += literal(fmt::format("Values: {}.\n", keyword.range.text));
    if (keyword.since.starts_with("keepalived++")) {
        out += ".Em Extension .\n";
    } else if (keyword.since != "-") {
        out += sentence(keyword.since);
    }
    return out;
}

std::string rows(const Block& block) {
    if (block.keywords.empty()) return {};
    std::string out = ".Bl -tag -width indent\n";
    for (const auto& keyword : block.keywords) out += row(keyword);
    return out + ".El\n";
}

const Block& block_named(std::string_view path) {
    for (const auto* block : all_blocks()) {
        if (block->path == path) return *block;
    }
    throw std::runtime_error(fmt::format("there is no block {}", path));
}

/// "virtual_server/real_server" of "@KEYWORDS virtual_server/real_server@"; empty for all others.
std::string_view marked_block(std::string_view line) {
    line.remove_prefix(kMarker.size());
    if (line.empty() || line.back() != '@') throw std::runtime_error("a line @KEYWORDS without @ at its end");
    line.remove_suffix(1);
    if (line.starts_with(' ')) line.remove_prefix(1);
    return line;
}

std::string other_blocks(const std::set<std::string_view>& placed) {
    std::string out;
    for (const auto* block : all_blocks()) {
        if (placed.contains(block->path) || block->keywords.empty()) continue;
        out += fmt::format(".Ss {}\n{}", literal(block->path), rows(*block));
    }
    return out;
}

std::string notes() {
    std::string out;
    for (const auto& note : all_notes()) {
        out += fmt::format(".It Cm {}\n{}\n", argument(note.name), literal(note.what));
    }
    return out;
}

}  // namespace

std::string manual_page(std::string_view outline) {
    std::set<std::string_view> placed;
    for_each_line(outline, [&](std::string_view line) {
        if (line.starts_with(kMarker)) placed.insert(marked_block(line));
    });
    std::string page;
    for_each_line(outline, [&](std::string_view line) {
        if (line == kNotesMarker) {
            page += notes();
        } else if (!line.starts_with(kMarker)) {
            page.append(line) += '\n';
        } else if (const auto path = marked_block(line); path.empty()) {
            page += other_blocks(placed);
        } else {
            page += rows(block_named(path));
        }
    });
    return page;
}

std::vector<std::string> manual_examples(std::string_view page) {
    std::vector<std::string> examples;
    bool inside = false;
    for_each_line(page, [&](std::string_view line) {
        if (line.starts_with(".Bd -literal")) {
            inside = true;
            examples.emplace_back();
        } else if (line == ".Ed") {
            inside = false;
        } else if (inside) {
            std::string& example = examples.back();
            for (std::size_t at = 0; at < line.size(); ++at) {
                const auto escape = line.substr(at, 2);
                if (escape == "\\e")
                    example += '\\', ++at;
                else if (escape == "\\&")
                    ++at;
                else
                    example += line[at];
            }
            example += '\n';
        }
    });
    return examples;
}

}  // namespace conf
