// vrrp_sync_group and vrrp_script (conf-vrrp.md §3.1, §3.2).
#include "conf/schema_blocks.hpp"
#include "conf/schema_scripts.hpp"
#include "conf/schema_setters.hpp"
#include "conf/schema_tracks.hpp"

namespace conf {

namespace {

// ------------------------------------------------------------------------------------------------ vrrp_sync_group

GroupDraft& group_of(void* target) { return *static_cast<GroupDraft*>(target); }

void add_members(Context&, void* target, const Args& args) {
    auto& group = group_of(target);
    if (group.group_seen) return;
    for (std::size_t at = 0; at < args.count(); ++at) {
        group.members.emplace_back(std::string(args.value(at)), args.span(at));
    }
}

/// The first list is the group.
void end_members(Context& context, void* target, const Args&) {
    auto& group = group_of(target);
    if (group.group_seen) {
        context.error(context.opening,
                      fmt::format("Group list already specified for sync group {}", group.value.name));
        context.reference_strays = true;
        context.leaves_block = context.parse.reference_process != 0;
    }
    group.group_seen = true;
}

void track_interface(Context& c, void* t, const Args& a) {
    track_interface_line(c, group_of(t).value.tracks, {}, a);
}
void track_script(Context& c, void* t, const Args& a) { track_script_line(c, group_of(t).value.tracks, a); }
void track_file(Context& c, void* t, const Args& a) { track_file_line(c, group_of(t).value.tracks, a); }
void track_process(Context& c, void* t, const Args& a) { track_process_line(c, group_of(t).value.tracks, a); }
void track_bfd(Context& c, void* t, const Args& a) { track_bfd_line(c, group_of(t).value.tracks, a); }
void track_lagg(Context& c, void* t, const Args& a) { track_lagg_line(c, group_of(t).value.tracks, a); }

template <auto Member>
void notify(Context& context, void* target, const Args& args) {
    notify_script(context, group_of(target).value.notify.*Member, args, "vrrp group {}: ");
}

void global_tracking(Context& context, void* target, const Args& args) {
    context.report(
        Class::deprecated, args.where(),
        fmt::format("({}) global_tracking is deprecated. Use track_interface/script/file on the sync group",
                    context.object));
    group_of(target).value.tracking_weight = true;
}

void* open_group(Context& context, void*, const Args& args) {
    if (args.count() != 1) {
        context.error(args.where(), "vrrp_sync_group must have a name - skipping");
        return nullptr;
    }
    const std::string name(args.value());
    const auto [known, fresh] = context.group_index.try_emplace(name, context.groups.size(), args.span());
    if (!fresh) {
        context.error(args.span(), fmt::format("vrrp sync group {} already defined", name))
            .related.emplace_back(known->second.second, "first defined here");
        return nullptr;
    }
    auto& draft = context.groups.emplace_back();
    draft.value.name = name;
    draft.value.where = args.span();
    context.object = name;
    return &draft;
}

void close_group(Context& context, void* target) {
    auto& draft = group_of(target);
    if (!draft.members.empty()) return;
    context.at_end(fmt::format("Sync group {} has no members - removing", draft.value.name)).expected =
        "group { INSTANCE ... }";
    context.group_index.erase(draft.value.name);
    draft.value.name.clear();
}

// ------------------------------------------------------------------------------------------------ vrrp_script

ScriptDraft& script_of(void* target) { return *static_cast<ScriptDraft*>(target); }

void set_command(Context& context, void* target, const Args& args) {
    // Words behind the script mean nothing here: there is `user`. No word at all: as if the line were absent.
    auto request = read_script(context, args);
    if (!request) return;
    request->user = request->group = std::nullopt;
    script_of(target).request = std::move(request);
}

/// Seconds with three decimals; 0 is 1.
template <auto Member>
void set_seconds(Context& context, void* target, const Args& args) {
    constexpr std::uint64_t kLongest = 4'294'000'000;
    if (!context.need(args)) return;
    const auto value = read_decimal(context, args.value(), args.span(), 3, 0, kLongest);
    if (!value) return complain(context, args, args.value());
    if (*value == 0) {
        context
            .error(args.span(), fmt::format("({}): vrrp script {} must be greater than 0, setting to 1",
                                            context.object, args.keyword.name))
            .expected = "at least 0.001 seconds";
    }
    script_of(target).value.*Member =
        Microseconds{*value == 0 ? 1'000'000 : static_cast<std::int64_t>(*value) * 1000};
}

template <auto Member>
void set_count(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto value = read_unsigned(context, args.value(), args.span(), 1, INT32_MAX, Number::lenient);
    if (!value) complain(context, args, args.value());
    script_of(target).value.*Member = static_cast<std::uint32_t>(value.value_or(1));
}

void set_weight(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& script = script_of(target).value;
    const auto value = read_integer(context, args.value(), args.span(), -253, 253, Number::lenient);
    if (!value) return complain(context, args, args.value());
    script.weight = static_cast<std::int32_t>(*value);
    if (args.count() < 2) return;
    if (args.value(1) == "reverse") {
        script.reverse = true;
    } else {
        context
            .error(args.span(1),
                   fmt::format("vrrp_script {} unknown weight option {}", context.object, args.value(1)))
            .expected = "`reverse`";
    }
}

void set_user(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& draft = script_of(target);
    draft.user = std::string(args.value());
    draft.group.reset();
    if (args.count() > 1) draft.group = std::string(args.value(1));
    draft.user_where = args.span();
}

void* open_script(Context& context, void*, const Args& args) {
    if (!context.need(args)) return nullptr;
    auto& draft = context.scripts.emplace_back();
    draft.value.name = args.value();
    draft.value.where = args.span();
    context.object = draft.value.name;
    return &draft;
}

/// The script is known to the lines behind its block only when it can be run at all.
void close_script(Context& context, void* target) {
    auto& draft = script_of(target);
    auto& script = draft.value;
    const auto remove = [&](std::string text) {
        context.at_end(std::move(text));
        context.scripts.pop_back();
    };
    if (!draft.request)
        return remove(fmt::format("No script set for vrrp_script {} - removing", script.name));
    const auto as = draft.user ? find_user(context, draft.user_where, *draft.user, draft.group)
                               : default_user(context, context.closing);
    if (!as && draft.user) {
        context.error(draft.user_where,
                      fmt::format("Unable to set uid/gid for script '{}'", draft.request->argv[0]));
        context.scripts.pop_back();
        return;
    }
    if (!as)
        return remove(fmt::format("Unable to set default user for vrrp script {} - removing", script.name));
    script.script = look_up(context, *draft.request, *as, ScriptOwner::vrrp);
    const auto [known, fresh] =
        context.script_index.try_emplace(script.name, context.scripts.size() - 1, script.where);
    if (fresh) return;
    context.at_end(fmt::format("vrrp_script {} is defined twice - the first is used", script.name))
        .related.emplace_back(known->second.second, "first defined here");
}

using GroupRow = Setters<GroupDraft>;
using ScriptRow = Setters<ScriptDraft>;

using K = Keyword;

// clang-format off
constexpr Keyword kSyncGroup[] = {
    K{"group", "{ INST ... }", add_members, "required", "-", "the instances which change state together", kVrrp}.lines(end_members),
    K{"track_interface", "{ IF [weight N [reverse]] }", track_interface, "none", "-253..253", "interfaces whose link state counts for every member", kVrrp}.lines(),
    K{"track_script", "{ SCRIPT [weight N [reverse|noreverse]] }", track_script, "none", "-253..253", "vrrp_script results which count for every member", kVrrp}.lines(),
    K{"track_file", "{ FILE [weight N [reverse|noreverse]] }", track_file, "none", "-254..254", "track_file values which count for every member", kVrrp}.lines(),
    K{"track_process", "{ PROC [weight N [reverse|noreverse]] }", track_process, "none", "-254..254", "vrrp_track_process results which count for every member", kVrrp}.lines(),
    K{"track_bfd", "{ BFD [weight N [reverse|noreverse]] }", track_bfd, "none", "-253..253", "BFD sessions whose state counts for every member", kVrrp}.lines(),
    K{"track_lagg", "{ LAGG [weight N [reverse|noreverse]] [per_port] }", track_lagg, "none", "-253..253", "lagg_instances whose state counts", kVrrp, kOurs}.lines().not_yet(),
    K{"notify_backup", "SCRIPT [USER [GROUP]] (quoted)", notify<&NotifyScripts::backup>, "none", "-", "run when the group enters BACKUP", kVrrp}.shell_words(),
    K{"notify_master", "SCRIPT [USER [GROUP]] (quoted)", notify<&NotifyScripts::master>, "none", "-", "run when the group enters MASTER", kVrrp}.shell_words(),
    K{"notify_fault", "SCRIPT [USER [GROUP]] (quoted)", notify<&NotifyScripts::fault>, "none", "-", "run when the group enters FAULT", kVrrp}.shell_words(),
    K{"notify_stop", "SCRIPT [USER [GROUP]] (quoted)", notify<&NotifyScripts::stop>, "none", "-", "run when the group stops", kVrrp}.shell_words(),
    K{"notify", "SCRIPT [USER [GROUP]] (quoted)", notify<&NotifyScripts::generic>, "none", "-", "run on every change: GROUP NAME STATE 0", kVrrp}.shell_words(),
    K{"smtp_alert", "[BOOL]", GroupRow::boolean<&SyncGroup::smtp_alert>, "smtp_alert_vrrp, smtp_alert, off", "on yes true off no false", "mail on state changes", kVrrp}.says("Invalid vrrp_group smtp_alert parameter $v"),
    K{"global_tracking", "-", global_tracking, "off", "-", "the older word for sync_group_tracking_weight", kVrrp, "deprecated synonym of sync_group_tracking_weight"},
    K{"sync_group_tracking_weight", "-", GroupRow::flag<&SyncGroup::tracking_weight>, "off", "-", "members keep the weights of their trackers", kVrrp},
    K{"notify_priority_changes", "[BOOL]", GroupRow::boolean<&SyncGroup::notify_priority_changes>, "vrrp_notify_priority_changes (off)", "on yes true off no false", "default of the members", kVrrp}.says("($n) Invalid value '$v' for sync group notify_priority_changes specified"),
};

constexpr Keyword kScript[] = {
    K{"script", "SCRIPT (quoted)", set_command, "required", "-", "the command; exit status 0 is good", kVrrp}.shell_words(),
    K{"interval", "SECS", set_seconds<&VrrpScript::interval>, "1", "0.001..4294 (0 becomes 1); 3 decimals; 2.2.7: whole seconds", "time between starts", kVrrp}.says("($n): vrrp script interval '$v' must be between 1 and 4294 - ignoring"),
    K{"timeout", "SECS", set_seconds<&VrrpScript::timeout>, "interval", "0.001..4294 (0 becomes 1); 3 decimals; 2.2.7: whole seconds", "kill it after this long", kVrrp}.says("($n): vrrp script timeout '$v' invalid - ignoring"),
    K{"weight", "N [reverse]", set_weight, "0", "-253..253", "added to the priority; 0: failure is FAULT", kVrrp}.says("vrrp_script $n weight $v must be in [-253, 253]"),
    K{"rise", "N", set_count<&VrrpScript::rise>, "1", "1..2147483647", "successes until it is up", kVrrp}.says("($n): vrrp script rise value '$v' invalid, defaulting to 1"),
    K{"fall", "N", set_count<&VrrpScript::fall>, "1", "1..2147483647", "failures until it is down", kVrrp}.says("($n): vrrp script fall value '$v' invalid, defaulting to 1"),
    K{"user", "USER [GROUP]", set_user, "script_user", "-", "who runs it", kVrrp},
    K{"init_fail", "-", ScriptRow::flag<&VrrpScript::init_fail>, "off", "-", "down until it has succeeded `rise` times", kVrrp},
};
// clang-format on

}  // namespace

constexpr Block kSyncGroupBlock{"vrrp_sync_group", kSyncGroup, open_group, close_group};
constexpr Block kScriptBlock{"vrrp_script", kScript, open_script, close_script};

}  // namespace conf
