// MISC_CHECK, and the block SSL (conf-lvs.md §3, §7.8).
#include "conf/schema_blocks.hpp"
#include "conf/schema_checkers.hpp"
#include "conf/schema_scripts.hpp"

namespace conf {

namespace {

using namespace checkers;

// ------------------------------------------------------------------------------------------------ MISC_CHECK

std::string words_of(const ScriptRequest& request) {
    std::string text;
    for (const auto& word : request.argv) text += fmt::format("{}'{}'", text.empty() ? "" : " ", word);
    return text;
}

void set_misc_path(Context& context, void* target, const Args& args) {
    // Words behind the script mean nothing here: there is `user`.
    auto request = read_script(context, args);
    if (!request) return;
    request->user = request->group = std::nullopt;
    draft_of(target).script = std::move(request);
}

void set_misc_timeout(Context& context, void* target, const Args& args) {
    if (!context.need(args)) return;
    const auto seconds = read_unsigned(context, args.value(), args.span(), 0, 4294, Number::lenient);
    if (!seconds) {
        context.error(args.span(), fmt::format("Invalid misc_timeout value '{}'", args.value()));
        return;
    }
    kind_of<MiscCheck>(target).timeout = Seconds{static_cast<std::int64_t>(*seconds)};
}

void set_misc_dynamic(Context&, void* target, const Args&) { kind_of<MiscCheck>(target).dynamic = true; }

void set_misc_user(Context& context, void* target, const Args& args) {
    auto& draft = draft_of(target);
    if (args.empty()) {
        context.error(args.where(), fmt::format("No user specified for misc checker script {}",
                                                draft.script ? words_of(*draft.script) : ""));
        return;
    }
    draft.user = std::string(args.value());
    draft.user_where = args.span();
    draft.group.reset();
    if (args.count() > 1) draft.group = std::string(args.value(1));
}

void* open_misc(Context&, void* parent, const Args& args) {
    auto& draft = add_checker(parent, MiscCheck{}, args);
    draft.has_connection = false;
    draft.default_retry = 0;
    return &draft;
}

bool can_run(const Script& script) {
    return script.verdict == ScriptVerdict::usable || script.verdict == ScriptVerdict::unsafe;
}

void close_misc(Context& context, void* target) {
    auto& draft = draft_of(target);
    const auto remove = [&](std::string text) {
        context.at_end(std::move(text));
        drop(context);
    };
    if (!draft.script) return remove("No script path has been specified for MISC_CHECKER - skipping");
    const auto as = draft.user ? find_user(context, draft.where, *draft.user, draft.group)
                               : default_user(context, draft.where);
    if (!as && draft.user) {
        context.error(draft.user_where,
                      fmt::format("Failed to set uid/gid for misc checker script {} - removing",
                                  words_of(*draft.script)));
        return drop(context);
    }
    if (!as)
        return remove(
            fmt::format("Unable to set default user for misc script {} - removing", words_of(*draft.script)));
    auto& check = kind_of<MiscCheck>(target);
    check.script = look_up(context, *draft.script, *as, ScriptOwner::virtual_server);
    context.current_virtual->reals.back().checks.add(seen(*check.script));
    if (can_run(*check.script)) return;
    const bool insecure = check.script->verdict == ScriptVerdict::disabled_unsafe;
    context.sink.log(Class::general_error, draft.where,
                     fmt::format("Disabling misc script {} {}", check.script->argv[0],
                                 insecure ? "due to insecure" : "since not found/accessible"));
    drop(context);
}

// clang-format off
constexpr std::array<Keyword, 4> kMiscRows{
    K{"misc_path", "SCRIPT (quoted)", set_misc_path, "required", "-", "the script; exit status 0 is good", kChecker}.shell_words(),
    K{"misc_timeout", "SECS", set_misc_timeout, "0 = delay_loop of the virtual server", "0..4294", "how long it may run", kChecker},
    K{"misc_dynamic", "-", set_misc_dynamic, "off", "argument ignored", "its exit status sets the weight", kChecker},
    K{"user", "USER [GROUP]", set_misc_user, "script_user", "-", "who runs it", kChecker},
};
// clang-format on
constexpr auto kMisc = join(
    kMiscRows, timing_rows("real server, virtual server, else 0", "real server, virtual server, else 1"));

// ------------------------------------------------------------------------------------------------ SSL

/// What the messages call it.
std::string_view ssl_word(std::string_view keyword) {
    return keyword == "ca"            ? "cafile"
           : keyword == "certificate" ? "certfile"
           : keyword == "key"         ? "keyfile"
                                      : keyword;
}

template <std::string SslContext::*Member>
void set_ssl(Context& context, void* target, const Args& args) {
    if (args.empty()) {
        context.error(args.where(), fmt::format("SSL {} missing", ssl_word(args.keyword.name)));
        return;
    }
    auto& field = static_cast<SslContext*>(target)->*Member;
    if (!field.empty()) {
        context.error(args.span(),
                      fmt::format("Duplicate SSL - overwriting {} with {}", field, args.value()));
    }
    field = args.value();
}

void* open_ssl(Context& context, void*, const Args& args) {
    auto& ssl = context.model.lvs.ssl;
    if (ssl) context.error(args.where(), "SSL context already specified - replacing");
    return &ssl.emplace();
}

// clang-format off
constexpr Keyword kSsl[] = {
    K{"password", "STRING", set_ssl<&SslContext::password>, "none", "non-empty", "password of the key", kChecker},
    K{"ca", "FILE", set_ssl<&SslContext::ca>, "none", "readable PEM file, else the daemon ends", "certificates that are trusted", kChecker},
    K{"certificate", "FILE", set_ssl<&SslContext::certificate>, "none", "readable PEM file, else the daemon ends", "client certificate", kChecker},
    K{"key", "FILE", set_ssl<&SslContext::key>, "none", "readable PEM file, else the daemon ends", "client key", kChecker},
};
// clang-format on

}  // namespace

constexpr Block kMiscCheckBlock{"virtual_server/real_server/MISC_CHECK", kMisc, open_misc, close_misc};
constexpr Block kSslBlock{"SSL", kSsl, open_ssl, nullptr};

}  // namespace conf
