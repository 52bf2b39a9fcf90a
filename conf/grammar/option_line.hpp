// A line of options, read word by word: what ROUTE and RULE lines share.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "conf/schema_context.hpp"

namespace conf {

inline constexpr std::uint8_t kProtocolKeepalived = 18;  ///< RTPROT_KEEPALIVED

/// Every reader returns false when the whole line is dropped, after a message.
class OptionLine {
  protected:
    /// @param kind  "route" or "rule", for the messages
    OptionLine(Context& context, const Args& args, std::string_view kind)
        : context_(context), args_(args), kind_(kind) {}
    ~OptionLine() = default;

    std::string_view word() const { return args_.value(at_); }
    Span here() const { return args_.span(at_); }
    bool drop(std::string text) {
        context_.error(here(), std::move(text));
        return false;
    }
    /// To the value of the present keyword.
    bool advance() { return context_.need(args_, at_ + 1) && ++at_ > 0; }

    /// @param what  the interface's part in the line, for the warning
    bool interface_into(std::string& into, std::string_view what);
    bool realms_into(std::optional<std::uint32_t>& into);
    void track_group_into(std::string& into);
    /// What is tracked must bear our protocol number, and a track_group needs an interface.
    void check_tracking(bool no_track, Span protocol_at, std::uint8_t& protocol, std::string& track_group,
                        const std::string& interface);

    Context& context_;
    const Args& args_;
    std::size_t at_ = 0;

  private:
    std::string_view kind_;
};

}  // namespace conf
