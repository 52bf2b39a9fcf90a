// Notes: what is allowed, works, and is seldom meant. Each has a name; lint_ignore NAME silences it. They never change
// the exit status of -t.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "conf/check.hpp"
#include "conf/check_notes.hpp"
#include "conf/suggestion.hpp"

namespace conf {

namespace {

constexpr std::array<Note, 11> kNotes{{
    {"same-vrid", "two instances with one VRID on an interface"},
    {"vip-outside-subnet", "a VIP outside every subnet of its interface"},
    {"master-without-priority", "state MASTER without a priority"},
    {"nopreempt-master", "nopreempt with state MASTER"},
    {"auth-differs", "authentication that differs inside a sync group"},
    {"slow-check", "a check may take longer than the time between checks"},
    {"quorum-unreachable", "a quorum which the weights cannot reach"},
    {"sorry-server-unreachable", "a sorry server outside every subnet of this host"},
    {"lacp-reorders", "a hash with ports over LACP, which may reorder fragments"},
    {"lagg-mac-changes", "a lagg whose MAC address changes, under VRRP without a virtual MAC"},
    {"writable-script", "a script that others than root may change"},
}};

class Notes {
  public:
    explicit Notes(Context& context) : context_(context) {}

    void instances();
    void groups();
    void virtual_servers();
    void laggs();

  private:
    using Ignored = std::set<std::string, std::less<>>;

    Diagnostic* note(std::string_view name, Span where, const Ignored& ignored, std::string text) {
        if (ignored.contains(name) || context_.lint_ignored.contains(name)) return nullptr;
        auto& problem = context_.sink.report(Class::note, where, std::move(text));
        problem.name = name;
        return &problem;
    }
    bool on_link(const Interface& interface, const net::IpAddress& address) const {
        return std::any_of(interface.addresses.begin(), interface.addresses.end(),
                           [&](const net::Prefix& own) { return own.contains(address); });
    }
    void instance(const InstanceDraft& draft);
    void vips(const InstanceDraft& draft);
    void script(const Script& script, Span where, const Ignored& ignored);
    template <typename Optional>
    void script_if(const Optional& script, Span where, const Ignored& ignored) {
        if (script) this->script(*script, where, ignored);
    }
    void virtual_server(const VirtualDraft& draft);
    void check(const VirtualDraft& server, const Checker& checker);

    Context& context_;
    std::map<std::pair<std::string, std::uint8_t>, const VrrpInstance*> vrids_;
};

void Notes::script(const Script& script, Span where, const Ignored& ignored) {
    if (!script.insecure) return;
    note("writable-script", where, ignored,
         fmt::format("script {} may be changed by others than root",
                     script.argv.empty() ? script.command : script.argv[0]));
}

void Notes::vips(const InstanceDraft& draft) {
    const auto& value = draft.value;
    for (std::size_t at = 0; at < value.vips.size(); ++at) {
        const auto& vip = value.vips[at];
        const auto* interface = context_.interface(vip.dev.empty() ? value.interface : vip.dev);
        if (interface == nullptr || interface->addresses.empty()) continue;
        const auto& address = vip.prefix.address;
        const bool has_family =
            std::any_of(interface->addresses.begin(), interface->addresses.end(),
                        [&](const auto& own) { return own.address.family == address.family; });
        if (!has_family || on_link(*interface, address)) continue;
        const auto where = at < draft.vip_places.size() ? draft.vip_places[at] : value.where;
        if (auto* problem = note("vip-outside-subnet", where, draft.lint_ignored,
                                 fmt::format("({}) {} lies in no subnet of {}", value.name,
                                             address.to_string(), interface->name))) {
            problem->hint = "neighbours will not ask for it by ARP: add `dev`, or a route to it";
        }
    }
}

void Notes::instance(const InstanceDraft& draft) {
    const auto& value = draft.value;
    const auto& ignored = draft.lint_ignored;
    if (draft.wants_master == true && !draft.priority) {
        note("master-without-priority", value.where, ignored,
             fmt::format("({}) state MASTER without a priority makes it the address owner, priority 255",
                         value.name));
    }
    const bool owner = value.priority == kOwnerPriority;  // told already that it cannot be
    if (draft.wants_master == true && draft.wanted_nopreempt && !owner) {
        note("nopreempt-master", value.where, ignored,
             fmt::format("({}) nopreempt has no effect with state MASTER", value.name));
    }
    const auto [other, fresh] = vrids_.try_emplace({value.interface, value.vrid}, &value);
    if (!fresh && value.vrid != 0) {
        if (auto* problem = note("same-vrid", value.where, ignored,
                                 fmt::format("({}) VRID {} is used by {} on {} too", value.name, value.vrid,
                                             other->second->name, value.interface))) {
            problem->related.emplace_back(other->second->where, "the other one is defined here");
        }
    }
    const auto lagg = std::find_if(context_.model.laggs.begin(), context_.model.laggs.end(),
                                   [&](const LaggInstance& l) { return l.name == value.interface; });
    if (lagg != context_.model.laggs.end() && lagg->fail_over_mac == FailOverMac::active &&
        value.vmac.kind == VmacKind::none) {
        note("lagg-mac-changes", value.where, ignored,
             fmt::format(
                 "({}) the MAC address of {} changes with its active port, and with it that of the VIPs",
                 value.name, lagg->name));
    }
    vips(draft);
    for (const auto* script :
         {&value.notify.master, &value.notify.backup, &value.notify.fault, &value.notify.stop,
          &value.notify.deleted, &value.notify.generic, &value.notify.master_rx_lower_pri}) {
        script_if(*script, value.where, ignored);
    }
}

void Notes::instances() {
    for (const auto& draft : context_.instances) instance(draft);
    for (const auto& draft : context_.scripts) script(draft.value.script, draft.value.where, {});
}

void Notes::groups() {
    for (const auto& group : context_.groups) {
        const VrrpInstance* first = nullptr;
        for (const auto& name : group.value.members) {
            const auto& member = context_.instances[context_.instance_index[name].first].value;
            if (first == nullptr) {
                first = &member;
            } else if (member.auth_type != first->auth_type || member.auth_pass != first->auth_pass) {
                note("auth-differs", member.where, {},
                     fmt::format("({}) authentication differs from {} in sync group {}", member.name,
                                 first->name, group.value.name));
            }
        }
    }
}

void Notes::check(const VirtualDraft& server, const Checker& checker) {
    if (checker.connection.destination.address.is_none()) return;
    if (checker.connection.settings->timeout <= checker.timing->delay_loop) return;
    note("slow-check", checker.where, server.lint_ignored,
         fmt::format("connect_timeout {} s is longer than delay_loop {} s",
                     std::chrono::duration<double>(checker.connection.settings->timeout).count(),
                     std::chrono::duration<double>(checker.timing->delay_loop).count()));
}

void Notes::virtual_server(const VirtualDraft& draft) {
    const auto& value = draft.value;
    std::int64_t weights = 0;
    for (const auto& real : value.real_servers) weights += real.weight;
    if (draft.wanted_quorum > weights) {
        note("quorum-unreachable", value.where, draft.lint_ignored,
             fmt::format("{}: quorum {} is above the sum of all weights, {}", service_name(value),
                         draft.wanted_quorum, weights));
    }
    for (const auto& real : value.real_servers) {
        for (const auto& checker : real.checkers) check(draft, checker);
        script_if(real.settings->notify_up, real.where, draft.lint_ignored);
        script_if(real.settings->notify_down, real.where, draft.lint_ignored);
    }
    script_if(value.quorum_up, value.where, draft.lint_ignored);
    script_if(value.quorum_down, value.where, draft.lint_ignored);
    // Asked for last: what does not depend on interfaces is read again by no reload because one of them changed.
    if (!value.sorry_server || value.sorry_server->forwarding.method != ForwardMethod::dr) return;
    const auto* interfaces = context_.facts.interfaces(context_.net_namespace);
    if (interfaces == nullptr) return;
    const auto& address = value.sorry_server->endpoint.address;
    const bool any_subnet = std::any_of(interfaces->begin(), interfaces->end(), [](const Interface& i) {
        return !i.is_loopback() && !i.addresses.empty();
    });
    const bool reachable = std::any_of(interfaces->begin(), interfaces->end(),
                                       [&](const Interface& i) { return on_link(i, address); });
    if (!any_subnet || reachable) return;
    note("sorry-server-unreachable", value.where, draft.lint_ignored,
         fmt::format("{}: sorry server {} lies in no subnet of this host, which DR needs",
                     service_name(value), address.to_string()));
}

void Notes::virtual_servers() {
    for (const auto& draft : context_.virtual_servers) virtual_server(draft);
}

void Notes::laggs() {
    for (const auto& draft : context_.laggs) {
        const auto& value = draft.value;
        if (draft.refused) continue;
        if (value.protocol == LaggProtocol::lacp && value.hash == LaggHash::l34) {
            note("lacp-reorders", value.where, {},
                 fmt::format("lagg_instance {}: lagghash with l4 may reorder fragments, which LACP forbids",
                             value.name));
        }
        for (const auto* script : {&value.notify, &value.notify_up, &value.notify_down, &value.notify_port})
            script_if(*script, value.where, {});
    }
}

}  // namespace

void note_laggs(Context& context) { Notes(context).laggs(); }

void note_vrrp(Context& context) {
    Notes notes(context);
    notes.instances();
    notes.groups();
}

void note_lvs(Context& context) { Notes(context).virtual_servers(); }

std::span<const Note> all_notes() { return kNotes; }

bool is_note(std::string_view name) {
    return std::any_of(kNotes.begin(), kNotes.end(), [&](const Note& note) { return note.name == name; });
}

void ignore_notes(Context& context, const Args& args, std::set<std::string, std::less<>>& into) {
    if (!context.need(args)) return;
    for (std::size_t at = 0; at < args.count(); ++at) {
        if (is_note(args.value(at))) {
            into.emplace(args.value(at));
            continue;
        }
        auto& problem =
            context.report(Class::warning, args.span(at),
                           fmt::format("lint_ignore: there is no note called {}", args.value(at)));
        problem.expected = "one of:";
        Suggestion suggestion(args.value(at));
        for (const auto& note : kNotes) {
            problem.expected += ' ' + std::string(note.name);
            suggestion.consider(note.name);
        }
        problem.hint = suggestion.hint();
    }
}

}  // namespace conf
