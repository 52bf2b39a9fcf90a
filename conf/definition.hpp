// Definitions ($NAME=…), built-in ones, and their substitution in a line: conf-language.md §6.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conf/mapped_line.hpp"

namespace conf {

struct DefinitionLine {
    std::string text;
    std::optional<std::uint32_t> site;  ///< where it is written; none for the variable of a repetition
};

/// One line, or several for a multi-line definition.
struct Definition {
    std::vector<DefinitionLine> lines;
};

/// Length of a NAME (letter or '_', then letters, digits, '_') at the start of `text`; 0 = none.
std::size_t name_length(std::string_view text);

/// `$NAME=` at the start of `text`: the length up to and with '='; 0 = not a definition.
std::size_t definition_head(std::string_view text);

/// Length of a reference to `name`, without parameters, at the start of `text` (which begins with '$'); 0 = something else.
std::size_t reference_length(std::string_view text, std::string_view name);

class Definitions {
  public:
    void set(std::string_view name, Definition definition);
    std::shared_ptr<const Definition> find(std::string_view name) const;

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, std::shared_ptr<const Definition>, Hash, std::equal_to<>> by_name_;
};

/// The generator behind ${_RANDOM}: glibc's random() sequence, private to one reading.
class RandomSequence {
  public:
    RandomSequence();
    ~RandomSequence();
    RandomSequence(const RandomSequence&) = delete;
    RandomSequence& operator=(const RandomSequence&) = delete;
    void seed(std::uint32_t seed);
    std::uint32_t next();

  private:
    struct State;
    std::unique_ptr<State> state_;
    bool seeded_ = false;
};

/// What the built-in definitions need to know.
struct BuiltIns {
    std::string instance;   ///< the configuration id
    std::string directory;  ///< of the file being read
    RandomSequence random;
};

/// Bounds of one line's substitutions: what goes beyond them is a mistake or an attack.
constexpr std::size_t kMaxSubstitutions = 2'000;
constexpr std::size_t kMaxSubstitutedLength = 1'023;

struct Substitution {
    struct MultiLine {
        std::shared_ptr<const Definition>
            definition;  ///< its lines from the second on follow the current line
        Span reference;  ///< columns
    };
    bool changed = false;
    std::vector<std::uint32_t> sites;                    ///< of the definitions used, in order
    std::vector<MultiLine> multi_lines;                  ///< outermost first
    std::vector<std::pair<Span, std::string>> errors;    ///< columns and text
    std::vector<std::pair<Span, std::string>> log_only;  ///< the same, of what the reference only logs
    std::size_t count = 0;                               ///< references that were replaced, or in error
    bool out_of_bounds = false;                          ///< kMaxSubstitutions was hit
};

/// Replaces every reference in `line` from left to right; the scan goes on in the inserted text.
/// @param before  how many were replaced in this line before: what a brace leaves behind is looked at again
Substitution substitute(MappedLine& line, const Definitions& definitions, BuiltIns& built_ins,
                        std::size_t before = 0);

}  // namespace conf
