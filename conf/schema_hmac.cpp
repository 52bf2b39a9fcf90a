// vrrp_instance/auth_hmac: signed adverts, an extension of 2.4 (conf-vrrp.md §2.6).
#include <algorithm>

#include "conf/schema_blocks.hpp"
#include "conf/schema_setters.hpp"

namespace conf {

namespace {

constexpr std::size_t kShortestKey = 32, kLongestKey = 64;

AuthHmac& hmac_of(void* target) { return *static_cast<InstanceDraft*>(target)->value.auth_hmac; }

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::vector<std::uint8_t>> key_bytes(std::string_view text) {
    if (!text.starts_with("hex:")) return std::vector<std::uint8_t>(text.begin(), text.end());
    text.remove_prefix(4);
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<std::uint8_t> bytes;
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const int high = hex_digit(text[at]), low = hex_digit(text[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
    return bytes;
}

/// The text of `file:PATH`, its trailing newline dropped; a file which others may read is a security problem.
std::optional<std::string> key_file(Context& context, const Args& args, std::string_view path) {
    const auto fact = context.facts.file(path);
    auto text = context.facts.secret(path);
    if (!text) {
        context.error(args.span(1), fmt::format("({}) auth_hmac key file {} cannot be read - ignoring key",
                                                context.object, path));
        return std::nullopt;
    }
    constexpr std::uint32_t kGroupAndWorld = 077;
    if ((fact.mode & kGroupAndWorld) != 0) {
        context.report(
            Class::warning, args.span(1),
            fmt::format("({}) auth_hmac key file {} is accessible by group or others", context.object, path));
    }
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    return text;
}

void add_key(Context& context, void* target, const Args& args) {
    if (!context.need(args) || !context.need(args, 1)) return;
    auto& hmac = hmac_of(target);
    const auto id = read_unsigned(context, args.value(), args.span(), 1, 255, Number::strict);
    if (!id) return complain(context, args, args.value());
    auto spec = std::optional<std::string>(args.value(1));
    if (spec->starts_with("file:")) spec = key_file(context, args, args.value(1).substr(5));
    if (!spec) return;
    const auto bytes = key_bytes(*spec);
    if (!bytes || bytes->size() < kShortestKey || bytes->size() > kLongestKey) {
        context
            .error(args.span(1),
                   fmt::format("({}) auth_hmac key {} is not valid - ignoring", context.object, *id))
            .expected = "32 to 64 bytes: text, hex:HEXDIGITS or file:PATH";
        return;
    }
    const bool known =
        std::any_of(hmac.keys.begin(), hmac.keys.end(), [&](const HmacKey& k) { return k.id == *id; });
    if (known) {
        context.error(args.span(),
                      fmt::format("({}) auth_hmac key {} already specified - ignoring", context.object, *id));
        return;
    }
    hmac.keys.push_back({static_cast<std::uint8_t>(*id), *bytes});
}

void set_active(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto id = read_unsigned(context, args.value(), args.span(), 1, 255, Number::strict);
    if (!id) return complain(context, args, args.value());
    hmac_of(target).active_key = static_cast<std::uint8_t>(*id);
}

void set_replay(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    if (args.value() != "time" && args.value() != "monotonic") return complain(context, args, args.value());
    hmac_of(target).monotonic_only = args.value() == "monotonic";
}

void set_mode(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& mode = hmac_of(target).mode;
    if (args.value() == "enforce") {
        mode = HmacMode::enforce;
    } else if (args.value() == "permissive") {
        mode = HmacMode::permissive;
    } else if (args.value() == "receive-only") {
        mode = HmacMode::receive_only;
    } else {
        complain(context, args, args.value());
    }
}

void* open_hmac(Context&, void* parent, const Args&) {
    auto& hmac = static_cast<InstanceDraft*>(parent)->value.auth_hmac;
    if (!hmac) hmac.emplace();
    return parent;
}

using Row = Setters<InstanceDraft>;

using K = Keyword;

// clang-format off
constexpr Keyword kHmac[] = {
    K{"key", "ID KEYSPEC", add_key, "required", "ID 1..255; key 32..64 bytes", "a key: text, hex:HEXDIGITS or file:PATH", kVrrp, "after 2.2.7"}.says("($n) auth_hmac key id '$v' is not valid - ignoring"),
    K{"active_key", "ID", set_active, "required", "1..255", "the key which signs", kVrrp, "after 2.2.7"}.says("($n) auth_hmac active_key '$v' is not valid - ignoring"),
    K{"time_window", "SECS", Row::number<&InstanceDraft::hmac_time_window>, "max(5, min(300, 3 x advert_int))", "1..300", "how old a received advert may be", kVrrp, "after 2.2.7"}.says("($n) auth_hmac time_window '$v' is not valid - ignoring"),
    K{"anti_replay", "time|monotonic", set_replay, "time", "time|monotonic", "what tells a replayed advert", kVrrp, "after 2.2.7"}.says("($n) auth_hmac anti_replay '$v' is not valid - ignoring"),
    K{"mode", "enforce|permissive|receive-only", set_mode, "enforce; strict: enforce", "enforce|permissive|receive-only", "what happens to adverts without a signature", kVrrp, "after 2.2.7"}.says("($n) auth_hmac mode '$v' is not valid - ignoring"),
};
// clang-format on

}  // namespace

constexpr Block kHmacBlock{"vrrp_instance/auth_hmac", kHmac, open_hmac, nullptr};

}  // namespace conf
