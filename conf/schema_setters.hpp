// Ready-made setters: `flag<&Instance::nopreempt>` is a plain function for a row of a table.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <type_traits>

#include "conf/schema_values.hpp"

namespace conf {

namespace setters {

template <typename Member>
struct MemberOf;
template <typename Object, typename Field>
struct MemberOf<Field Object::*> {
    using object = Object;
    using field = Field;
};

}  // namespace setters

/// Where a member pointer finds its object in a block's target: the target itself, or the draft's `value`.
template <auto Member, typename Target>
auto& field_of(void* target) {
    using Object = typename setters::MemberOf<decltype(Member)>::object;
    auto* at = static_cast<Target*>(target);
    if constexpr (std::is_same_v<Object, Target>) {
        return at->*Member;
    } else if constexpr (std::is_same_v<Object, Garp> && requires { at->garp; }) {
        return at->garp.*Member;
    } else if constexpr (std::is_same_v<Object, Garp>) {
        return at->value.garp.*Member;
    } else if constexpr (std::is_same_v<Object, Vmac>) {
        return at->value.vmac.*Member;
    } else if constexpr (std::is_same_v<Object, RealSettings>) {
        return at->settings.*Member;
    } else {
        return at->value.*Member;
    }
}

inline void complain(Context& context, const Args& args, std::string_view value) {
    if (args.keyword.complaint.empty()) return;
    context.error(args.empty() ? args.where() : args.span(),
                  fill_in(args.keyword.complaint, args.keyword.name, value, context.object));
}

/// The table of one target type. `Setters<InstanceDraft>::flag<&VrrpInstance::nopreempt>`.
template <typename Target>
struct Setters {
    template <auto Member, auto Value = true>
    static void flag(Context&, void* target, const Args&) {
        field_of<Member, Target>(target) = Value;
    }

    /// [BOOL]: no word = true; another word: the row's complaint, nothing changed.
    template <auto Member>
    static void boolean(Context& context, void* target, const Args& args) {
        if (args.empty()) {
            field_of<Member, Target>(target) = true;
        } else if (const auto value = bool_word(args.value())) {
            field_of<Member, Target>(target) = *value;
        } else {
            complain(context, args, args.value());
        }
    }

    template <auto Member, Number kind = Number::lenient>
    static void number(Context& context, void* target, const Args& args) {
        if (!context.need(args)) return;
        const auto& range = args.keyword.range;
        const auto value =
            read_unsigned(context, args.value(), args.span(), static_cast<std::uint64_t>(range.min_whole()),
                          range.max_whole(), kind);
        if (value) {
            assign(field_of<Member, Target>(target), *value);
        } else {
            complain(context, args, args.value());
        }
    }

    template <auto Member, Number kind = Number::lenient>
    static void integer(Context& context, void* target, const Args& args) {
        if (!context.need(args)) return;
        const auto& range = args.keyword.range;
        const auto value = read_integer(context, args.value(), args.span(), range.min_whole(),
                                        static_cast<std::int64_t>(range.max_whole()), kind);
        if (value) {
            assign(field_of<Member, Target>(target), *value);
        } else {
            complain(context, args, args.value());
        }
    }

    /// Seconds with up to six decimals into a duration of microseconds.
    template <auto Member>
    static void seconds(Context& context, void* target, const Args& args) {
        if (!context.need(args)) return;
        const auto& range = args.keyword.range;
        const auto value = read_decimal(context, args.value(), args.span(), 6, range.min, range.max);
        if (value) {
            assign(field_of<Member, Target>(target), *value);
        } else {
            complain(context, args, args.value());
        }
    }

    /// One of the words of the row's grammar, in the order of the enumeration: "keep|release|destroy|restore".
    template <auto Member>
    static void choice(Context& context, void* target, const Args& args) {
        if (!context.need(args)) return;
        const auto at = place_of_word(args.keyword.args, args.value());
        if (at) {
            assign(field_of<Member, Target>(target), *at);
        } else {
            context
                .error(args.span(),
                       fill_in(args.keyword.complaint, args.keyword.name, args.value(), context.object))
                .expected = args.keyword.args;
        }
    }

    template <auto Member>
    static void text(Context& context, void* target, const Args& args) {
        if (context.need(args)) field_of<Member, Target>(target) = std::string(args.value());
    }

  private:
    template <typename Field, typename Value>
    static void assign(Field& field, Value value) {
        if constexpr (requires { typename Field::value_type; }) {
            assign(field.emplace(), value);
        } else if constexpr (requires { typename Field::period; }) {
            field = Field{static_cast<typename Field::rep>(value)};
        } else {
            field = static_cast<Field>(value);
        }
    }
};

}  // namespace conf
