// track_file, vrrp_track_process, track_group (conf-vrrp.md §3.3-§3.5).
#include "conf/grammar/numbers.hpp"
#include "conf/schema_blocks.hpp"
#include "conf/schema_setters.hpp"

namespace conf {

namespace {

constexpr std::int64_t kWeightLimit = 254;

/// `weight N [reverse]`; the first setting wins.
template <typename Draft>
void read_weight(Context& context, Draft& draft, const Args& args, std::string_view kind) {
    if (args.empty()) {
        context.error(args.where(), fmt::format("No weight specified for {} {} - ignoring", Draft::kWords,
                                                draft.value.name));
        return;
    }
    if (draft.weight_seen) {
        context.error(args.where(), fmt::format("Weight already set for {} {} - ignoring {}", Draft::kWords,
                                                draft.value.name, args.value()));
        return;
    }
    const auto weight =
        read_integer(context, args.value(), args.span(), -kWeightLimit, kWeightLimit, Number::lenient);
    if (!weight) {
        context.error(args.span(),
                      fmt::format("Weight ({}) for {} {} must be between [-254..254] inclusive. Ignoring...",
                                  args.value(), kind, draft.value.name));
        return;
    }
    // To the reference the default is as good as none.
    draft.weight_seen = *weight != draft.value.weight;
    draft.value.weight = static_cast<std::int32_t>(*weight);
    if (args.count() < 2) return;
    if (args.value(1) == "reverse") {
        draft.value.reverse = true;
    } else {
        context
            .error(args.span(1),
                   fmt::format("{} {} unknown weight option {}", kind, draft.value.name, args.value(1)))
            .expected = "`reverse`";
    }
}

// ------------------------------------------------------------------------------------------------ track_file

TrackFileDraft& file_of(void* target) { return *static_cast<TrackFileDraft*>(target); }

void set_file(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& file = file_of(target).value;
    if (!file.path.empty()) {
        context.error(args.span(), fmt::format("File already set for track file {} - ignoring {}", file.name,
                                               args.value()));
        return;
    }
    file.path = args.value();
}

void set_file_weight(Context& context, void* target, const Args& args) {
    read_weight(context, file_of(target), args, "track_file");
}

void set_init_file(Context& context, void* target, const Args& args) {
    auto& file = file_of(target).value;
    file.init_value = 0;
    for (std::size_t at = 0; at < args.count(); ++at) {
        if (args.value(at) == "overwrite") {
            file.init_overwrite = true;
            continue;
        }
        std::optional<std::int64_t> value;
        if (!grammar::integer(args.value(at)).junk) {
            value =
                read_integer(context, args.value(at), args.span(at), INT32_MIN, INT32_MAX, Number::lenient);
        }
        if (value) {
            file.init_value = static_cast<std::int32_t>(*value);
        } else {
            context.error(args.span(at), fmt::format("Unknown track file init option {}", args.value(at)));
        }
    }
}

void* open_file(Context& context, void*, const Args& args) {
    if (args.keyword.name == "vrrp_track_file") {
        context.sink.log(Class::deprecated, args.where(),
                         "vrrp_track_file is deprecated - please use track_file");
    }
    if (!context.need(args)) return nullptr;
    const std::string name(args.value());
    const auto known = context.file_index.find(name);
    if (known != context.file_index.end()) {
        context.error(args.span(), fmt::format("track_file {} already defined", name))
            .related.emplace_back(known->second.second, "first defined here");
        return nullptr;
    }
    auto& draft = context.files.emplace_back();
    draft.value.name = name;
    draft.value.where = args.span();
    context.object = name;
    return &draft;
}

/// A file is tracked only in a directory that exists (it is watched there).
void close_file(Context& context, void* target) {
    const auto& file = file_of(target).value;
    if (file.path.empty()) {
        context.at_end(fmt::format("No file set for track_file {} - ignoring", file.name));
        return context.files.pop_back();
    }
    const auto slash = file.path.rfind('/');
    const auto directory =
        slash == std::string::npos ? std::string(".") : file.path.substr(0, slash == 0 ? 1 : slash);
    const auto fact = context.facts.file(directory);
    if (fact.type == FileType::none) {
        context
            .at_end(fmt::format("realpath() error {} ({}) for {}", fact.error, std::strerror(fact.error),
                                file.name))
            .expected = "a file in a directory that exists";
        return context.files.pop_back();
    }
    context.file_index.emplace(file.name, std::pair{context.files.size() - 1, file.where});
}

// ------------------------------------------------------------------------------------------------ vrrp_track_process

ProcessDraft& process_of(void* target) { return *static_cast<ProcessDraft*>(target); }

void set_process(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& process = process_of(target).value;
    if (!process.process.empty()) {
        context.error(args.span(), fmt::format("Process already set for track process {} - ignoring {}",
                                               process.name, args.value()));
        return;
    }
    process.process = args.value();
    process.parameters.clear();
    for (std::size_t at = 1; at < args.count(); ++at) process.parameters.emplace_back(args.value(at));
    if (args.count() > 1) {
        process.full_command = true;
        if (process.param_match == ParamMatch::none) process.param_match = ParamMatch::exact;
    }
}

void set_param_match(Context& context, void* target, const Args& args) {
    auto& process = process_of(target).value;
    process.full_command = true;
    if (args.empty()) {
        process.param_match = ParamMatch::exact;
    } else if (args.value() == "initial") {
        process.param_match = ParamMatch::initial;
    } else if (args.value() == "partial") {
        process.param_match = ParamMatch::partial;
    } else {
        context.error(args.span(), fmt::format("Invalid param_match type {} - ignoring", args.value()))
            .expected = "`initial` or `partial`";
    }
}

void set_process_weight(Context& context, void* target, const Args& args) {
    read_weight(context, process_of(target), args, "vrrp_track_process");
}

void set_quorum(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& process = process_of(target).value;
    const auto quorum = read_unsigned(context, args.value(), args.span(), 1, 65535, Number::lenient);
    if (!quorum) return complain(context, args, args.value());
    if (process.quorum_max && *quorum > *process.quorum_max) {
        context.error(args.span(),
                      fmt::format("vrrp_track_process {} quorum {} exceeds quorum_max {} - ignoring",
                                  process.name, *quorum, *process.quorum_max));
        return;
    }
    process.quorum = static_cast<std::uint32_t>(*quorum);
}

void set_quorum_max(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& process = process_of(target).value;
    const auto max = read_unsigned(context, args.value(), args.span(), 0, 65535, Number::lenient);
    if (!max) return complain(context, args, args.value());
    if (*max == 0) {
        process.quorum = 0;  // must not run
    } else if (*max < process.quorum) {
        context.error(args.span(),
                      fmt::format("vrrp_track_process {} quorum_max {} is less than quorum {} - ignoring",
                                  process.name, *max, process.quorum));
        return;
    }
    process.quorum_max = static_cast<std::uint32_t>(*max);
}

void set_delay(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& process = process_of(target).value;
    const auto& range = args.keyword.range;
    const auto us = read_decimal(context, args.value(), args.span(), 6, range.min, range.max);
    if (!us) return complain(context, args, args.value());
    const Microseconds delay{static_cast<std::int64_t>(*us)};
    if (args.keyword.name != "fork_delay") process.terminate_delay = delay;
    if (args.keyword.name != "terminate_delay") process.fork_delay = delay;
}

void* open_process(Context& context, void*, const Args& args) {
    if (!context.need(args)) return nullptr;
    const std::string name(args.value());
    const auto known = context.process_index.find(name);
    if (known != context.process_index.end()) {
        context.error(args.span(), fmt::format("vrrp_track_process {} already defined", name))
            .related.emplace_back(known->second.second, "first defined here");
        return nullptr;
    }
    auto& draft = context.processes.emplace_back();
    draft.value.name = name;
    draft.value.where = args.span();
    context.object = name;
    return &draft;
}

void close_process(Context& context, void* target) {
    const auto& process = process_of(target).value;
    if (process.process.empty()) {
        context.at_end(fmt::format("track process '{}' process name not specified", process.name));
        return context.processes.pop_back();
    }
    context.process_index.emplace(process.name, std::pair{context.processes.size() - 1, process.where});
}

// ------------------------------------------------------------------------------------------------ track_group

/// The first list is the group.
void add_group_members(Context&, void* target, const Args& args) {
    auto& draft = *static_cast<TrackGroupDraft*>(target);
    if (draft.group_seen) return;
    auto& members = draft.members;
    for (std::size_t at = 0; at < args.count(); ++at)
        members.emplace_back(std::string(args.value(at)), args.span(at));
}

void end_group_members(Context& context, void* target, const Args& args) {
    auto& draft = *static_cast<TrackGroupDraft*>(target);
    if (draft.group_seen) {
        context.error(args.where(),
                      fmt::format("Group list already specified for sync group {}", draft.value.name));
    } else if (draft.members.empty()) {
        context.report(Class::warning, context.closing,
                       fmt::format("Warning - track group {} has empty group block", draft.value.name));
    }
    draft.group_seen = true;
}

void* open_track_group(Context& context, void*, const Args& args) {
    if (args.count() != 1) {
        context.error(args.where(), "track_group must have a name - skipping");
        return nullptr;
    }
    const std::string name(args.value());
    const auto [known, fresh] =
        context.track_group_index.try_emplace(name, context.track_groups.size(), args.span());
    if (!fresh) {
        context.error(args.span(), fmt::format("track_group {} already defined", name))
            .related.emplace_back(known->second.second, "first defined here");
        return nullptr;
    }
    auto& draft = context.track_groups.emplace_back();
    draft.value.name = name;
    draft.value.where = args.span();
    context.object = name;
    return &draft;
}

using FileRow = Setters<TrackFileDraft>;
using ProcessRow = Setters<ProcessDraft>;

using K = Keyword;

// clang-format off
constexpr Keyword kTrackFile[] = {
    K{"file", "PATH (quoted word)", set_file, "required", "-", "the file whose number counts"}.lacks("track file file name missing"),
    K{"weight", "N [reverse]", set_file_weight, "1", "-254..254", "the number in the file is multiplied with it; 0: not 0 is FAULT"},
    K{"init_file", "[VALUE] [overwrite]", set_init_file, "none; without VALUE 0", "int32", "create the file with this number"},
};

constexpr Keyword kTrackProcess[] = {
    K{"process", "PATH [PARAM ...]", set_process, "required", "-", "the process to look for", kVrrp},
    K{"param_match", "initial|partial", set_param_match, "exact", "initial|partial", "how parameters are compared", kVrrp},
    K{"weight", "N [reverse]", set_process_weight, "0", "-254..254", "added to the priority; 0: absence is FAULT", kVrrp},
    K{"quorum", "N", set_quorum, "1", "1..65535", "least number of processes", kVrrp}.says("Quorum ($v) for vrrp_track_process $n must be between [1..65535] inclusive. Ignoring..."),
    K{"quorum_max", "N", set_quorum_max, "none (no limit)", "0..65535", "highest number of processes; 0: must not run", kVrrp}.says("quorum_max ($v) for vrrp_track_process $n must be between [0..65535] inclusive. Ignoring..."),
    K{"delay", "SECS", set_delay, "0", "0.000001..3600", "both of the next two", kVrrp}.says("$k ($v) for vrrp_track_process $n must be between [0.000001..3600] inclusive. Ignoring..."),
    K{"terminate_delay", "SECS", set_delay, "0", "0.000001..3600", "how long the quorum must be missed", kVrrp}.says("$k ($v) for vrrp_track_process $n must be between [0.000001..3600] inclusive. Ignoring..."),
    K{"fork_delay", "SECS", set_delay, "0", "0.000001..3600", "how long the quorum must be met", kVrrp}.says("$k ($v) for vrrp_track_process $n must be between [0.000001..3600] inclusive. Ignoring..."),
    K{"full_command", "-", ProcessRow::flag<&TrackProcess::full_command>, "off", "-", "match the full command line", kVrrp},
};

constexpr Keyword kTrackGroup[] = {
    K{"group", "{ INST ... }", add_group_members, "-", "-", "instances which fail with static entries of this group", kVrrp}.lines(end_group_members),
};
// clang-format on

}  // namespace

constexpr Block kTrackFileBlock{"track_file", kTrackFile, open_file, close_file};
constexpr Block kVrrpTrackFileBlock{"vrrp_track_file", kTrackFile, open_file, close_file};
constexpr Block kTrackProcessBlock{"vrrp_track_process", kTrackProcess, open_process, close_process};
constexpr Block kTrackGroupBlock{"track_group", kTrackGroup, open_track_group, nullptr};

}  // namespace conf
