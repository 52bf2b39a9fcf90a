// Instances and sync groups when everything is read: defaults, strict mode, conflicts (conf-vrrp.md §2.9, §2.10, §3.1).
#include <fmt/format.h>

#include <algorithm>

#include "conf/check.hpp"
#include "conf/check_vrrp.hpp"

namespace conf {

namespace {

constexpr std::uint64_t kSecond = 1'000'000;

/// Decides one instance. Each step is one sentence of the spec.
class DecideInstance {
  public:
    DecideInstance(Context& context, InstanceDraft& draft)
        : context_(context), global_(context.model.global), draft_(draft), value_(draft.value) {}

    void run() {
        identity();
        family_and_version();
        priority_and_state();
        preemption();
        interval();
        unicast();
        authentication();
        addresses();
        multicast_group();
        booleans();
        strict_rest();
        vmac();
        alerts();
        extensions();
    }

  private:
    template <typename... Values>
    void say(fmt::format_string<const std::string&, Values...> text, Values... values) {
        context_.error(value_.where,
                       fmt::vformat(fmt::string_view(text), fmt::make_format_args(value_.name, values...)));
    }
    template <typename... Values>
    void warn(fmt::format_string<const std::string&, Values...> text, Values... values) {
        context_.report(Class::warning, value_.where,
                        fmt::vformat(fmt::string_view(text), fmt::make_format_args(value_.name, values...)));
    }
    /// The reference ends here: no start, no reload.
    void fatal(std::string text) { context_.error(value_.where, std::move(text)).refuses_reload = true; }
    bool is_owner() const { return value_.priority == kOwnerPriority; }
    bool is_v6() const { return value_.family == net::Family::ipv6; }

    void identity();
    void family_and_version();
    void priority_and_state();
    void preemption();
    void interval();
    void unicast();
    void authentication();
    void hmac();
    void addresses();
    void multicast_group();
    void booleans();
    void strict_rest();
    void vmac();
    void alerts();
    void extensions();

    Context& context_;
    const Global& global_;
    InstanceDraft& draft_;
    VrrpInstance& value_;
};

void DecideInstance::identity() {
    value_.strict = draft_.strict.value_or(global_.vrrp_strict);
    value_.unicast = !value_.unicast_peers.empty();
    if (value_.vrid == 0) fatal(fmt::format("({}) the virtual router id must be set", value_.name));
    if (!value_.vrf.empty() && (!value_.interface.empty() || !value_.unicast)) {
        say("({}) vrf is for unicast instances without an interface - ignoring");
        value_.vrf.clear();
    }
    if (!value_.interface.empty()) return;
    if (value_.unicast) {
        if (value_.source.is_none()) {
            fatal(fmt::format("({}): Unicast instances must have unicast_src_ip or interface", value_.name));
        }
    } else {
        fatal(fmt::format("({}) Unknown interface!", value_.name));
    }
}

void DecideInstance::family_and_version() {
    value_.family = draft_.family == net::Family::none ? net::Family::ipv4 : draft_.family;
    value_.version = draft_.version.value_or(is_v6() ? 3 : global_.vrrp_version);
    if (is_v6() && value_.version == 2 && value_.strict) {
        say("({}) cannot use IPv6 with VRRP version 2; setting version 3");
        value_.version = 3;
    }
}

void DecideInstance::priority_and_state() {
    constexpr std::uint8_t kDefault = 100;
    value_.priority = draft_.priority.value_or(draft_.wants_master == true ? kOwnerPriority : kDefault);
    value_.initial_master = draft_.wants_master.value_or(is_owner());
    if (value_.strict && value_.initial_master != is_owner()) {
        say("({}) State MASTER must match being address owner");
        value_.initial_master = is_owner();
    }
}

void DecideInstance::preemption() {
    draft_.wanted_nopreempt = value_.nopreempt;
    if (value_.nopreempt && is_owner()) {
        warn("({}) nopreempt is incompatible with priority 255. resetting nopreempt");
        value_.nopreempt = false;
    } else if (value_.nopreempt && value_.initial_master) {
        warn("({}) Warning - nopreempt will not work with initial state MASTER - clearing");
        value_.nopreempt = false;
    }
    if (value_.preempt_delay.count() != 0) {
        const char* reason =
            value_.strict ? "preempt_delay is incompatible with strict mode - resetting"
            : value_.initial_master
                ? "Warning - preempt delay will not work with initial state MASTER - clearing"
            : value_.nopreempt ? "preempt_delay is incompatible with nopreempt mode - resetting"
                               : nullptr;
        if (reason != nullptr) {
            warn("({}) {}", reason);
            value_.preempt_delay = {};
        }
    }
    if (value_.timer_expired_backup != 0 && !value_.nopreempt) {
        say("({}) timer_expired_backup needs nopreempt - resetting");
        value_.timer_expired_backup = 0;
    }
}

void DecideInstance::interval() {
    constexpr std::uint64_t kLongestV3 = 40'950'000, kCentisecond = 10'000;
    std::uint64_t us = draft_.advert_us.value_or(kSecond);
    const std::uint64_t unit = value_.version == 2 ? kSecond : kCentisecond;
    if (value_.version != 2 && us > kLongestV3) {
        say("({}) VRRPv3 advertisement interval {}.{:06}s is out of range. Must be less than 40.96s. Setting "
            "to 40.95s",
            us / kSecond, us % kSecond);
        us = kLongestV3;
    }
    if (us % unit != 0) {
        if (value_.version == 2) {
            say("({}) VRRPv2 advertisement interval {}.{:06}s must be an integer. rounding", us / kSecond,
                us % kSecond);
        } else {
            say("({}) VRRPv3 advertisement interval {}.{:06}s must be in units of 10ms - rounding",
                us / kSecond, us % kSecond);
        }
        us = std::max((us + unit / 2) / unit * unit, unit);
    }
    value_.advert_interval = Microseconds{static_cast<std::int64_t>(us)};
}

void DecideInstance::unicast() {
    if (value_.unicast && value_.strict && !value_.interface.empty()) {
        fatal(fmt::format("({}) Unicast peers are not supported in strict mode", value_.name));
    }
    const bool asked = value_.unicast_configured;
    if (asked && !value_.unicast) {
        if (value_.unicast_fault_no_peer) {
            context_.sink.log(
                Class::warning, value_.where,
                fmt::format("({}) Cannot use unicast without any peers - going to fault state", value_.name));
            value_.config_fault = true;
        } else {
            context_
                .report(Class::deprecated, value_.where,
                        fmt::format("({}) A unicast keyword has been specified without any unicast peers. "
                                    "Defaulting to multicast. This usage is deprecated - please update your "
                                    "configuration.",
                                    value_.name))
                .hint = "use mcast_src_ip, or add unicast_peer { … }";
        }
    }
    if (value_.source.is_none()) value_.track_src_ip = false;
    if (!value_.unicast) value_.check_unicast_src = false;
}

void DecideInstance::authentication() {
    hmac();
    if (value_.auth_type == AuthType::none) {
        value_.auth_pass.clear();
        return;
    }
    const auto drop = [this] {
        value_.auth_type = AuthType::none;
        value_.auth_pass.clear();
    };
    if (value_.auth_hmac) return drop();
    if (value_.strict) {
        say("({}) Strict mode does not support authentication. Ignoring.");
        return drop();
    }
    if (value_.version == 3) {
        say("({}) VRRP version 3 does not support authentication. Ignoring.");
        return drop();
    }
    if (value_.auth_pass.empty()) {
        say("({}) Authentication specified but no password given. Ignoring");
        return drop();
    }
    if (value_.auth_type == AuthType::ah && is_v6()) {
        say("({}) Cannot use AH authentication with IPv6 - ignoring");
        return drop();
    }
    if (value_.auth_type == AuthType::ah && value_.initial_master && !is_owner()) {
        say("({}) Initial state master is incompatible with AH authentication - clearing");
        value_.initial_master = false;
    }
}

void DecideInstance::hmac() {
    if (!value_.auth_hmac) return;
    auto& hmac = *value_.auth_hmac;
    const bool known = std::any_of(hmac.keys.begin(), hmac.keys.end(),
                                   [&](const HmacKey& key) { return key.id == hmac.active_key; });
    if (!known) {
        say("({}) auth_hmac active_key does not name a key - disabling auth_hmac");
        value_.auth_hmac.reset();
        return;
    }
    const auto three_adverts = std::chrono::ceil<Seconds>(3 * value_.advert_interval).count();
    hmac.time_window = Seconds{draft_.hmac_time_window
                                   ? static_cast<std::int64_t>(*draft_.hmac_time_window)
                                   : std::max<std::int64_t>(5, std::min<std::int64_t>(300, three_adverts))};
    if (value_.strict && hmac.mode != HmacMode::enforce) {
        say("({}) auth_hmac mode must be enforce in strict mode - setting");
        hmac.mode = HmacMode::enforce;
    }
}

/// What fits one packet (conf-vrrp.md §2.4).
std::size_t most_addresses(const VrrpInstance& value, std::uint32_t mtu) {
    const bool v6 = value.family == net::Family::ipv6;
    std::uint32_t headers = 14 + (v6 ? 40 : 20) + 8;
    if (value.version == 2 && !v6) headers += 8;
    if (value.auth_type == AuthType::ah) headers += 24;
    if (value.auth_hmac) headers += 28;
    const std::uint32_t room = mtu > headers ? (mtu - headers) / (v6 ? 16 : 4) : 0;
    return std::min<std::size_t>(room, 255);
}

void DecideInstance::addresses() {
    if (value_.no_virtual_ipaddress && value_.strict) {
        say("({}) no_virtual_ipaddress is incompatible with strict mode - clearing");
        value_.no_virtual_ipaddress = false;
    }
    if (value_.vips.empty() && !value_.no_virtual_ipaddress) {
        if (value_.version == 3 || value_.strict) {
            fatal(fmt::format("({}) No VIP specified; at least one is required", value_.name));
        } else {
            warn("({}) No VIP specified; at least one is sensible");
        }
    }
    constexpr std::uint32_t kEthernetMtu = 1500;
    const auto* interface = context_.interface(value_.interface);
    const auto most =
        most_addresses(value_, interface != nullptr && interface->mtu != 0 ? interface->mtu : kEthernetMtu);
    if (value_.vips.size() > most) {
        say("({}) Number of VIPs ({}) exceeds maximum/space available in packet (max {} addresses) - excess "
            "moved to "
            "eVIPs",
            value_.vips.size(), most);
        const auto excess = value_.vips.begin() + static_cast<std::ptrdiff_t>(most);
        value_.evips.insert(value_.evips.begin(), std::make_move_iterator(excess),
                            std::make_move_iterator(value_.vips.end()));
        value_.vips.erase(excess, value_.vips.end());
    }
    if (is_v6() && !value_.unicast && !value_.vips.empty() &&
        !value_.vips[0].prefix.address.is_link_local()) {
        const auto text = fmt::format("({}) the first IPv6 VIP address {} be link local", value_.name,
                                      value_.strict ? "must" : "should");
        if (value_.strict) {
            context_.error(value_.where, text);
        } else {
            context_.sink.log(Class::note, value_.where, text);
        }
    }
}

void DecideInstance::multicast_group() {
    value_.mcast_dst = is_v6() ? global_.mcast_group6 : global_.mcast_group4;
    if (draft_.mcast_dst.is_none()) return;
    if (value_.unicast) {
        say("({}) mcast_dst_ip is ignored with unicast peers");
    } else {
        value_.mcast_dst = draft_.mcast_dst;
    }
}

void DecideInstance::booleans() {
    value_.higher_prio_send_advert = draft_.higher_prio_send_advert.value_or(global_.higher_prio_send_advert);
    value_.lower_prio_no_advert = draft_.lower_prio_no_advert.value_or(global_.lower_prio_no_advert);
    if (!is_owner() && draft_.owner_ignore_adverts == true) {
        say("({}) owner_ignore_adverts is for priority 255 only - ignoring");
    }
    value_.owner_ignore_adverts =
        is_owner() && (value_.strict || draft_.owner_ignore_adverts.value_or(global_.owner_ignore_adverts));
    value_.accept = draft_.accept.value_or(!value_.strict || is_owner());
    if (value_.accept && value_.strict && value_.version == 2 && !is_owner()) {
        say("({}) warning - accept mode for VRRP version 2 does not comply with RFC3768 - resetting");
        value_.accept = false;
    }
    value_.garp.lower_prio_delay =
        draft_.garp_lower_prio_delay ? Seconds{*draft_.garp_lower_prio_delay} : global_.garp.lower_prio_delay;
    value_.garp.lower_prio_repeat = draft_.garp_lower_prio_repeat.value_or(global_.garp.lower_prio_repeat);
}

void DecideInstance::strict_rest() {
    if (!value_.strict) return;
    constexpr std::uint32_t kAdverts = 3;
    if (value_.down_timer_adverts != kAdverts) {
        say("({}) down_timer_adverts is incompatible with strict mode - resetting");
        value_.down_timer_adverts = kAdverts;
    }
    if (draft_.garp_lower_prio_delay.value_or(0) != 0)
        say("({}) Strict mode requires no repeat garp delay. resetting");
    if (draft_.garp_lower_prio_repeat.value_or(0) != 0)
        say("({}) Strict mode requires no repeat garps. resetting");
    if (draft_.lower_prio_no_advert == false)
        say("({}) Strict mode requires no lower priority advert. resetting");
    if (draft_.higher_prio_send_advert == true)
        say("({}) strict mode requires higher_prio_send_advert to be clear. resetting");
    value_.garp.lower_prio_delay = {};
    value_.garp.lower_prio_repeat = 0;
    value_.lower_prio_no_advert = true;
    value_.higher_prio_send_advert = false;
}

void DecideInstance::vmac() {
    auto& vmac = value_.vmac;
    if (vmac.kind == VmacKind::none) {
        if (vmac.xmit_base) say("({}) vmac_xmit_base is only valid with a vmac");
        vmac.xmit_base = false;
        return;
    }
    if (value_.strict && vmac.xmit_base) {
        say("({}) xmit_base is incompatible with strict mode - resetting");
        vmac.xmit_base = false;
    }
    if (value_.strict && vmac.mac.length != 0) {
        say("({}) Strict mode does not support a MAC address for use_vmac - ignoring it");
        vmac.mac = {};
    }
    if (value_.promote_secondaries) {
        say("({}) promote_secondaries is automatically set for vmacs - ignoring");
        value_.promote_secondaries = false;
    }
    constexpr std::uint16_t kEthernet = 1;  // ARPHRD_ETHER
    const auto* interface = context_.interface(value_.interface);
    if (interface != nullptr && interface->type != kEthernet) {
        say("({}) interface {} is not an Ethernet interface - cannot use VMAC/ipvlan", value_.interface);
        value_.config_fault = true;
    }
    if (vmac.kind == VmacKind::ipvlan && !is_v6() && !vmac.ipvlan_address) {
        say("({}) IPv4 ipvlan requires a source ip address to be configured. setting instance to fault "
            "state");
        value_.config_fault = true;
    }
}

void DecideInstance::alerts() {
    if (!value_.smtp_alert) {
        value_.smtp_alert = global_.smtp_alert_vrrp.value_or(global_.smtp_alert.value_or(false));
    }
}

void DecideInstance::extensions() {
    value_.vip_lifetime = draft_.vip_lifetime ? Seconds{*draft_.vip_lifetime} : global_.vip_lifetime;
    value_.pause_guard = draft_.pause_guard.value_or(global_.pause_guard);
    value_.duplicate_owner_check = draft_.duplicate_owner_check.value_or(global_.duplicate_owner_check);
    value_.duplicate_owner_fault = draft_.duplicate_owner_fault.value_or(global_.duplicate_owner_fault);
    constexpr std::ptrdiff_t kManyV6 = 100;  // each renewal of an IPv6 address costs the kernel a walk
    const auto v6 = std::count_if(value_.vips.begin(), value_.vips.end(),
                                  [](const Address& vip) { return vip.prefix.address.is_v6(); });
    if (value_.vip_lifetime.count() == 0 || v6 <= kManyV6) return;
    context_.sink.log(Class::warning, value_.where,
                      fmt::format("({}) vip_lifetime renews {} IPv6 addresses every {} s, which is expensive",
                                  value_.name, v6, value_.vip_lifetime.count() / 3));
}

}  // namespace

void decide_instance(Context& context, InstanceDraft& draft) { DecideInstance(context, draft).run(); }

}  // namespace conf
