// Users and verdicts of scripts: conf-global.md §7.2, conf-language.md §8.5.
#include "conf/schema_scripts.hpp"

#include <fmt/format.h>

namespace conf {

namespace {

constexpr std::string_view kDefaultUser = "keepalived_script";

void note(Context& context, ScriptOwner owner, bool insecure) {
    if (owner == ScriptOwner::virtual_server) return;
    auto& scripts = owner == ScriptOwner::vrrp      ? context.vrrp_scripts
                    : owner == ScriptOwner::checker ? context.check_scripts
                                                    : context.global_scripts_seen;
    scripts.add({true, insecure});
}

ScriptVerdict verdict_of(const ScriptFact& fact, bool security) {
    switch (fact.state) {
        case ScriptFact::State::not_in_path:
        case ScriptFact::State::inaccessible:
            return ScriptVerdict::not_found;
        case ScriptFact::State::not_executable:
            return ScriptVerdict::not_executable;
        case ScriptFact::State::executable:
            break;
    }
    if (!fact.insecure) return ScriptVerdict::usable;
    return security ? ScriptVerdict::disabled_unsafe : ScriptVerdict::unsafe;
}

void log_verdict(Context& context, const Script& script, const ScriptFact& fact, Span where) {
    std::string text;
    switch (fact.state) {
        case ScriptFact::State::not_in_path:
            text = fmt::format("Cannot find script {} in path - disabling", script.argv[0]);
            break;
        case ScriptFact::State::inaccessible:
            text =
                fmt::format("Script {} cannot be accessed - {}", script.argv[0], std::strerror(fact.error));
            break;
        case ScriptFact::State::not_executable:
            text = fmt::format("WARNING - script '{}' is not executable for uid:gid {}:{} - disabling.",
                               script.argv[0], script.uid, script.gid);
            break;
        case ScriptFact::State::executable:
            if (!fact.insecure) return;
            text = fmt::format("Unsafe permissions found for script '{}'{}.", script.argv[0],
                               script.verdict == ScriptVerdict::disabled_unsafe ? " - disabling" : "");
    }
    auto& problem = context.sink.log(Class::warning, where, std::move(text));
    if (!fact.insecure_path.empty()) {
        problem.hint = fmt::format("`{}` may be changed by somebody other than root", fact.insecure_path);
    }
}

}  // namespace

std::optional<RunAs> find_user(Context& context, Span where, std::string_view user,
                               const std::optional<std::string>& group) {
    const auto found = context.facts.user(user);
    if (!found) {
        context.sink.log(Class::general_error, where, fmt::format("Script user '{}' does not exist", user));
        return std::nullopt;
    }
    RunAs as{found->uid, found->gid, {}};
    std::string_view name = group ? std::string_view(*group) : std::string_view{};
    const bool supplementary = name.starts_with(':') || context.model.global.set_supplementary_groups;
    if (name.starts_with(':')) name.remove_prefix(1);
    if (!name.empty()) {
        const auto gid = context.facts.group(name);
        if (!gid) {
            context.sink.log(Class::general_error, where,
                             fmt::format("Script group '{}' does not exist", name));
            return std::nullopt;
        }
        as.gid = *gid;
    }
    if (supplementary) as.groups = found->groups;
    return as;
}

std::optional<RunAs> default_user(Context& context, Span where) {
    const auto& global = context.model.global;
    if (global.script_user_set)
        return RunAs{global.script_uid, global.script_gid, context.script_user_groups};
    if (context.script_user_failed) return std::nullopt;
    if (const auto user = context.facts.user(kDefaultUser)) {
        return RunAs{user->uid, user->gid, global.set_supplementary_groups ? user->groups : RunAs{}.groups};
    }
    if (global.script_security) {
        if (!context.default_user_reported) {
            context.error(where, fmt::format("Unable to set default user {} for script", kDefaultUser)).hint =
                "add `script_user USER` to global_defs, or create that user";
            context.default_user_reported = true;
        }
        return std::nullopt;
    }
    const auto caller = context.facts.caller();
    return RunAs{caller.uid, caller.gid, {}};
}

Script look_up(Context& context, const ScriptRequest& request, const RunAs& as, ScriptOwner owner) {
    Script script;
    script.command = request.command;
    script.argv = request.argv;
    script.uid = as.uid;
    script.gid = as.gid;
    script.supplementary_groups = as.groups;
    const auto& first = script.argv[0];
    if (first.starts_with('<')) {
        const auto path = first.find_first_not_of(" \t", 1);
        if (path != std::string::npos && first[path] == '/') {
            script.by_shell = true;  // which opens the file: nothing is executed, and no security asked for
            script.path = "/bin/sh";
            return script;
        }
    }
    const auto& global = context.model.global;
    const auto fact = context.facts.script({first, as.uid, as.gid, as.groups, global.use_symlink_paths});
    script.verdict = verdict_of(fact, global.script_security);
    script.insecure = fact.insecure;
    script.path = fact.path;
    if (!fact.cleaned.empty()) script.argv[0] = fact.cleaned;
    log_verdict(context, script, fact, request.where);
    if (seen(script).any) note(context, owner, fact.insecure);
    return script;
}

ScriptsSeen seen(const Script& script) {
    const bool exists = script.verdict != ScriptVerdict::not_found && !script.by_shell;
    return {exists, exists && script.insecure};
}

void report_script_security(Context& context) {
    if (context.model.global.script_security) return;
    const auto violation = [&context](std::string_view which, const ScriptsSeen& scripts) {
        if (!scripts.any) return;
        context
            .report(
                Class::security, {},
                fmt::format(
                    "SECURITY VIOLATION - {}scripts are being executed but script_security not enabled.{}",
                    which, scripts.insecure ? " There are insecure scripts." : ""))
            .hint = "add `enable_script_security` (and `script_user USER`) to global_defs";
    };
    violation("start/shutdown ", context.global_scripts_seen);
    if (!context.model.lvs.virtual_servers.empty()) violation("check ", context.check_scripts);
    const bool vrrp_runs = !context.missing_interface && !context.instances.empty();
    if (vrrp_runs) violation("", context.vrrp_scripts);
}

}  // namespace conf
