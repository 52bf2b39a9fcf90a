// One configuration file: checks before it is opened, then physical lines (conf-language.md §2, §9.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/process/unique_fd.hpp"

namespace conf {

/// Longest physical line without its line end; longer ones are reported and ignored.
constexpr std::size_t kMaxLineLength = 1'022;

class SourceReader {
  public:
    enum class Line : std::uint8_t { text, too_long, end };

    /// @param path  absolute
    /// @return the reason why it cannot be read, in the reference's words after "Configuration file 'X' ";
    /// empty = open
    std::string open(const std::string& path);

    /// The next physical line, without its CR and LF; valid until the next call.
    Line next(std::string_view& line);
    std::uint32_t line_number() const { return line_number_; }

  private:
    bool fill();

    UniqueFd fd_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;
    bool at_end_ = false;
    std::uint32_t line_number_ = 0;
};

}  // namespace conf
