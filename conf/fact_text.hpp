// Questions and answers as texts: fields separated by NUL (a path may hold any other byte).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

/// Kind of the questions whose answers observers may not see.
inline constexpr std::string_view kSecretQuestion = "secret";

std::string fact_text(std::initializer_list<std::string_view> fields);
std::string fact_text(const std::vector<std::string>& fields);

/// "1 2 3"
std::string format_numbers(const std::vector<std::uint32_t>& numbers);
std::vector<std::uint32_t> parse_numbers(std::string_view text);

/// An answer taken apart; what is not there reads as "" or 0. The empty answer has no fields.
class FactFields {
  public:
    explicit FactFields(std::string answer);
    std::size_t size() const { return fields_.size(); }
    std::string text(std::size_t index) const;
    std::uint32_t number(std::size_t index) const;

  private:
    std::string answer_;
    std::vector<std::string_view> fields_;
};

}  // namespace conf
