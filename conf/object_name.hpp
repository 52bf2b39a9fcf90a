// The name of the object being read, for "(VI_1) …".
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

namespace conf {

struct VirtualDraft;
struct RealDraft;

/// Reads like a string. The name of a real server is made when a message wants it: there are thousands of them.
class ObjectName {
  public:
    ObjectName& operator=(std::string_view name) {
        text_ = name;
        server_ = nullptr;
        return *this;
    }
    /// Both outlive the use of the name.
    void name_after(const VirtualDraft& server, const RealDraft& real) {
        server_ = &server;
        real_ = &real;
    }
    operator std::string_view() const {  // NOLINT: it is a string to who writes a message
        if (server_ != nullptr) make();
        return text_;
    }

  private:
    void make() const;

    mutable std::string text_;
    mutable const VirtualDraft* server_ = nullptr;
    const RealDraft* real_ = nullptr;
};

}  // namespace conf

template <>
struct fmt::formatter<conf::ObjectName> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const conf::ObjectName& name, Context& context) const {
        return fmt::formatter<std::string_view>::format(name, context);
    }
};
