// track_* lines and notify scripts: conf-vrrp.md §2.7, §3.1.
#include "conf/schema_tracks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "conf/schema_scripts.hpp"

namespace conf {

namespace {

struct WeightRule {
    std::string_view kind;        ///< "script", for messages
    std::int64_t limit;           ///< ±
    bool strict_words;            ///< an unknown word behind the weight drops the entry
    std::int64_t accepted = 254;  ///< ±254 was once the limit of interfaces and scripts: still taken, as ±253
};

/// Every kind of track has its own words for the same mistakes; these are the reference's, "interace" too.
struct Words {
    std::string_view unknown_option, no_value, out_of_range, unknown_weight_option;
};

const Words& words_of(std::string_view kind) {
    static constexpr Words kInterface{
        "({object}) unknown track_interface {name} option {word} - ignoring",
        "({object}) weight without value specified for track_interface {name} - ignoring",
        "({object}) weight {word} for {name} must be between [-{limit}..{limit}] inclusive. Ignoring...",
        "({object}) unknown track_interace {name} weight option {word} - ignoring"};
    static constexpr Words kScript{
        "({object}) unknown track script option {word} - ignoring",
        "({object}) weight without value specified for track script {name} - ignoring",
        "({object}) track script {name}: weight must be between [-{limit}..{limit}] inclusive, ignoring...",
        "({object}) unknown track_script {name} weight option {word} - ignoring"};
    static constexpr Words kFile{
        "({object}) unknown track file option {word} - ignoring",
        "({object}) weight without value specified for track file {name} - ignoring",
        "({object}) weight for track file {name} must be in [-{limit}..{limit}] inclusive. Ignoring...",
        "({object}) unknown track file {name} weight option {word} - ignoring"};
    static constexpr Words kProcess{
        "({object}) unknown track process option {word} - ignoring",
        "({object}) weight without value specified for track process {name} - ignoring",
        "({object}) weight for track process {name} must be in [-{limit}..{limit}] inclusive. Ignoring...",
        "({object}) unknown track_process {name} weight option {word} - ignoring"};
    static constexpr Words kOther{
        "({object}) unknown track {kind} {name} option {word} - ignoring",
        "({object}) weight without value specified for track {kind} {name} - ignoring",
        "({object}) weight for track {kind} {name} must be in [-{limit}..{limit}] inclusive. Ignoring...",
        "({object}) unknown track {kind} {name} weight option {word} - ignoring"};
    if (kind == "interface") return kInterface;
    if (kind == "script") return kScript;
    if (kind == "file") return kFile;
    return kind == "process" ? kProcess : kOther;
}

/// @return false when the entry is to be dropped
bool read_weight(Context& context, const Args& args, const WeightRule& rule, TrackRef& reference) {
    std::size_t at = 1;
    if (at >= args.count()) return true;
    const auto complain_of = [&](std::string_view pattern, std::size_t place) -> Diagnostic& {
        return context.error(args.span(place),
                             fmt::format(fmt::runtime(pattern), fmt::arg("object", context.object),
                                         fmt::arg("name", reference.name), fmt::arg("kind", rule.kind),
                                         fmt::arg("word", args.value(place)), fmt::arg("limit", rule.limit)));
    };
    const Words& words = words_of(rule.kind);
    if (args.value(at) != "weight") {
        complain_of(words.unknown_option, at).expected = "`weight`";
        return false;
    }
    if (++at >= args.count()) {
        complain_of(words.no_value, at - 1);
        return false;
    }
    const auto value =
        read_integer(context, args.value(at), args.span(at), -rule.accepted, rule.accepted, Number::lenient);
    if (!value) {
        complain_of(words.out_of_range, at);
    } else {
        const auto weight = std::clamp(*value, -rule.limit, rule.limit);
        if (weight != *value) {
            context.error(args.span(at),
                          fmt::format("({}) weight for {} cannot be +/-{}. Setting to +/-{}", context.object,
                                      reference.name, rule.accepted, rule.limit));
        }
        reference.weight = static_cast<std::int32_t>(weight);
    }
    if (++at >= args.count()) return true;
    if (args.value(at) == "reverse" || (args.value(at) == "noreverse" && rule.kind != "interface")) {
        reference.reverse = args.value(at) == "reverse";
        return true;
    }
    complain_of(words.unknown_weight_option, at);
    return !rule.strict_words;
}

bool is_duplicate(Context& context, const std::vector<TrackRef>& list, const Args& args,
                  std::string_view kind) {
    const auto first = std::find_if(list.begin(), list.end(),
                                    [&](const TrackRef& other) { return other.name == args.value(); });
    if (first == list.end()) return false;
    context
        .error(args.span(),
               fmt::format("({}) duplicate track_{} {} - ignoring", context.object, kind, args.value()))
        .related.emplace_back(first->where, "first listed here");
    return true;
}

void unknown(Context& context, const NameIndex& index, const Args& args, std::string_view kind) {
    auto& problem = context.error(args.span(), fmt::format("({}) track {} {} not found, ignoring...",
                                                           context.object, kind, args.value()));
    problem.hint = context.did_you_mean(args.value(), index);
    problem.expected = fmt::format("the name of a track {} defined earlier in the file", kind);
}

bool is_unknown(Context& context, const NameIndex& index, const Args& args, std::string_view kind) {
    if (index.contains(std::string(args.value()))) return false;
    unknown(context, index, args, kind);
    return true;
}

void add(Context& context, std::vector<TrackRef>& list, const Args& args, const WeightRule& rule,
         TrackRef reference) {
    if (read_weight(context, args, rule, reference)) list.push_back(std::move(reference));
}

}  // namespace

void track_interface_line(Context& context, Tracks& tracks, std::string_view, const Args& args) {
    const auto name = args.value();
    if (!name.empty() && !interface_name_fits(context, name, args.span())) return;
    if (!context.interface_usable(name)) {
        context
            .report(Class::warning, args.span(),
                    fmt::format("({}) tracked interface {} doesn't exist", context.object, name))
            .hint = context.similar_interface(name);
        return;
    }
    if (is_duplicate(context, tracks.interfaces, args, "interface")) return;
    add(context, tracks.interfaces, args, {"interface", 253, false},
        {std::string(name), 0, false, args.span()});
}

void track_script_line(Context& context, Tracks& tracks, const Args& args) {
    if (is_unknown(context, context.script_index, args, "script")) return;
    if (is_duplicate(context, tracks.scripts, args, "script")) return;
    const auto& script = context.scripts[context.script_index[std::string(args.value())].first].value;
    add(context, tracks.scripts, args, {"script", 253, false},
        {script.name, script.weight, script.reverse, args.span()});
}

void track_file_line(Context& context, Tracks& tracks, const Args& args) {
    if (is_unknown(context, context.file_index, args, "file")) return;
    if (is_duplicate(context, tracks.files, args, "file")) return;
    const auto& file = context.files[context.file_index[std::string(args.value())].first].value;
    add(context, tracks.files, args, {"file", 254, true},
        {file.name, file.weight, file.reverse, args.span()});
}

void track_process_line(Context& context, Tracks& tracks, const Args& args) {
    if (is_unknown(context, context.process_index, args, "process")) return;
    if (is_duplicate(context, tracks.processes, args, "process")) return;
    const auto& process = context.processes[context.process_index[std::string(args.value())].first].value;
    add(context, tracks.processes, args, {"process", 254, false},
        {process.name, process.weight, process.reverse, args.span()});
}

void track_bfd_line(Context& context, Tracks& tracks, const Args& args) {
    if (!context.bfd_usable(args.value(), kVrrp)) {
        unknown(context, context.bfd_index, args, "bfd");
        return;
    }
    if (is_duplicate(context, tracks.bfds, args, "bfd")) return;
    const auto& bfd = context.bfds[context.bfd_index[std::string(args.value())].first].value;
    add(context, tracks.bfds, args, {"bfd", 253, true, 253},
        {bfd.name, bfd.weight, bfd.reverse, args.span()});
}

void track_lagg_line(Context& context, Tracks& tracks, const Args& args) {
    if (is_unknown(context, context.lagg_index, args, "lagg")) return;
    if (is_duplicate(context, tracks.laggs, args, "lagg")) return;
    Statement rest = args.statement;
    TrackRef reference{std::string(args.value()), 0, false, args.span()};
    reference.per_port = args.count() > 1 && args.value(args.count() - 1) == "per_port";
    if (reference.per_port) rest.words.pop_back();
    add(context, tracks.laggs, Args{args.keyword, rest, args.first}, {"lagg", 253, true, 253},
        std::move(reference));
    if (tracks.laggs.empty() || !tracks.laggs.back().per_port || tracks.laggs.back().weight != 0) return;
    context.error(args.span(), fmt::format("({}) track lagg {}: per_port needs a weight - ignoring per_port",
                                           context.object, args.value()));
    tracks.laggs.back().per_port = false;
}

void notify_script(Context& context, OptionalScript& into, const Args& args, std::string_view whose) {
    auto request = read_script(context, args);
    if (!request) {
        if (lacks_script(args)) context.need(args);
        return;
    }
    if (into) {
        context.error(args.span(), fmt::format("{}{} script already specified - ignoring {}",
                                               fmt::format(fmt::runtime(whose), context.object),
                                               args.keyword.name, request->command));
        return;
    }
    const auto as = request->user ? find_user(context, request->where, *request->user, request->group)
                                  : default_user(context, request->where);
    if (!as) {
        context.sink.log(Class::general_error, request->where,
                         fmt::format("Invalid user/group for {} script {} - ignoring", args.keyword.name,
                                     request->command));
        return;
    }
    into = look_up(context, *request, *as, ScriptOwner::vrrp);
}

}  // namespace conf
