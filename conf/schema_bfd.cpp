// bfd_instance: one row a keyword (bfd-behaviour.md §2).
#include <algorithm>

#include "conf/schema_blocks.hpp"
#include "conf/schema_setters.hpp"

namespace conf {

namespace {

using Draft = BfdDraft;
using Row = Setters<BfdDraft>;
using B = BfdInstance;

constexpr std::size_t kLongestName = 31;
constexpr int kNoHopCheck = 255;

Draft& draft_of(void* target) { return *static_cast<Draft*>(target); }

void say(Context& context, Span where, std::string_view name, std::string_view what) {
    context.error(where, fmt::format("Configuration error: BFD instance {} {}", name, what));
}

void set_neighbor(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& draft = draft_of(target);
    const auto address = address_word(args.value());
    if (address) {
        draft.value.neighbor = *address;
        return;
    }
    draft.refused = true;
    say(context, args.span(), draft.value.name,
        fmt::format("has malformed neighbor address {}, ignoring instance", args.value()));
}

void set_source(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& draft = draft_of(target);
    if (const auto address = address_word(args.value())) {
        draft.value.source = *address;
    } else {
        say(context, args.span(), draft.value.name,
            fmt::format("has malformed source address {}, ignoring", args.value()));
    }
}

/// Milliseconds with three decimals.
template <auto Member>
void set_interval(Context& context, void* target, const Args& args) {
    constexpr std::uint64_t kSensible = 10'000'000;  // 10 s in µs
    if (!context.need(args)) return;
    auto& value = draft_of(target).value;
    const auto& range = args.keyword.range;
    // Three places of a millisecond: the reader's thousandths are microseconds.
    const auto us = read_decimal(context, args.value(), args.span(), 3, range.min, range.max, Number::strict);
    if (!us) {
        return say(context, args.span(), value.name,
                   fmt::format("{} value {} is not valid (must be in range [{}-{}]), ignoring",
                               args.keyword.name, args.value(), range.min_whole(), range.max_whole()));
    }
    if (*us > kSensible) {
        context.sink.log(
            Class::warning, args.span(),
            fmt::format(
                "Configuration error: BFD instance {} {} value {} is larger than max sensible (10000)",
                value.name, args.keyword.name, args.value()));
    }
    value.*Member = Microseconds{static_cast<std::int64_t>(*us)};
}

template <typename Field>
void set_number(Context& context, Draft& draft, const Args& args, std::string_view shown, Field& into) {
    if (!context.need(args)) return;
    const auto& range = args.keyword.range;
    const auto number =
        read_unsigned(context, args.value(), args.span(), static_cast<std::uint64_t>(range.min_whole()),
                      range.max_whole(), Number::strict);
    if (number) {
        into = static_cast<std::uint8_t>(*number);
    } else {
        say(context, args.span(), draft.value.name,
            fmt::format("{} value {} not valid (must be in range [{}-{}]), ignoring", shown, args.value(),
                        range.min_whole(), range.max_whole()));
    }
}

void set_multiplier(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    set_number(context, draft, args, "multiplier", draft.value.multiplier);
}

void set_ttl(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    set_number(context, draft, args, "ttl/hoplimit", draft.ttl);
}

void set_max_hops(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& draft = draft_of(target);
    const auto hops = read_integer(context, args.value(), args.span(), -1, 255, Number::strict);
    if (hops) {
        draft.max_hops = static_cast<int>(*hops);
    } else {
        say(context, args.span(), draft.value.name,
            fmt::format("max_hops value {} not valid (must be in range [-1-255]), ignoring", args.value()));
    }
}

void set_multihop(Context& context, void* target, const Args& args) {
    auto& value = draft_of(target).value;
    const auto on = args.empty() ? std::optional(true) : bool_word(args.value());
    if (on) {
        value.multihop = *on;
    } else {
        say(context, args.span(), value.name, fmt::format("multihop setting not valid - {}", args.value()));
    }
}

void set_weight(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& value = draft_of(target).value;
    const auto weight = read_integer(context, args.value(), args.span(), -253, 253, Number::strict);
    if (!weight) {
        return say(
            context, args.span(), value.name,
            fmt::format("weight value {} not valid (must be in range [-253-253]), ignoring", args.value()));
    }
    value.weight = static_cast<std::int32_t>(*weight);
    if (args.count() < 2) return;
    if (args.value(1) == "reverse") {
        value.reverse = true;
    } else {
        say(context, args.span(1), value.name, fmt::format("unknown weight option {}", args.value(1)));
    }
}

// clang-format off
using K = Keyword;

constexpr Keyword kBfdRows[] = {
    K{"source_ip", "ADDR", set_source, "none", "same family as neighbor_ip", "source address", kBfd},
    K{"neighbor_ip", "ADDR", set_neighbor, "required", "one of the two spellings", "the other end", kBfd},
    K{"neighbour_ip", "ADDR", set_neighbor, "required", "one of the two spellings", "the other end", kBfd, "alias of neighbor_ip"},
    K{"min_rx", "MS", set_interval<&B::min_rx>, "10", "1..4294967", "shortest interval we can receive at", kBfd},
    K{"min_tx", "MS", set_interval<&B::min_tx>, "10", "1..4294967", "shortest interval we wish to send at", kBfd},
    K{"idle_tx", "MS", set_interval<&B::idle_tx>, "1000", "1000..4294967", "interval while the session is down", kBfd},
    K{"multiplier", "N", set_multiplier, "5", "1..255", "missed packets until the session is down", kBfd},
    K{"passive", "-", Row::flag<&B::passive>, "off", "argument ignored", "wait for the other end to begin", kBfd},
    K{"ttl", "N", set_ttl, "255 (IPv4), 64 (IPv6)", "1..255", "TTL of our packets", kBfd},
    K{"hoplimit", "N", set_ttl, "255 (IPv4), 64 (IPv6)", "1..255", "hop limit of our packets", kBfd, "alias of ttl"},
    K{"max_hops", "N", set_max_hops, "0", "-1..255; above ttl: ttl", "how far away the other end may be", kBfd},
    K{"multihop", "[BOOL]", set_multihop, "off", "true on yes false off no; none = true", "UDP port 4784", kBfd, "after 2.2.7"},
    K{"weight", "N [reverse]", set_weight, "0", "-253..253", "default weight of track_bfd", kVrrp},
    K{"vrrp", "-", Row::flag<&Draft::vrrp>, "on, unless only checker is given", "argument ignored", "tell VRRP", kBfd},
    K{"checker", "-", Row::flag<&Draft::checker>, "on, unless only vrrp is given", "argument ignored", "tell the checkers", kBfd},
};
// clang-format on

void* open_bfd(Context& context, void*, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "Configuration error: BFD instance has no name - skipping");
        return nullptr;
    }
    const std::string name(args.value());
    if (name.size() > kLongestName) {
        say(context, args.span(), name,
            fmt::format("name too long (maximum length is {} characters) - ignoring", kLongestName));
        return nullptr;
    }
    const auto [known, fresh] = context.bfd_index.try_emplace(name, context.bfds.size(), args.span());
    if (!fresh) {
        context.error(args.span(), fmt::format("BFD {} already specified", name))
            .related.emplace_back(known->second.second, "first defined here");
        return nullptr;
    }
    auto& draft = context.bfds.emplace_back();
    draft.value.name = name;
    draft.value.where = args.span();
    context.object = name;
    return &draft;
}

/// @return what is wrong with it as a session; empty = nothing
std::string flaw_of(const Draft& draft) {
    const auto& value = draft.value;
    if (draft.refused) return "-";
    if (value.neighbor.is_none()) return "has no neighbor address set, disabling instance";
    if (!value.source.is_none() && value.source.family != value.neighbor.family) {
        return fmt::format(
            "source address {} and neighbor address {} are not of the same family, disabling instance",
            value.source.to_string(), value.neighbor.to_string());
    }
    return {};
}

bool is_duplicate(const Context& context, const BfdInstance& value) {
    return std::any_of(context.bfds.begin(), context.bfds.end(), [&](const Draft& other) {
        const auto& o = other.value;
        return &o != &value && !other.refused && o.neighbor == value.neighbor &&
               o.multihop == value.multihop &&
               (o.source == value.source || o.source.is_none() || value.source.is_none());
    });
}

void close_bfd(Context& context, void* target) {
    constexpr std::uint8_t kTtlV4 = 255, kTtlV6 = 64;
    auto& draft = draft_of(target);
    auto& value = draft.value;
    if (draft.vrrp != draft.checker) {
        value.for_vrrp = draft.vrrp;
        value.for_checker = draft.checker;
    }
    auto flaw = flaw_of(draft);
    if (flaw.empty() && is_duplicate(context, value)) {
        flaw = fmt::format("has duplicate {}neighbor address {}{}, ignoring instance",
                           value.source.is_none() ? "" : "source/",
                           value.source.is_none() ? "" : value.source.to_string() + '/',
                           value.neighbor.to_string());
    }
    if (!flaw.empty()) {
        if (!draft.refused) say(context, context.closing, value.name, flaw);
        draft.refused = true;
        return;
    }
    value.ttl = draft.ttl.value_or(value.neighbor.is_v6() ? kTtlV6 : kTtlV4);
    const int hops = draft.max_hops < 0 ? kNoHopCheck : draft.max_hops;
    if (hops > value.ttl && draft.max_hops >= 0) {
        context.at_end(fmt::format("BFD instance {}: max_hops exceeds ttl/hoplimit - setting to ttl/hoplimit",
                                   value.name));
    }
    value.max_hops =
        static_cast<std::uint8_t>(draft.max_hops < 0 ? kNoHopCheck : std::min<int>(hops, value.ttl));
}

}  // namespace

bool operator==(const BfdInstance& a, const BfdInstance& b) {
    const auto fields = [](const BfdInstance& i) {
        return std::tie(i.name, i.neighbor, i.source, i.min_rx, i.min_tx, i.idle_tx, i.multiplier, i.passive,
                        i.ttl, i.max_hops, i.multihop, i.weight, i.reverse, i.for_vrrp, i.for_checker);
    };
    return fields(a) == fields(b);
}

bool Context::bfd_usable(std::string_view name, std::uint8_t process) const {
    const auto found = bfd_index.find(std::string(name));
    if (found == bfd_index.end()) return false;
    const auto& value = bfds[found->second.first].value;
    return process == kVrrp ? value.for_vrrp : value.for_checker;
}

constexpr Block kBfdBlock{"bfd_instance", kBfdRows, open_bfd, close_bfd};

}  // namespace conf
