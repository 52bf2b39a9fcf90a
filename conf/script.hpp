// A command of the configuration with all that was looked up for it once, by the supervisor (decisions.md §3, facts).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace conf {

enum class ScriptVerdict : std::uint8_t {
    usable,
    not_found,
    not_executable,
    unsafe,
    disabled_unsafe,
    bad_user
};

struct Script {
    std::string command;            ///< as written
    std::vector<std::string> argv;  ///< argv[0] is the configured path, cleaned
    std::string path;               ///< what is executed (resolved)
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> supplementary_groups;
    ScriptVerdict verdict = ScriptVerdict::usable;
    bool insecure = false;
    bool by_shell = false;  ///< "</path" form
    friend bool operator==(const Script&, const Script&) = default;
};

/// Like std::optional<Script>, but one pointer large: most instances have none of their seven scripts.
class OptionalScript {
  public:
    OptionalScript() = default;
    OptionalScript(OptionalScript&&) noexcept = default;
    OptionalScript(const OptionalScript& other)
        : script_(other ? std::make_unique<Script>(*other) : nullptr) {}
    OptionalScript& operator=(OptionalScript&&) noexcept = default;
    OptionalScript& operator=(const OptionalScript& other) {
        if (this != &other) script_ = other ? std::make_unique<Script>(*other) : nullptr;
        return *this;
    }
    OptionalScript& operator=(Script script) {
        script_ = std::make_unique<Script>(std::move(script));
        return *this;
    }
    OptionalScript& operator=(std::optional<Script> script) {
        script_ = script ? std::make_unique<Script>(std::move(*script)) : nullptr;
        return *this;
    }

    explicit operator bool() const { return script_ != nullptr; }
    bool has_value() const { return script_ != nullptr; }
    const Script& operator*() const { return *script_; }
    Script& operator*() { return *script_; }
    const Script* operator->() const { return script_.get(); }
    Script* operator->() { return script_.get(); }
    void reset() { script_.reset(); }
    friend bool operator==(const OptionalScript& a, const OptionalScript& b) {
        return a.has_value() == b.has_value() && (!a.has_value() || *a == *b);
    }

  private:
    std::unique_ptr<Script> script_;
};

/// 'a' 'b c': each word in single quotes (state-files.md §2).
std::string quoted(const Script& script);

}  // namespace conf
