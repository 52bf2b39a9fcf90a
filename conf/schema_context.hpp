// The state of one parse: what the setters of the tables write to and report to.
#pragma once

#include <boost/container/deque.hpp>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "conf/diagnostic.hpp"
#include "conf/facts.hpp"
#include "conf/lex.hpp"
#include "conf/model.hpp"
#include "conf/object_name.hpp"
#include "conf/schema.hpp"
#include "conf/schema_args.hpp"
#include "conf/schema_lvs.hpp"
#include "conf/schema_table.hpp"

namespace conf {

/// Drafts lie in large blocks, which go back to the system as a whole when the model is done. Between what stays they
/// would leave a hole of more than a kilobyte for each instance, for as long as the process lives.
template <typename Draft>
using Drafts = boost::container::deque<
    Draft, void, typename boost::container::deque_options<boost::container::block_bytes<65536U>>::type>;

/// What an instance says before global_defs, family and strict mode have been applied (check_vrrp.cpp).
struct InstanceDraft {
    VrrpInstance value;
    std::optional<bool> wants_master;
    std::optional<std::uint8_t> priority, version;
    std::optional<std::uint64_t> advert_us;
    OptionalBool strict, accept, higher_prio_send_advert, lower_prio_no_advert, owner_ignore_adverts;
    OptionalBool notify_priority_changes;
    std::optional<std::uint32_t> garp_lower_prio_delay, garp_lower_prio_repeat, hmac_time_window;
    net::IpAddress mcast_dst;
    net::Family family = net::Family::none;  ///< fixed by the first item that has one
    bool unicast_ttl_given = false, vmac_last_octet_is_vrid = false;
    bool wanted_nopreempt = false;  ///< before corrections, for the notes
    std::set<std::string, std::less<>> lint_ignored;
    std::vector<Span> vip_places, evip_places;
    std::unordered_set<std::string> address_keys;  ///< duplicates: "address" of VIPs, "address dev" of all
    std::string refused_interface;                 ///< named, but no interface to run on
    // Extensions
    std::optional<std::uint32_t> vip_lifetime;
    OptionalBool pause_guard, duplicate_owner_check, duplicate_owner_fault;
    std::vector<std::pair<std::string, Span>> peers;
};

struct GroupDraft {
    SyncGroup value;
    bool group_seen = false;
    std::vector<std::pair<std::string, Span>> members;
};

struct ScriptDraft {
    VrrpScript value;
    std::optional<ScriptRequest> request;
    std::optional<std::string> user, group;
    Span user_where;
};

struct TrackFileDraft {
    static constexpr std::string_view kWords = "track file";  ///< what some messages call it
    TrackFile value;
    bool weight_seen = false;
};

struct ProcessDraft {
    static constexpr std::string_view kWords = "track process";
    TrackProcess value;
    bool weight_seen = false;
};

struct BfdDraft {
    BfdInstance value;
    bool refused = false;  ///< no session of ours; its name is known all the same
    bool vrrp = false, checker = false;
    std::optional<std::uint8_t> ttl;
    int max_hops = 0;  ///< as written
};

struct LaggDraft {
    LaggInstance value;
    bool refused = false;
    std::vector<Span> port_places;  ///< beside value.ports
    std::optional<std::string> primary;
    std::optional<std::uint32_t> miimon, peer_notif_delay;
    std::optional<ArpValidate> arp_validate;
    Span arp_place;
    struct Notify {
        OptionalScript LaggInstance::*into;
        ScriptRequest request;
        std::string_view keyword;
    };
    std::vector<Notify> scripts;  ///< looked up when global_defs is read
};

struct TrackGroupDraft {
    TrackGroup value;
    bool group_seen = false;
    std::vector<std::pair<std::string, Span>> members;
};

/// By name: index into the vector or deque, and where it was defined.
using NameIndex = std::unordered_map<std::string, std::pair<std::size_t, Span>>;

struct Context {
    Model& model;
    DiagnosticSink& sink;
    const HostFacts& facts;
    const ParseContext& parse;

    Span opening, closing;                            ///< of the block that is being closed
    std::set<std::string, std::less<>> lint_ignored;  ///< notes silenced by global_defs
    ObjectName object;                                ///< name of the enclosing object, for "(VI_1) …"
    std::string net_namespace;                        ///< where interfaces are looked up
    bool missing_interface = false;  ///< a configured interface does not exist: fatal after reading
    ScriptsSeen vrrp_scripts, check_scripts, global_scripts_seen;
    std::optional<std::uint32_t> garp_lower_prio_delay, garp_lower_prio_repeat;  ///< of global_defs
    struct GlobalScript {
        ScriptRequest request;
        std::string_view keyword;
    };
    std::vector<GlobalScript> global_scripts;  ///< looked up when all of global_defs is read
    std::optional<Microseconds> snmp_rs_interval;
    std::vector<std::uint32_t> script_user_groups;
    bool script_user_failed = false;  ///< script_user names nobody
    bool default_user_reported = false;
    std::uint32_t next_priority4 = 16384, next_priority6 = 16384;  ///< of rules without one

    Drafts<InstanceDraft> instances;
    std::deque<GroupDraft> groups;
    std::deque<ScriptDraft> scripts;
    std::deque<TrackFileDraft> files;
    std::deque<ProcessDraft> processes;
    std::deque<TrackGroupDraft> track_groups;
    std::deque<BfdDraft> bfds;
    std::deque<LaggDraft> laggs;
    std::set<std::string, std::less<>> dual_stack;  ///< instances with that keyword
    Drafts<VirtualDraft> virtual_servers;
    Diagnostics of_servers;  ///< what deciding them said, to follow what reading said (check_lvs.cpp)
    bool in_smtp_host = false;
    bool reference_strays = false;  ///< an unknown block or a missing "{": the reference reads on elsewhere
    bool leaves_block = false;  ///< the reference takes the "}" of this list for that of the block around it
    /// What the last real server and its checker had: the next ones mostly have the same.
    struct {
        Common<RealSettings> settings;
        Common<CheckTiming> timing;
        Common<ConnectionSettings> connection;
    } before;
    VirtualDraft* current_virtual = nullptr;  ///< whose real_server is being read
    std::deque<VirtualServerGroup> server_groups;
    std::unordered_map<std::string, std::uint32_t> group_uses;  ///< virtual servers of each server group
    std::unordered_map<std::string, std::string> vmac_names;    ///< interface name → instance
    std::unordered_map<std::string, Span> garp_interfaces;
    std::vector<std::string> garp_names;  ///< of the `interfaces` list being read
    bool garp_interval_given = false;     ///< in the garp_group being read, even 0
    NameIndex instance_index, group_index, script_index, file_index, process_index, track_group_index,
        bfd_index, lagg_index, server_group_index;

    Diagnostic& report(Class severity, Span where, std::string text) {
        return sink.report(severity, where, std::move(text));
    }
    Diagnostic& error(Span where, std::string text) {
        return sink.report(Class::general_error, where, std::move(text));
    }
    /// What a block as a whole lacks: said at its "}", with its beginning beside it.
    Diagnostic& at_end(std::string text) {
        auto& problem = sink.report(Class::general_error, closing, std::move(text));
        problem.related.emplace_back(opening, "the block begins here");
        return problem;
    }
    /// True when word `index` is there; else the reference's end of reading ("*** Configuration line …").
    bool need(const Args& args, std::size_t index = 0);
    const Interface* interface(std::string_view name) const { return facts.interface(net_namespace, name); }
    /// A bfd_instance of that name tells this process (kVrrp, kChecker).
    bool bfd_usable(std::string_view name, std::uint8_t process) const;
    /// A lagg_instance makes this interface.
    bool makes_lagg(std::string_view name) const { return lagg_index.contains(std::string(name)); }
    /// Hints for a name that nothing has. Bounded for a whole configuration: a hundred thousand misspelt names among as
    /// many others shall not cost an hour.
    std::string did_you_mean(std::string_view word, const NameIndex& names);
    std::string similar_interface(std::string_view word);
    std::size_t comparisons_left = 100'000;
    /// False for an interface which does not exist and must: remembered as fatal.
    bool interface_usable(std::string_view name);
};

/// $v value, $k keyword, $n the enclosing object's name.
std::string fill_in(std::string_view pattern, std::string_view keyword, std::string_view value,
                    std::string_view object);

}  // namespace conf
