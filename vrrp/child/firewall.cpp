#include "vrrp/child/firewall.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>

#include "lib/log/log.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/time/clock.hpp"
#include "vrrp/child/vmac_names.hpp"

// libnftables' interface (libnftables(3)), declared here because the library is loaded only when it is needed.
struct nft_ctx;

namespace vrrp {

struct Firewall::Library {
    using New = nft_ctx*(std::uint32_t flags);
    using Free = void(nft_ctx*);
    using Buffer = int(nft_ctx*);
    using Run = int(nft_ctx*, const char*);
    using Text = const char*(nft_ctx*);

    void* handle = nullptr;
    nft_ctx* context = nullptr;
    Free* free = nullptr;
    Run* run = nullptr;
    Text* error_text = nullptr;

    bool load() {
        handle = ::dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL);
        if (handle == nullptr) return false;
        const auto make = reinterpret_cast<New*>(::dlsym(handle, "nft_ctx_new"));
        const auto buffer_output = reinterpret_cast<Buffer*>(::dlsym(handle, "nft_ctx_buffer_output"));
        const auto buffer_error = reinterpret_cast<Buffer*>(::dlsym(handle, "nft_ctx_buffer_error"));
        free = reinterpret_cast<Free*>(::dlsym(handle, "nft_ctx_free"));
        run = reinterpret_cast<Run*>(::dlsym(handle, "nft_run_cmd_from_buffer"));
        error_text = reinterpret_cast<Text*>(::dlsym(handle, "nft_ctx_get_error_buffer"));
        if (make == nullptr || free == nullptr || run == nullptr || error_text == nullptr) return false;
        if (buffer_output == nullptr || buffer_error == nullptr) return false;
        context = make(0);
        if (context == nullptr) return false;
        buffer_output(context);
        buffer_error(context);
        return true;
    }
    ~Library() {
        if (context != nullptr) free(context);
        if (handle != nullptr) ::dlclose(handle);
    }
};

namespace {

const char* table_family(net::Family family) { return family == net::Family::ipv6 ? "ip6" : "ip"; }

/// Without it the library ends the process that uses it (libnftables 1.0.6: exit() in mnl.c).
bool kernel_has_netfilter() {
    return static_cast<bool>(UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)));
}

bool has_macvlan(const conf::VrrpInstance& instance) { return instance.vmac.kind == conf::VmacKind::macvlan; }

bool has_address(const conf::VrrpInstance& instance, net::Family family) {
    const auto of_family = [family](const conf::Address& address) {
        return address.prefix.address.family == family;
    };
    return std::any_of(instance.vips.begin(), instance.vips.end(), of_family) ||
           std::any_of(instance.evips.begin(), instance.evips.end(), of_family);
}

}  // namespace

Firewall::Firewall(const KernelView& kernel) : kernel_(kernel) {}
Firewall::~Firewall() = default;

bool Firewall::run(const std::string& commands) {
    if (unusable_) return false;
    if (!library_) {
        library_ = std::make_unique<Library>();
        const char* missing = nullptr;
        if (!kernel_has_netfilter()) {
            missing = "nfnetlink, which the kernel does not have";
        } else if (!library_->load()) {
            missing = "libnftables, which cannot be loaded";
        }
        if (missing != nullptr) {
            unusable_ = true;
            logging::info("no_accept and the rules of VMACs need {}: not applied", missing);
            return false;
        }
    }
    constexpr Milliseconds kSlow{5};
    const Instant before = monotonic_now();
    const bool done = library_->run(library_->context, commands.c_str()) == 0;
    if (monotonic_now() - before > kSlow) ++slow_calls_;
    return done;
}

/// The library's explanation of several lines, without the quotation.
std::string Firewall::last_error() const {
    const std::string text = library_->error_text(library_->context);
    return text.substr(0, text.find('\n'));
}

bool Firewall::needs_no_accept(net::Family family) const {
    const auto& instances = kernel_.model->instances;
    return std::any_of(instances.begin(), instances.end(), [family](const conf::VrrpInstance& instance) {
        return !instance.accept && instance.priority != 255 && has_address(instance, family);
    });
}

/// The VMACs whose group reports of one family must not leave, and what they are on: those of instances (of the other
/// family, too, when it is in use there: IPv6 is on then), and those of single addresses.
std::vector<std::pair<std::string, std::string>> Firewall::vmacs(net::Family family) const {
    std::vector<std::pair<std::string, std::string>> found;
    const auto add = [&](const std::string& name, const std::string& base) {
        const bool known =
            std::any_of(found.begin(), found.end(), [&](const auto& one) { return one.first == name; });
        if (!known && kernel_.interfaces.index_of(name) != 0) found.emplace_back(name, base);
    };
    const conf::Model& model = *kernel_.model;
    for (std::uint32_t i = 0; i < kernel_.static_owner(); ++i) {
        const auto& instance = model.instances[i];
        if (has_macvlan(instance) && (instance.family == family || has_address(instance, family)))
            add(kernel_.interfaces.name_of(kernel_.placements[i].vmac), instance.interface);
        for (const auto* list : {&instance.vips, &instance.evips}) {
            for (const auto& address : *list) {
                if (address.prefix.address.family != family) continue;
                if (const std::string base = address_vmac_base(instance, address); !base.empty())
                    add(address_vmac_name(model, instance, address), base);
            }
        }
    }
    return found;
}

/// Link-local addresses of parents, which a VMAC must not answer for.
std::string Firewall::parent_elements() const {
    std::string elements;
    for (const auto& [name, base] : vmacs(net::Family::ipv6)) {
        const Interface* below = kernel_.interfaces.find(base);
        if (below == nullptr) continue;
        for (const auto& local : below->addresses) {
            const net::IpAddress& address = local.prefix.address;
            if (!address.is_v6() || !address.is_link_local()) continue;
            elements += fmt::format("{}{} . \"{}\"", elements.empty() ? "" : ", ", address.to_string(), name);
        }
    }
    return elements;
}

std::string Firewall::table_text(net::Family family) const {
    const auto& global = kernel_.model->global;
    std::string vmacs, names;
    for (const auto& [name, base] : this->vmacs(family)) {
        vmacs += fmt::format("{}\"{}\" : \"{}\"", vmacs.empty() ? "" : ", ", name, base);
        names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", name);
    }
    const bool guarded = needs_no_accept(family);
    if (vmacs.empty() && !guarded) return {};
    const bool is_v6 = family == net::Family::ipv6;
    const std::string counter = global.nftables_counters ? "counter " : "";
    const std::string drop = counter + "drop";
    const std::string hook =
        fmt::format("type filter hook {{}} priority {}; policy accept;", global.nftables_priority);
    std::string sets, out, in, more;
    if (!vmacs.empty()) {
        sets +=
            fmt::format("map vmac_map {{ type iface_index : iface_index; elements = {{ {} }} }}\n", vmacs);
        if (is_v6) {
            sets += fmt::format("set vmac_set {{ type iface_index; elements = {{ {} }} }}\n", names);
            const std::string parents = parent_elements();
            sets += "set parent_link_local { type ipv6_addr . ifname; " +
                    (parents.empty() ? std::string() : "elements = { " + parents + " } ") + "}\n";
            sets +=
                "set mld-report { type icmpv6_type; flags constant; elements = { mld-listener-report, "
                "mld2-listener-report } }\n";
            out +=
                "icmpv6 type nd-neighbor-advert meta oifkind \"macvlan\" ip6 saddr . oifname "
                "@parent_link_local " +
                drop + "\n";
            out +=
                "icmpv6 type @mld-report meta oifkind \"macvlan\" dup to ip6 daddr device oif map "
                "@vmac_map " +
                drop + "\n";
            out += "icmpv6 type nd-router-solicit meta oifkind \"macvlan\" oif @vmac_set " + drop + "\n";
        } else {
            out += "ip protocol igmp meta oifkind \"macvlan\" dup to ip daddr device oif map @vmac_map " +
                   drop + "\n";
        }
    }
    if (guarded && !is_v6) {
        sets += "set vips { type ipv4_addr; }\n";
        out += "ip saddr @vips " + drop + "\n";
        in += "ip daddr @vips " + drop + "\n";
    }
    if (guarded && is_v6) {
        sets += "set vips { type ipv6_addr; }\nset vips_link_local { type ipv6_addr . iface_index; }\n";
        sets +=
            "set neighbor-discovery { type icmpv6_type; flags constant; elements = { nd-neighbor-solicit, "
            "nd-neighbor-advert } }\n";
        more += "chain in_link_local { ip6 daddr . iif @vips_link_local " + drop + "; }\n";
        more += "chain out_link_local { ip6 saddr . oif @vips_link_local " + drop + "; }\n";
        out += "icmpv6 type @neighbor-discovery " + counter + "accept\n";
        out += "ip6 saddr fe80::/10 " + counter + "goto out_link_local\nip6 saddr @vips " + drop + "\n";
        in += "icmpv6 type @neighbor-discovery " + counter + "accept\n";
        in += "ip6 daddr fe80::/10 " + counter + "goto in_link_local\nip6 daddr @vips " + drop + "\n";
    }
    std::string text =
        fmt::format("table {} {} {{\n{}{}", table_family(family), global.nftables_table, sets, more);
    text += "chain out { " + fmt::format(fmt::runtime(hook), "output") + "\n" + out + "}\n";
    if (guarded) text += "chain in { " + fmt::format(fmt::runtime(hook), "input") + "\n" + in + "}\n";
    return text + "}\n";
}

void Firewall::configure() {
    if (kernel_.model->global.vrrp_iptables && !built_) {
        logging::info("vrrp_iptables is set: this build guards addresses with nftables instead");
    }
    const std::string v4 = table_text(net::Family::ipv4), v6 = table_text(net::Family::ipv6);
    // The kernel keeps numbers of interfaces: one that was made anew has another.
    std::string identity = v4 + v6;
    for (const auto family : {net::Family::ipv4, net::Family::ipv6}) {
        for (const auto& [name, base] : vmacs(family))
            identity +=
                fmt::format("{} {} ", kernel_.interfaces.index_of(name), kernel_.interfaces.index_of(base));
    }
    if (v4.empty() && v6.empty()) {
        if (built_) remove_all();
        return;
    }
    if (built_ && identity_ == identity) return;  // instances keep their entries
    remove_all();
    built_ = true;
    identity_ = std::move(identity);
    for (const std::string* text : {&v4, &v6}) {
        if (text->empty() || run(*text)) continue;
        if (unusable_) return;
        logging::info("nftables refuses the table {}: {}", kernel_.model->global.nftables_table,
                      last_error());
    }
}

void Firewall::guard(std::uint32_t instance, bool hold) {
    if (!built_ || instance >= kernel_.static_owner()) return;
    const auto& configured = kernel_.model->instances[instance];
    if (configured.accept || configured.priority == 255) return;
    if (hold && guarded_.contains(instance)) return;
    if (!hold && !guarded_.contains(instance)) {  // what a predecessor left went with its table
        if (kernel_.placements[instance].vmac == 0)
            logging::detail("({}) removing firewall drop rule", configured.name);
        return;
    }
    if (hold) {
        guarded_.insert(instance);
    } else {
        guarded_.erase(instance);
    }
    logging::detail("({}) {} firewall drop rule", configured.name, hold ? "setting" : "removing");
    std::map<std::string, std::string> elements;  // by "ip TABLE SET"
    const Objects objects = kernel_.objects(instance);
    for (std::size_t number = 0; number < objects.addresses(); ++number) {
        const objects::AddressKey key = kernel_.key(instance, number);
        const net::IpAddress& address = key.prefix.address;
        const bool scoped = address.is_v6() && address.is_link_local();
        auto& list =
            elements[fmt::format("{} {} {}", table_family(address.family),
                                 kernel_.model->global.nftables_table, scoped ? "vips_link_local" : "vips")];
        if (!list.empty()) list += ", ";
        list += address.to_string();
        if (scoped) list += " . \"" + kernel_.interfaces.name_of(key.ifindex) + "\"";
    }
    for (const auto& [set, list] : elements) {
        if (run(fmt::format("{} element {} {{ {} }}", hold ? "add" : "delete", set, list)) || unusable_)
            continue;
        logging::info("({}) nftables refuses the entries of {}: {}", configured.name, set, last_error());
    }
}

void Firewall::remove_all() {
    for (const net::Family family : {net::Family::ipv4, net::Family::ipv6}) {
        const std::string name =
            fmt::format("{} {}", table_family(family), kernel_.model->global.nftables_table);
        // "add" first: deleting a table that is not there is an error.
        (void)run("add table " + name + "\ndelete table " + name);
    }
    built_ = false;
    guarded_.clear();
}

}  // namespace vrrp
