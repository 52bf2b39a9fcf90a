// Virtual servers when everything is read: inheritance, families, ports, quorum (conf-lvs.md §5.2, §5.3, §6, §7.1).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "conf/check.hpp"
#include "conf/check_notes.hpp"

namespace conf {

namespace {

constexpr std::uint32_t kDefaultPersistence = 360;

Microseconds as_duration(std::uint64_t us) {
    return Microseconds{static_cast<std::int64_t>(std::min<std::uint64_t>(us, INT64_MAX))};
}

/// Decides one virtual server; each step is one rule of the spec.
class DecideVirtualServer {
  public:
    DecideVirtualServer(Context& context, VirtualDraft& draft)
        : context_(context), global_(context.model.global), draft_(draft), value_(draft.value) {}

    /// @return false when the virtual server is dropped
    bool run() {
        if (!find_group()) return false;
        protocol();
        defaults();
        options();
        family();
        if (!group_family_fits()) return false;
        inherit();
        drop_duplicates();
        ports();
        sorry_server();
        persistence();
        quorum();
        checkers();
        value_.real_servers.reserve(draft_.reals.size());
        for (auto& real : draft_.reals) {
            draft_.scripts.add(real.notifies);
            draft_.scripts.add(real.checks);
            value_.real_servers.push_back(std::move(real.value));
        }
        draft_.reals.clear();  // the next virtual server's drafts take their place
        return true;
    }

  private:
    void say(std::string text) { context_.error(value_.where, std::move(text)); }
    std::string name() const { return service_name(value_); }
    bool uses_only_marks() const;
    const Forwarding& forwarding_of(const RealDraft& real) const { return real.value.forwarding; }

    bool find_group();
    void protocol();
    void defaults();
    void options();
    void family();
    bool group_family_fits();
    void inherit();
    void drop_duplicates();
    void ports();
    void real_port(RealDraft& real);
    void sorry_server();
    void sorry_port();
    void persistence();
    void quorum();
    void checkers();
    Checker checker_of(const RealDraft& real, CheckerDraft& from) const;

    Context& context_;
    const Global& global_;
    VirtualDraft& draft_;
    VirtualServer& value_;
    const VirtualServerGroup* group_ = nullptr;
};

bool DecideVirtualServer::find_group() {
    if (value_.kind != ServiceKind::group) return true;
    const auto found = context_.server_group_index.find(value_.group);
    if (found != context_.server_group_index.end()) {
        group_ = &context_.server_groups[found->second.first];
        return true;
    }
    context_.sink
        .log(Class::general_error, value_.where,
             fmt::format("Virtual server group {} specified but not configured - ignoring virtual server {}",
                         value_.group, name()))
        .hint = context_.did_you_mean(value_.group, context_.server_group_index);
    return false;
}

bool DecideVirtualServer::uses_only_marks() const {
    if (value_.kind == ServiceKind::fwmark) return true;
    return group_ != nullptr && std::all_of(group_->entries.begin(), group_->entries.end(),
                                            [](const GroupEntry& entry) { return entry.is_fwmark; });
}

void DecideVirtualServer::protocol() {
    if (uses_only_marks()) {
        if (draft_.protocol_given) {
            value_.protocol = Protocol::none;
            say(fmt::format(
                "Warning: Virtual server {}: protocol specified for fwmark - protocol will be ignored",
                name()));
        }
    } else if (value_.protocol == Protocol::none) {
        say(fmt::format("Virtual server {}: no protocol set - defaulting to UDP", name()));
        value_.protocol = Protocol::udp;
    }
}

void DecideVirtualServer::defaults() {
    if (!draft_.scheduler)
        say(fmt::format("Virtual server {}: no scheduler set, setting default 'wlc'", name()));
    value_.scheduler = draft_.scheduler.value_or("wlc");
    if (!draft_.forwarding)
        say(fmt::format("Virtual server {}: no forwarding method set, setting default NAT", name()));
    value_.forwarding = draft_.forwarding.value_or(Forwarding{});
    if (draft_.delay_before_retry_us) value_.delay_before_retry = as_duration(*draft_.delay_before_retry_us);
    if (draft_.warmup_us) value_.warmup = as_duration(*draft_.warmup_us);
    value_.smtp_alert =
        draft_.smtp_alert.value_or(global_.smtp_alert_checker.value_or(global_.smtp_alert.value_or(false)));
}

void DecideVirtualServer::options() {
    const bool marks = uses_only_marks();
    if (value_.one_packet && !marks && value_.protocol != Protocol::udp) {
        say(fmt::format("Virtual server {}: one packet scheduling requires UDP - resetting", name()));
        value_.one_packet = false;
    }
    const bool any_mark =
        value_.kind == ServiceKind::fwmark ||
        (group_ != nullptr && std::any_of(group_->entries.begin(), group_->entries.end(),
                                          [](const GroupEntry& entry) { return entry.is_fwmark; }));
    if (value_.ha_suspend && any_mark) {
        say(fmt::format("Virtual server {}: cannot use ha_suspend with fwmarks - clearing ha_suspend",
                        name()));
        value_.ha_suspend = false;
    }
}

/// conf-lvs.md §5.2: what no keyword and no plain server has decided.
void DecideVirtualServer::family() {
    if (value_.family != net::Family::none) return;
    if (value_.sorry_server) {
        const auto method = draft_.sorry_forwarding.value_or(value_.forwarding).method;
        if (method != ForwardMethod::tun) {
            value_.family = value_.sorry_server->endpoint.address.family;
            return;
        }
    }
    if (value_.kind == ServiceKind::group) return;  // tunnels only: entries of either family
    std::set<net::Family> families;
    for (const auto& real : draft_.reals) families.insert(real.value.endpoint.address.family);
    if (value_.sorry_server) families.insert(value_.sorry_server->endpoint.address.family);
    value_.family = families.size() == 1 ? *families.begin() : net::Family::ipv4;
}

bool DecideVirtualServer::group_family_fits() {
    if (group_ == nullptr || value_.family == net::Family::none) return true;
    const bool fits =
        std::all_of(group_->entries.begin(), group_->entries.end(), [&](const GroupEntry& entry) {
            const auto family = entry.is_fwmark ? entry.fwmark_family : entry.first.family;
            return family == net::Family::none || family == value_.family;
        });
    if (fits) return true;
    context_.sink.log(
        Class::general_error, value_.where,
        fmt::format("{}: address family doesn't match virtual server {} - ignoring", group_->name, name()));
    return false;
}

void DecideVirtualServer::inherit() {
    for (auto& real : draft_.reals) {
        auto& value = real.value;
        value.weight = real.weight.value_or(value_.weight);
        value.forwarding = real.forwarding.value_or(value_.forwarding);
        value.inhibit_on_failure = real.inhibit.value_or(value_.inhibit_on_failure);
        value.alpha = real.alpha.value_or(value_.alpha);
        value.smtp_alert =
            real.smtp_alert.value_or(global_.smtp_alert_checker.value_or(global_.smtp_alert.value_or(true)));
        auto& settings = real.settings;
        settings.connect_timeout =
            real.connect_timeout_us ? as_duration(*real.connect_timeout_us) : value_.connect_timeout;
        settings.delay_loop = real.delay_loop_us ? as_duration(*real.delay_loop_us) : value_.delay_loop;
        if (!settings.retry) settings.retry = value_.retry;
        settings.delay_before_retry = real.delay_before_retry_us
                                          ? std::optional(as_duration(*real.delay_before_retry_us))
                                          : value_.delay_before_retry;
        settings.slow_start = Seconds{real.slow_start.value_or(draft_.slow_start.value_or(0))};
        settings.drain_timeout = Seconds{real.drain_timeout.value_or(draft_.drain_timeout.value_or(0))};
        settings.warmup = real.warmup_us ? std::optional(as_duration(*real.warmup_us)) : value_.warmup;
        value.settings = as_before(context_.before.settings, std::move(settings));
    }
}

void DecideVirtualServer::drop_duplicates() {
    const auto not_before = [](const RealDraft& a, const RealDraft& b) {
        return a.value.endpoint >= b.value.endpoint;
    };
    if (std::adjacent_find(draft_.reals.begin(), draft_.reals.end(), not_before) == draft_.reals.end())
        return;
    std::map<Endpoint, Span> seen;
    std::erase_if(draft_.reals, [&](const RealDraft& real) {
        const auto [first, is_new] = seen.try_emplace(real.value.endpoint, real.value.where);
        if (is_new) return false;
        context_
            .error(real.value.where, fmt::format("VS {}: real server {} is duplicated - removing second rs",
                                                 name(), real_name(draft_, real)))
            .related.emplace_back(first->second, "first defined here");
        return true;
    });
}

void DecideVirtualServer::real_port(RealDraft& real) {
    auto& port = real.value.endpoint.port;
    const bool nat = real.value.forwarding.method == ForwardMethod::nat;
    const auto warn = [&](std::string text) {
        context_.report(Class::warning, real.value.where, std::move(text));
    };
    if (value_.kind == ServiceKind::address) {
        if (port == 0) {
            port = value_.endpoint.port;
        } else if (!nat && port != value_.endpoint.port) {
            warn(fmt::format("WARNING - virtual server {} and real server {} ports don't match - resetting",
                             name(), real_name(draft_, real)));
            port = value_.endpoint.port;
        }
    } else if (value_.kind == ServiceKind::fwmark) {
        if (!nat && port != 0) {
            warn(fmt::format(
                "WARNING - fwmark virtual server {}, real server {} has port specified - clearing", name(),
                real_name(draft_, real)));
            port = 0;
        }
    } else if (!nat && port != 0) {
        for (const auto& entry : group_->entries) {
            if (entry.is_fwmark) {
                warn(fmt::format(
                    "WARNING - fwmark virtual server {}, real server {} has port specified - port will be "
                    "ignored",
                    name(), real_name(draft_, real)));
            } else if (entry.port != port) {
                warn(fmt::format("virtual server {}:[{},{}] and real server {} ports don't match", name(),
                                 entry.first.to_string(), entry.port, real_name(draft_, real)));
            }
        }
    }
}

void DecideVirtualServer::ports() {
    for (auto& real : draft_.reals) real_port(real);
}

void DecideVirtualServer::sorry_port() {
    auto& sorry = *value_.sorry_server;
    auto& port = sorry.endpoint.port;
    const bool nat = sorry.forwarding.method == ForwardMethod::nat;
    if (nat) return;
    if (value_.kind == ServiceKind::address) {
        if (port != 0 && port != value_.endpoint.port) {
            context_.report(
                Class::warning, value_.where,
                fmt::format("WARNING - virtual server {} and sorry server ports don't match - resetting",
                            name()));
        }
        port = value_.endpoint.port;
    } else if (value_.kind == ServiceKind::fwmark && port != 0) {
        context_.report(
            Class::warning, value_.where,
            fmt::format("WARNING - virtual server {}, sorry server has port specified - clearing", name()));
        port = 0;
    }
}

void DecideVirtualServer::sorry_server() {
    if (!value_.sorry_server) return;
    auto& sorry = *value_.sorry_server;
    sorry.forwarding = draft_.sorry_forwarding.value_or(value_.forwarding);
    const auto family = sorry.endpoint.address.family;
    if (sorry.forwarding.method != ForwardMethod::tun && value_.family != net::Family::none &&
        value_.family != family) {
        say(fmt::format(
            "Address family of virtual server and sorry server {} don't match - skipping sorry server.",
            sorry.endpoint.address.to_string()));
        value_.sorry_server.reset();
        return;
    }
    sorry_port();
    for (const auto& real : draft_.reals) {
        if (real.value.endpoint != sorry.endpoint || real.value.inhibit_on_failure == sorry.inhibit) continue;
        say(fmt::format(
            "Virtual server {}: real server {} matches sorry server, but inhibit setting differs, {} on "
            "sorry server",
            name(), real_name(draft_, real), real.value.inhibit_on_failure ? "setting" : "clearing"));
        sorry.inhibit = real.value.inhibit_on_failure;
    }
}

void DecideVirtualServer::persistence() {
    const bool zero_port = (value_.kind == ServiceKind::address && value_.endpoint.port == 0) ||
                           (group_ != nullptr && std::any_of(group_->entries.begin(), group_->entries.end(),
                                                             [](const GroupEntry& entry) {
                                                                 return !entry.is_fwmark && entry.port == 0;
                                                             }));
    if (!zero_port || value_.persistence_timeout != 0) return;
    say(fmt::format("Virtual server {}: zero port only valid for persistent services - setting", name()));
    value_.persistence_timeout = kDefaultPersistence;
}

void DecideVirtualServer::quorum() {
    std::int64_t weights = 0;
    for (const auto& real : draft_.reals) weights += real.value.weight;
    draft_.wanted_quorum = value_.quorum;
    if (value_.quorum > weights) {
        context_.report(
            Class::warning, value_.where,
            fmt::format("Warning - quorum {} for {} exceeds total weight of real servers {}, reducing quorum "
                        "to {}",
                        value_.quorum, name(), weights, weights));
        value_.quorum = static_cast<std::uint32_t>(weights);
    }
    if (value_.hysteresis >= value_.quorum) {
        // Where all weights are 0 this is the largest number: such a quorum is never gained (run).
        const std::uint32_t most = value_.quorum - 1;
        say(fmt::format("Virtual server {}: hysteresis {} >= quorum {}; setting hysteresis to {}", name(),
                        value_.hysteresis, value_.quorum, most));
        value_.hysteresis = most;
    }
}

Checker DecideVirtualServer::checker_of(const RealDraft& real, CheckerDraft& from) const {
    Checker checker;
    checker.kind = std::move(from.kind);
    checker.where = from.where;
    const RealSettings& of_server = *real.value.settings;
    CheckTiming timing;
    timing.delay_loop = from.delay_loop_us ? as_duration(*from.delay_loop_us) : of_server.delay_loop;
    timing.default_delay_before_retry =
        from.default_delay_us ? as_duration(*from.default_delay_us) : timing.delay_loop;
    timing.delay_before_retry =
        from.delay_before_retry_us ? as_duration(*from.delay_before_retry_us)
                                   : of_server.delay_before_retry.value_or(timing.default_delay_before_retry);
    timing.warmup =
        from.warmup_us ? as_duration(*from.warmup_us) : of_server.warmup.value_or(timing.delay_loop);
    const auto interval = [&](const auto& own, const auto& of_real, const auto& of_service) {
        if (own) return as_duration(*own);
        if (of_real) return as_duration(*of_real);
        return of_service ? as_duration(*of_service) : timing.delay_loop;
    };
    timing.fast_interval = interval(from.fast_interval_us, real.fast_interval_us, draft_.fast_interval_us);
    timing.down_interval = interval(from.down_interval_us, real.down_interval_us, draft_.down_interval_us);
    timing.retry = from.retry.value_or(of_server.retry.value_or(from.default_retry));
    timing.alpha = from.alpha.value_or(real.value.alpha);
    timing.log_all_failures = global_.checker_log_all_failures || from.log_all_failures.value_or(false);
    checker.timing = as_before(context_.before.timing, timing);
    if (auto* http2 = std::get_if<Http2Check>(&checker.kind)) {
        for (auto& url : http2->http.urls) url.tls_compliant |= http2->http.tls_compliant;
    } else if (auto* http = std::get_if<HttpCheck>(&checker.kind)) {
        for (auto& url : http->urls) url.tls_compliant |= http->tls_compliant;
    }
    if (!from.has_connection) return checker;
    auto& draft = from.connection;
    auto& connection = checker.connection;
    connection.destination.address = draft.address.is_none() ? real.value.endpoint.address : draft.address;
    connection.destination.port = draft.port.value_or(real.value.endpoint.port);
    const auto timeout = draft.timeout_us ? as_duration(*draft.timeout_us) : of_server.connect_timeout;
    connection.settings = as_before(
        context_.before.connection,
        ConnectionSettings{
            {draft.bind_address, draft.bind_port}, std::move(draft.bind_if), timeout, draft.fwmark});
    return checker;
}

void DecideVirtualServer::checkers() {
    for (auto& real : draft_.reals) {
        real.value.checkers.reserve(real.checkers.size());
        for (auto& draft : real.checkers) real.value.checkers.push_back(checker_of(real, draft));
    }
}

}  // namespace

void decide_early(Context& context, VirtualDraft& draft) {
    const bool knows_group =
        draft.value.kind != ServiceKind::group || context.server_group_index.contains(draft.value.group);
    if (knows_group) {
        auto& outer = context.sink.redirect(context.of_servers);
        draft.dropped = !DecideVirtualServer(context, draft).run();
        draft.decided = true;
        context.sink.redirect(outer);
    }
    draft.said_until = context.of_servers.list.size();
}

void finish_lvs(Context& context) {
    auto& lvs = context.model.lvs;
    std::size_t said = 0;
    for (auto& draft : context.virtual_servers) {
        if (draft.decided) {
            context.sink.take(context.of_servers, said, draft.said_until);
        } else {
            draft.dropped = !DecideVirtualServer(context, draft).run();
        }
        said = draft.said_until;
    }
    context.sink.take_omitted(context.of_servers);
    const auto dropped = std::remove_if(context.virtual_servers.begin(), context.virtual_servers.end(),
                                        [](const VirtualDraft& draft) { return draft.dropped; });
    context.virtual_servers.erase(dropped, context.virtual_servers.end());
    note_lvs(context);
    lvs.virtual_servers.reserve(context.virtual_servers.size());
    for (auto& draft : context.virtual_servers) {
        context.check_scripts.add(draft.scripts);
        lvs.virtual_servers.push_back(std::move(draft.value));
    }
    for (auto& group : context.server_groups) lvs.groups.push_back(std::move(group));
    for (auto& draft : context.bfds) {
        if (!draft.refused) context.model.bfd.push_back(std::move(draft.value));
    }
}

}  // namespace conf
