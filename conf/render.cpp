// Diagnostics as text: the line people grep, and the form for people (conf-language.md §8.4, operator.md).
#include <fmt/format.h>

#include "conf/diagnostic.hpp"

namespace conf {

namespace {

constexpr std::string_view kRed = "\033[1;31m", kYellow = "\033[1;33m", kCyan = "\033[1;36m",
                           kGreen = "\033[1;32m", kBold = "\033[1m", kReset = "\033[0m";

struct Heading {
    std::string_view word, colour;
};

Heading heading(const Diagnostic& diagnostic) {
    switch (diagnostic.severity) {
        case Class::note:
            return {"note", kCyan};
        case Class::warning:
        case Class::deprecated:
        case Class::multiple_files:
            return {"warning", kYellow};
        default:
            return diagnostic.log_only ? Heading{"warning", kYellow} : Heading{"error", kRed};
    }
}

std::string file_name(const Span& where, const std::vector<std::string>& files) {
    return where.file < files.size() ? files[where.file] : std::string("?");
}

std::string place(const Span& where, const std::vector<std::string>& files) {
    std::string text = file_name(where, files);
    if (where.line != 0) text += fmt::format(":{}", where.line);
    if (where.line != 0 && where.column != 0) text += fmt::format(":{}", where.column);
    return text;
}

/// Control characters would play with the terminal; a tab keeps the caret in its column as one blank.
std::string printable(std::string_view text) {
    std::string shown;
    for (const char byte : text) {
        const bool is_control = (byte >= 0 && byte < 0x20) || byte == 0x7f;
        shown += is_control ? (byte == '\t' ? ' ' : '?') : byte;
    }
    return shown;
}

/// A window of a long line around the place that matters.
struct Excerpt {
    std::string line, carets;
};

Excerpt excerpt(const Diagnostic& diagnostic) {
    constexpr std::size_t kWidth = 90, kBefore = 50;
    std::string_view line = diagnostic.source_line;
    std::size_t column = diagnostic.where.column == 0 ? 0 : diagnostic.where.column - 1;
    if (column > line.size()) column = line.size();
    const std::size_t begin = column > kWidth - 10 ? column - kBefore : 0;
    const bool cut_before = begin > 0, cut_after = line.size() - begin > kWidth;
    line = line.substr(begin, kWidth);
    column -= begin;
    const std::size_t length =
        std::max<std::size_t>(1, std::min<std::size_t>(diagnostic.where.length, line.size() - column));
    Excerpt shown;
    shown.line = fmt::format("{}{}{}", cut_before ? "…" : "", printable(line), cut_after ? "…" : "");
    if (diagnostic.where.column != 0) {
        // One blank a character shown: bytes within a UTF-8 sequence have no column of their own.
        std::size_t blanks = cut_before ? 1 : 0;
        for (const char byte : line.substr(0, column))
            blanks += (static_cast<unsigned char>(byte) & 0xc0) != 0x80 ? 1 : 0;
        std::size_t marks = 0;
        for (const char byte : line.substr(column, length)) {
            marks += (static_cast<unsigned char>(byte) & 0xc0) != 0x80 ? 1 : 0;
        }
        shown.carets = std::string(blanks, ' ') + "^" + std::string(marks > 1 ? marks - 1 : 0, '~');
    }
    return shown;
}

std::string log_line(const Diagnostic& diagnostic, const std::vector<std::string>& files) {
    if (diagnostic.where.line == 0) return printable(diagnostic.text);
    return fmt::format("({}: Line {}) {}", file_name(diagnostic.where, files), diagnostic.where.line,
                       printable(diagnostic.text));
}

std::string full(const Diagnostic& diagnostic, const std::vector<std::string>& files, bool colour) {
    const auto paint = [&](std::string_view code, std::string_view text) {
        return colour ? fmt::format("{}{}{}", code, text, kReset) : std::string(text);
    };
    const Heading head = heading(diagnostic);
    std::string text;
    if (diagnostic.where.line != 0) text += paint(kBold, place(diagnostic.where, files) + ":") + " ";
    text += paint(head.colour, fmt::format("{}:", head.word)) + " " + printable(diagnostic.text);
    if (!diagnostic.expected.empty()) text += " — expected " + diagnostic.expected;
    if (!diagnostic.name.empty()) text += fmt::format(" [{}]", diagnostic.name);
    if (!diagnostic.source_line.empty()) {
        const Excerpt shown = excerpt(diagnostic);
        text += fmt::format("\n    {}", shown.line);
        if (!shown.carets.empty()) text += "\n    " + paint(kGreen, shown.carets);
    }
    for (const auto& [where, what] : diagnostic.related) {
        text += where.line != 0 ? fmt::format("\n  {}: {}", place(where, files), printable(what))
                                : fmt::format("\n  {}", printable(what));
    }
    if (diagnostic.alike > 0) text += "\n  " + more_like_it(diagnostic);
    if (!diagnostic.hint.empty()) text += "\n  " + paint(kCyan, "hint:") + " " + printable(diagnostic.hint);
    return text;
}

}  // namespace

std::string more_like_it(const Diagnostic& diagnostic) {
    if (diagnostic.alike == 0) return {};
    auto text = fmt::format("... and {} more like it", diagnostic.alike);
    if (diagnostic.last_alike.line != 0)
        text += fmt::format(", the last on line {}", diagnostic.last_alike.line);
    return text;
}

std::string render(const Diagnostic& diagnostic, const std::vector<std::string>& files, Style style) {
    return style == Style::log_line ? log_line(diagnostic, files)
                                    : full(diagnostic, files, style == Style::colour);
}

}  // namespace conf
