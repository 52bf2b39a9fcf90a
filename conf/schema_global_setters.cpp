// global_defs: names, mail, scripts, scheduling (conf-global.md §2.1-§2.5).
#include "conf/schema_global_setters.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "conf/grammar/numbers.hpp"
#include "conf/schema_scripts.hpp"

namespace conf::global_setters {

namespace {

constexpr std::size_t kLongestComm = 15;  // TASK_COMM_LEN without its NUL

ProcessTuning& tuning_of(Global& global, std::string_view keyword) {
    if (keyword.starts_with("vrrp")) return global.vrrp_process;
    return keyword.starts_with("bfd") ? global.bfd_process : global.checker_process;
}

std::string_view process_of(std::string_view keyword) {
    if (keyword.starts_with("vrrp")) return "vrrp";
    return keyword.starts_with("bfd") ? "bfd" : "checker";
}

void log_alias(Context& context, const Args& args, std::string_view today) {
    context.sink.log(Class::deprecated, args.where(),
                     fmt::format("{} is deprecated - please use {}", args.keyword.name, today));
}

std::string list(const Args& args, std::size_t from) {
    std::string words;
    for (std::size_t at = from; at < args.count(); ++at) words += fmt::format(" '{}'", args.value(at));
    return words;
}

}  // namespace

void process_names(Context&, void* target, const Args&) {
    auto& global = global_of(target);
    global.vrrp_process.name = "keepalived_vrrp";
    global.checker_process.name = "keepalived_lvs";
    global.bfd_process.name = "keepalived_bfd";
}

void process_name(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    if (args.keyword.name == "lvs_process_name") log_alias(context, args, "checker_process_name");
    if (args.value().size() > kLongestComm) {
        context.error(args.span(), fmt::format("Process name {} more than {} characters, truncating",
                                               args.value(), kLongestComm));
    }
    auto& global = global_of(target);
    auto& name = args.keyword.name == "process_name" ? global.parent_process_name
                                                     : tuning_of(global, args.keyword.name).name;
    name = args.value().substr(0, kLongestComm);
}

void email_from(Context& context, void* target, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "emailfrom missing - ignoring").expected = "a mail address";
        return;
    }
    if (args.count() > 1) {
        context.error(args.span(1), fmt::format("emailfrom - ignoring extra entries{}", list(args, 1))).hint =
            "quote an address with a display name";
    }
    global_of(target).email_from = args.value();
}

void router_id(Context& context, void* target, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), "routerid name missing - ignoring");
        return;
    }
    global_of(target).router_id = args.value();
}

void smtp_server(Context& context, void* target, const Args& args) {
    constexpr std::uint64_t kSmtpPort = 25;
    if (!context.need(args)) return;
    auto& global = global_of(target);
    const auto port_word = args.count() > 1 ? args.value(1) : std::string_view("25");
    const auto port = args.count() > 1
                          ? read_unsigned(context, port_word, args.span(1), 1, UINT16_MAX, Number::lenient)
                          : std::optional<std::uint64_t>(kSmtpPort);
    std::optional<ResolvedHost> server;
    if (const auto address = net::IpAddress::parse(args.value())) {
        server = ResolvedHost{*address, {}};
    } else {
        server = context.facts.resolve(args.value());
    }
    if (!server || !port) {
        context.error(args.span(), fmt::format("Invalid smtp server {} {}", args.value(), port_word))
            .expected = "an address or a host name which can be resolved, and a port from 1 to 65535";
        return;
    }
    global.smtp_server = server->address;
    global.smtp_interface = server->interface;
    global.smtp_port = static_cast<std::uint16_t>(*port);
}

void smtp_helo_name(Context&, void* target, const Args& args) {
    if (!args.empty()) global_of(target).smtp_helo_name = args.value();
}

void smtp_connect_timeout(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto seconds = read_unsigned(context, args.value(), args.span(), 0, 4294, Number::lenient);
    if (!seconds) return complain(context, args, args.value());
    if (*seconds == 0) context.error(args.span(), "smtp_conect_timeout must be greater than 0, setting to 1");
    global_of(target).smtp_connect_timeout =
        Seconds{std::max<std::int64_t>(1, static_cast<std::int64_t>(*seconds))};
}

void notification_email(Context&, void* target, const Args& args) {
    for (std::size_t at = 0; at < args.count(); ++at) {
        global_of(target).notification_email.emplace_back(args.value(at));
    }
}

void notification_email_end(Context& context, void* target, const Args& args) {
    if (!global_of(target).notification_email.empty()) return;
    context.report(Class::warning, args.where(), "Warning - empty notification_email block");
}

/// NUMBER, or BITS | BITS | …, the bars with or without blanks around them.
void umask(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto refuse = [&](std::size_t at, std::string text) {
        context.error(args.span(std::min(at, args.count() - 1)), std::move(text)).expected =
            "a number up to 0777, or names like IWGRP | IROTH";
    };
    const bool is_number = !args.value().empty() && args.value()[0] >= '0' && args.value()[0] <= '9';
    if (is_number && args.count() > 1) refuse(1, "Extra parameter(s) to umask option");
    const std::size_t words = is_number ? 1 : args.count();
    std::uint32_t mode = 0;
    for (std::size_t at = 0; at < words; at += 2) {
        const auto word = args.value(at);
        const auto bits = grammar::file_mode(word);
        if (!bits && is_number) return refuse(at, fmt::format("invalid umask value {}", word));
        if (!bits && word.empty()) return refuse(at, "umask missing bit value");
        if (!bits) return refuse(at, fmt::format("Unknown umask bit {}", word));
        mode |= *bits;
        if (at + 1 == words) continue;
        if (args.value(at + 1) != "|")
            return refuse(at + 1, fmt::format("Invalid umask syntax {}", args.value(at + 1)));
        if (at + 2 == words) return refuse(at + 1, "umask missing bit value");
    }
    global_of(target).umask = mode;
}

void path_or_default(Context&, void* target, const Args& args) {
    auto& global = global_of(target);
    if (args.keyword.name == "reload_check_config") {
        global.reload_check_config = args.empty() ? "/dev/null" : std::string(args.value());
    } else {
        global.reload_file = args.empty() ? "" : std::string(args.value());
    }
}

void reload_time_file(Context& context, void* target, const Args& args) {
    if (args.count() == 1) {
        global_of(target).reload_time_file = args.value();
    } else if (context.need(args)) {
        context.error(args.span(1), "reload_time_file invalid").expected = "one path";
    }
}

void tmp_config_directory(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& directory = global_of(target).tmp_config_directory;
    if (!directory.empty()) {
        context.error(args.where(), "tmp_config_directory already specified - ignoring");
        return;
    }
    directory = args.value();
}

void config_save_dir(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto path = args.value();
    const int error = context.facts.directory_error(path);
    if (error == EEXIST) {
        context.error(args.span(), fmt::format("config_save_dir {} exists and is not a directory", path));
    } else if (error != 0) {
        context.error(args.span(), fmt::format("Unable to create config_save_dir {} (error {} - {})", path,
                                               error, std::strerror(error)));
    } else {
        global_of(target).config_save_dir = path;
    }
}

void nothing(Context&, void*, const Args&) {}

void random_seed(Context& context, void*, const Args& args) {
    if (!context.need(args)) return;
    if (!read_unsigned(context, args.value(), args.span(), 0, UINT32_MAX, Number::lenient))
        context.error(args.span(), fmt::format("random_seed {} invalid", args.value()));
}

// ------------------------------------------------------------------------------------------------ scripts, FIFOs

void script_user(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& global = global_of(target);
    const auto group = args.count() > 1 ? std::optional(std::string(args.value(1))) : std::nullopt;
    const auto as = find_user(context, args.span(), args.value(), group);
    context.script_user_failed = !as;
    if (!as) {
        context.error(args.span(), "Error setting global script uid/gid").expected = "a user of this host";
        return;
    }
    global.script_user_set = true;
    global.script_uid = as->uid;
    global.script_gid = as->gid;
    context.script_user_groups = as->groups;
}

void global_script(Context& context, void*, const Args& args) {
    const auto name = args.keyword.name;
    const bool of_fifo = name.find("fifo") != std::string_view::npos;
    const auto process = name.substr(0, name.find('_'));  // startup, shutdown
    if (args.empty()) {
        context.error(args.where(), of_fifo ? fmt::format("No {} specified", name)
                                            : fmt::format("{} script missing", process));
        return;
    }
    for (const auto& known : context.global_scripts) {
        if (known.keyword != name) continue;
        context.error(args.span(), of_fifo
                                       ? fmt::format("{} already specified - ignoring {}", name, args.value())
                                       : fmt::format("{} script already specified", process));
        return;
    }
    auto request = read_script(context, args);
    if (request && !request->command.empty()) {
        context.global_scripts.push_back({std::move(*request), name});
    } else if (!of_fifo) {
        context.error(args.span(), fmt::format("Invalid {} script", process));
    }
}

void script_timeout(Context& context, void* target, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), fmt::format("{} requires value", args.keyword.name));
        return;
    }
    const auto seconds = read_unsigned(context, args.value(), args.span(), 1, 1000, Number::lenient);
    if (!seconds) return complain(context, args, args.value());
    auto& global = global_of(target);
    auto& field = args.keyword.name.starts_with("startup") ? global.startup_script_timeout
                                                           : global.shutdown_script_timeout;
    field = Seconds{static_cast<std::int64_t>(*seconds)};
}

void fifo(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    auto& global = global_of(target);
    auto& field = args.keyword.name == "notify_fifo"        ? global.notify_fifo
                  : args.keyword.name == "vrrp_notify_fifo" ? global.vrrp_notify_fifo
                                                            : global.lvs_notify_fifo;
    if (field) {
        context.error(args.span(),
                      fmt::format("{} already specified - ignoring {}", args.keyword.name, args.value()));
        return;
    }
    Fifo wanted;
    wanted.path = args.value();
    if (args.count() > 1) wanted.user = std::string(args.value(1));
    if (args.count() > 2) wanted.group = std::string(args.value(2));
    if (!wanted.user) {
        field = std::move(wanted);
    } else if (const auto as = find_user(context, args.span(1), *wanted.user, wanted.group)) {
        wanted.uid = as->uid;
        wanted.gid = as->gid;
        field = std::move(wanted);
    } else {
        context.sink.log(Class::general_error, args.span(1),
                         fmt::format("Unable to set user/group for {} {}", args.keyword.name, args.value()));
    }
}

// ------------------------------------------------------------------------------------------------ scheduling

void max_auto_priority(Context& context, void* target, const Args& args) {
    constexpr int kHighest = 99;
    auto& field = global_of(target).max_auto_priority;
    if (args.empty()) {
        field = kHighest;
        return;
    }
    const auto value = read_integer(context, args.value(), args.span(), -1, kHighest, Number::lenient);
    if (!value) return complain(context, args, args.value());
    field = static_cast<int>(*value);
}

void nice(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto value = read_integer(context, args.value(), args.span(), -20, 19, Number::lenient);
    if (!value) {
        context.error(args.span(),
                      fmt::format("Invalid {} process priority specified", process_of(args.keyword.name)));
    }
    tuning_of(global_of(target), args.keyword.name).nice = static_cast<int>(value.value_or(0));
}

void no_swap(Context&, void* target, const Args& args) {
    tuning_of(global_of(target), args.keyword.name).no_swap = true;
}

void rt_priority(Context& context, void* target, const Args& args) {
    constexpr std::int64_t kLowest = 1, kHighest = 99;  // SCHED_RR
    if (!context.need(args)) return;
    const auto process = process_of(args.keyword.name);
    const auto number = grammar::integer(args.value().empty() ? "0" : args.value());
    const bool too_large = number.overflow || number.value > INT32_MAX || number.value < INT32_MIN;
    if (number.junk || too_large) {
        context.report(Class::invalid_number, args.span(),
                       number.junk ? fmt::format("invalid number '{}'", args.value())
                                   : fmt::format("number '{}' outside integer range", args.value()));
        context.error(args.span(),
                      fmt::format("{} process real-time priority '{}' invalid", process, args.value()));
        return;
    }
    if (number.value < kLowest) {
        context.error(args.span(),
                      fmt::format("{} process real-time priority {} less than minimum {} - setting to "
                                  "minimum",
                                  process, number.value, kLowest));
    } else if (number.value > kHighest) {
        context.error(args.span(),
                      fmt::format("{} process real-time priority {} greater than maximum {} - setting to "
                                  "maximum",
                                  process, number.value, kHighest));
    }
    tuning_of(global_of(target), args.keyword.name).rt_priority =
        static_cast<int>(std::clamp(number.value, kLowest, kHighest));
}

void cpu_affinity(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto cpus = context.facts.online_cpus();
    auto& set = tuning_of(global_of(target), args.keyword.name).cpu_affinity;
    set.clear();
    for (std::size_t at = 0; at < args.count(); ++at) {
        const auto cpu = read_unsigned(context, args.value(at), args.span(at), 0, cpus == 0 ? 0 : cpus - 1,
                                       Number::lenient);
        if (!cpu) {
            // The number which the reference prints is the one it could read.
            const auto read = grammar::integer(args.value(at));
            context.error(args.span(at),
                          fmt::format("Invalid cpu_id:{} specified for {} process",
                                      read.junk || read.negative || read.overflow ? 0 : read.value,
                                      process_of(args.keyword.name)));
            set.clear();
            return;
        }
        set.push_back(static_cast<int>(*cpu));
    }
}

void rlimit(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    if (args.keyword.name.ends_with("_rtime")) {
        log_alias(context, args, fmt::format("{}_rlimit_rttime", process_of(args.keyword.name)));
    }
    const auto us = read_unsigned(context, args.value(), args.span(), 1, UINT32_MAX, Number::lenient);
    if (!us) {
        context.error(args.span(), fmt::format("Invalid {} real-time limit - {}",
                                               process_of(args.keyword.name), args.value()));
        return;
    }
    tuning_of(global_of(target), args.keyword.name).rlimit_rttime_us =
        std::max<std::uint32_t>(2, static_cast<std::uint32_t>(*us));  // the soft limit is half of it
}

}  // namespace conf::global_setters
