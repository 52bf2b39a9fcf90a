#include "conf/definition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <ctime>

namespace conf {

namespace {

bool is_letter(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}
bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

/// A `$NAME` or `${NAME words…}` in the text.
struct Reference {
    std::size_t length = 0;  ///< 0 = not a reference
    std::string_view name;
    std::vector<std::string_view> parameters;
};

Reference plain_reference(std::string_view text) {
    const std::size_t name = name_length(text.substr(1));
    if (name == 0) return {};
    const std::string_view after = text.substr(1 + name);
    if (!after.empty() && std::string_view(" \t,)").find(after[0]) == std::string_view::npos) return {};
    return {1 + name, text.substr(1, name), {}};
}

Reference braced_reference(std::string_view text) {
    Reference reference;
    std::size_t at = 2 + name_length(text.substr(2));
    reference.name = text.substr(2, at - 2);
    if (reference.name.empty()) return {};
    for (;;) {
        std::size_t word = at;
        while (word < text.size() && (text[word] == ' ' || text[word] == '\t')) ++word;
        std::size_t end = word;
        while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]))) ++end;
        if (word == at || end == word) break;
        reference.parameters.push_back(text.substr(word, end - word));
        at = end;
    }
    if (at >= text.size() || text[at] != '}') return {};
    reference.length = at + 1;
    return reference;
}

Reference reference_at(std::string_view text) {
    return text.substr(0, 2) == "${" ? braced_reference(text) : plain_reference(text);
}

struct BuiltInValue {
    std::optional<std::string> text;
    std::string error;
};

BuiltInValue random_value(const std::vector<std::string_view>& parameters, RandomSequence& random) {
    if (parameters.size() > 2) {
        return {std::nullopt,
                fmt::format("Definition _RANDOM requires between 0 and 2 parameters, {} specified.",
                            parameters.size())};
    }
    std::array<std::uint32_t, 2> range{0, 32767};
    for (std::size_t index = 0; index < parameters.size(); ++index) {
        const auto word = parameters[index];
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), range[index]);
        if (error != std::errc{} || end != word.data() + word.size() || range[index] > INT32_MAX) {
            return {std::nullopt, "Definition _RANDOM requires numeric parameters only."};
        }
    }
    if (range[0] > range[1]) {
        return {std::to_string(range[0]),
                fmt::format("${{_RANDOM}}: min {} exceeds max {}, using {}", range[0], range[1], range[0])};
    }
    return {std::to_string(range[0] + random.next() % (range[1] - range[0] + 1)), {}};
}

BuiltInValue environment_value(const std::vector<std::string_view>& parameters) {
    if (parameters.size() != 1) {
        return {std::nullopt,
                fmt::format("Definition _ENV requires 1 parameter, {} specified.", parameters.size())};
    }
    const char* value = std::getenv(std::string(parameters[0]).c_str());
    std::string text = value != nullptr ? value : "";
    // A line stays a line.
    std::replace(text.begin(), text.end(), '\n', ' ');
    return {std::move(text), {}};
}

std::optional<BuiltInValue> built_in_value(const Reference& reference, BuiltIns& built_ins) {
    if (reference.name == "_RANDOM") return random_value(reference.parameters, built_ins.random);
    if (reference.name == "_ENV") return environment_value(reference.parameters);
    if (!reference.parameters.empty()) return std::nullopt;
    if (reference.name == "_PWD") return BuiltInValue{built_ins.directory, {}};
    if (reference.name == "_INSTANCE") return BuiltInValue{built_ins.instance, {}};
    if (reference.name == "_HASH") return BuiltInValue{"#", {}};
    if (reference.name == "_BANG") return BuiltInValue{"!", {}};
    return std::nullopt;
}

/// One line's substitutions. Knows which definitions the text at hand came out of: none may come out of
/// itself.
class Substituter {
  public:
    Substituter(MappedLine& line, const Definitions& definitions, BuiltIns& built_ins)
        : line_(line), definitions_(definitions), built_ins_(built_ins) {}

    Substitution run(std::size_t before) {
        for (at_ = line_.text().find('$'); at_ != std::string::npos; at_ = line_.text().find('$', at_)) {
            const std::size_t said = result_.errors.size() + result_.log_only.size();
            const bool replaced = replace_reference();
            if (!replaced) ++at_;
            // One that fails is looked at again behind each brace: it counts as well.
            const bool failed = result_.errors.size() + result_.log_only.size() > said;
            if (replaced || failed) ++result_.count;
            if (result_.count + before > kMaxSubstitutions) {
                result_.out_of_bounds = true;
                break;
            }
        }
        return std::move(result_);
    }

  private:
    struct Active {
        std::string name;
        std::size_t end;  ///< of the text that came out of it
    };

    bool replace_reference() {
        const Reference reference = reference_at(std::string_view(line_.text()).substr(at_));
        if (reference.length == 0) return false;
        if (auto definition = reference.parameters.empty() ? definitions_.find(reference.name) : nullptr) {
            return replace_by(reference, std::move(definition));
        }
        auto value = built_in_value(reference, built_ins_);
        if (!value) return false;
        if (!value->error.empty()) error(reference, value->error);
        return value->text && insert(reference, *value->text);
    }

    bool replace_by(const Reference& reference, std::shared_ptr<const Definition> definition) {
        while (!active_.empty() && active_.back().end <= at_) active_.pop_back();
        const auto is_same = [&](const Active& active) { return active.name == reference.name; };
        if (std::any_of(active_.begin(), active_.end(), is_same)) {
            error(reference, fmt::format("Definition ${} refers to itself", reference.name));
            return false;
        }
        const bool is_last = at_ + reference.length == line_.text().size();
        if (definition->lines.size() > 1 && !is_last) return false;

        const Span columns = line_.columns(at_, reference.length);
        const std::string name(reference.name);
        const auto& first = definition->lines.front();
        if (!insert(reference, first.text)) return false;
        if (first.site) result_.sites.push_back(*first.site);
        active_.push_back({name, at_ + first.text.size()});
        if (definition->lines.size() > 1) result_.multi_lines.push_back({std::move(definition), columns});
        return true;
    }

    bool insert(const Reference& reference, std::string_view text) {
        if (line_.text().size() - reference.length + text.size() > kMaxSubstitutedLength) {
            result_.log_only.emplace_back(
                line_.columns(at_, reference.length),
                fmt::format("Parameter substitution on line '{}' would exceed maximum line length",
                            line_.text()));
            return false;
        }
        for (auto& active : active_) active.end = active.end - reference.length + text.size();
        line_.replace(at_, reference.length, text);
        result_.changed = true;
        return true;
    }

    void error(const Reference& reference, std::string text) {
        result_.errors.emplace_back(line_.columns(at_, reference.length), std::move(text));
    }

    MappedLine& line_;
    const Definitions& definitions_;
    BuiltIns& built_ins_;
    Substitution result_;
    std::vector<Active> active_;
    std::size_t at_ = 0;
};

}  // namespace

std::size_t name_length(std::string_view text) {
    if (text.empty() || !is_letter(text[0])) return 0;
    std::size_t length = 1;
    while (length < text.size() && (is_letter(text[length]) || is_digit(text[length]))) ++length;
    return length;
}

std::size_t definition_head(std::string_view text) {
    if (text.empty() || text[0] != '$') return 0;
    const std::size_t name = name_length(text.substr(1));
    const bool is_definition = name > 0 && 1 + name < text.size() && text[1 + name] == '=';
    return is_definition ? name + 2 : 0;
}

std::size_t reference_length(std::string_view text, std::string_view name) {
    const auto reference = reference_at(text);
    return reference.name == name && reference.parameters.empty() ? reference.length : 0;
}

void Definitions::set(std::string_view name, Definition definition) {
    auto kept = std::make_shared<const Definition>(std::move(definition));
    if (const auto found = by_name_.find(name); found != by_name_.end()) {
        found->second = std::move(kept);
    } else {
        by_name_.emplace(std::string(name), std::move(kept));
    }
}

std::shared_ptr<const Definition> Definitions::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

struct RandomSequence::State {
    random_data data{};
    std::array<char, 128> table{};  // the size of random()'s own
};

RandomSequence::RandomSequence() : state_(std::make_unique<State>()) {}
RandomSequence::~RandomSequence() = default;

void RandomSequence::seed(std::uint32_t seed) {
    *state_ = {};
    ::initstate_r(seed, state_->table.data(), state_->table.size(), &state_->data);
    seeded_ = true;
}

std::uint32_t RandomSequence::next() {
    if (!seeded_) seed(static_cast<std::uint32_t>(std::time(nullptr)));
    std::int32_t value = 0;
    ::random_r(&state_->data, &value);
    return static_cast<std::uint32_t>(value);
}

Substitution substitute(MappedLine& line, const Definitions& definitions, BuiltIns& built_ins,
                        std::size_t before) {
    return Substituter(line, definitions, built_ins).run(before);
}

}  // namespace conf
