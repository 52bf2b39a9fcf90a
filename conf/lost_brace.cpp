#include "conf/lost_brace.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "conf/schema_blocks.hpp"
#include "conf/source.hpp"

namespace conf {

namespace {

/// Blocks of a file with the indentation of the lines that open them.
class Indentation {
  public:
    /// @return what the line shows, when it shows something
    std::optional<LostBrace> take(std::string_view line, std::uint32_t number) {
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos) return std::nullopt;
        const std::size_t width = width_of(line.substr(0, begin));
        line.remove_prefix(begin);
        if (is_too_far_left(line, width)) return LostBrace{open_.back().line, number};
        count(line, width, number);
        return std::nullopt;
    }

  private:
    struct Block {
        std::uint32_t line = 0;
        std::size_t width = 0;
    };

    static std::size_t width_of(std::string_view blanks) {
        constexpr std::size_t kTab = 8;
        std::size_t width = 0;
        for (const char blank : blanks) width += blank == '\t' ? kTab - width % kTab : 1;
        return width;
    }

    /// A "}" left of what it would close, or a block of the top level no further right than the one it would stand in.
    bool is_too_far_left(std::string_view line, std::size_t width) const {
        if (open_.empty()) return false;
        if (line[0] == '}') return width < open_.back().width;
        const auto* keyword = kTopBlock.find(line.substr(0, line.find_first_of(" \t{")));
        return keyword != nullptr && keyword->block != nullptr && width <= open_.back().width;
    }

    void count(std::string_view line, std::size_t width, std::uint32_t number) {
        bool in_quotes = false;
        for (const char byte : line) {
            if (byte == '"') in_quotes = !in_quotes;
            if (in_quotes) continue;
            if (byte == '#' || byte == '!') return;
            if (byte == '{') open_.push_back({number, width});
            if (byte == '}' && !open_.empty()) open_.pop_back();
        }
    }

    std::vector<Block> open_;
};

}  // namespace

std::string LostBrace::text() const {
    return fmt::format("the block which begins here lacks its '}}', by the indentation of line {}", seen);
}

std::optional<LostBrace> find_lost_brace(const std::string& path) {
    SourceReader reader;
    if (!reader.open(path).empty()) return std::nullopt;
    Indentation indentation;
    std::string_view line;
    for (;;) {
        const auto got = reader.next(line);
        if (got == SourceReader::Line::end) return std::nullopt;
        if (got != SourceReader::Line::text) continue;
        if (const auto found = indentation.take(line, reader.line_number())) return found;
    }
}

}  // namespace conf
