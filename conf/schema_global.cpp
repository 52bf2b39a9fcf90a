// global_defs: one row a keyword (conf-global.md §2).
#include "conf/schema_blocks.hpp"
#include "conf/schema_scripts.hpp"
#include "conf/schema_setters.hpp"

namespace conf {

namespace {

using Row = Setters<Global>;
using G = Global;

Global& global_of(void* target) { return *static_cast<Global*>(target); }

void set_script_user(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& global = global_of(target);
    const auto group = args.count() > 1 ? std::optional(std::string(args.value(1))) : std::nullopt;
    const auto as = find_user(context, args.span(), args.value(), group);
    context.script_user_failed = !as;
    if (!as) {
        context.error(args.span(), "Error setting global script uid/gid").expected =
            "the name of a user of this host";
        return;
    }
    global.script_user_set = true;
    global.script_uid = as->uid;
    global.script_gid = as->gid;
}

void set_dynamic_interfaces(Context& context, void* target, const Args& args) {
    auto& global = global_of(target);
    global.dynamic_interfaces = true;
    if (args.empty()) return;
    if (args.value() == "allow_if_changes") {
        global.allow_if_changes = true;
    } else {
        context.error(args.span(), fmt::format("Unknown dynamic_interfaces option '{}'", args.value()))
            .expected = "`allow_if_changes`, or nothing";
    }
}

// clang-format off
constexpr Keyword kGlobal[] = {
    {"router_id", "STRING", Row::text<&G::router_id>, "local host name", "-", "name in mail subjects and SNMP"},
    {"dynamic_interfaces", "[allow_if_changes]", set_dynamic_interfaces, "off", "-", "configured interfaces need not exist", kVrrp},
    {"vrrp_strict", "[BOOL]", Row::boolean<&G::vrrp_strict>, "off", "on yes true off no false", "strict RFC mode for all instances", kVrrp, "2.2.7: flag", nullptr, false, "Invalid value '$v' for global $k specified"},
    {"enable_script_security", "-", Row::flag<&G::script_security>, "off", "-", "refuse scripts which others than root may change"},
    {"script_user", "USER [GROUP]", set_script_user, "keepalived_script if it exists, else the daemon's uid:gid", "GROUP may be `:` or `:GROUP` (2.4.3)", "default user of scripts"},
};
// clang-format on

void* open_global(Context& context, void*, const Args&) { return &context.model.global; }

}  // namespace

constexpr Block kGlobalBlock{"global_defs", kGlobal, open_global, nullptr};

}  // namespace conf
