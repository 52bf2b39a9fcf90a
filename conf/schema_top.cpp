// The top level: which blocks and keywords there are (conf-global.md §1).
#include "conf/schema_blocks.hpp"
#include "conf/schema_setters.hpp"

namespace conf {

namespace {

/// A block which no table covers yet: passed over as a whole.
void* skip_for_now(Context& context, void*, const Args& args) {
    context.report(Class::note, args.where(),
                   fmt::format("{} is not read yet - skipping", args.keyword.name));
    return nullptr;
}

void* the_model(Context&, void* parent, const Args&) { return parent; }

constexpr Block kSkipped{"(skipped)", {}, skip_for_now, nullptr};

// clang-format off
constexpr Keyword kTop[] = {
    {.name = "global_defs", .args = "{ ... }", .help = "settings of the whole daemon", .block = &kGlobalBlock, .first_pass = true},
    {.name = "vrrp_instance", .args = "NAME { ... }", .help = "a virtual router", .process = kVrrp, .block = &kInstanceBlock},
    {.name = "vrrp_sync_group", .args = "NAME { ... }", .help = "instances which change state together", .process = kVrrp, .block = &kSyncGroupBlock},
    {.name = "vrrp_script", .args = "NAME { ... }", .help = "a command whose result is tracked", .process = kVrrp, .block = &kScriptBlock},
    {.name = "static_ipaddress", .block = &kSkipped},
    {.name = "static_routes", .block = &kSkipped},
    {.name = "static_rules", .block = &kSkipped},
    {.name = "track_group", .block = &kSkipped},
    {.name = "garp_group", .block = &kSkipped},
    {.name = "linkbeat_interfaces", .block = &kSkipped},
    {.name = "vrrp_track_process", .block = &kSkipped},
    {.name = "interface_up_down_delays", .block = &kSkipped},
    {.name = "SSL", .block = &kSkipped},
    {.name = "virtual_server_group", .block = &kSkipped},
    {.name = "virtual_server", .block = &kSkipped},
    {.name = "bfd_instance", .block = &kSkipped},
    {.name = "track_file", .block = &kSkipped},
    {.name = "vrrp_track_file", .block = &kSkipped},
    {.name = "linkbeat_use_polling", .block = &kSkipped},
    {.name = "net_namespace", .block = &kSkipped},
    {.name = "net_namespace_ipvs", .block = &kSkipped},
    {.name = "namespace_with_ipsets", .block = &kSkipped},
    {.name = "use_pid_dir", .block = &kSkipped},
    {.name = "instance", .block = &kSkipped},
    {.name = "child_wait_time", .block = &kSkipped},
};
// clang-format on

}  // namespace

constexpr Block kTopBlock{"(top)", kTop, the_model, nullptr};

}  // namespace conf
