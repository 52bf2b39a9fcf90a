#include "report/json/vrrp_json.hpp"

#include <algorithm>

#include "conf/lines/kernel_lines.hpp"
#include "report/json/emitter.hpp"
#include "report/stats/vrrp_stats.hpp"
#include "report/text/instance_lines.hpp"

namespace report {
namespace {

void string_list(JsonEmitter& json, std::string_view key, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    json.key(key).begin_array();
    for (const auto& text : texts) json.string(text);
    json.end_array();
}

void script(JsonEmitter& json, std::string_view key, const conf::OptionalScript& command) {
    if (command) json.key(key).string(conf::quoted(*command));
}

template <typename Object, typename Line>
std::vector<std::string> lines_of(const std::vector<Object>& objects, Line line) {
    std::vector<std::string> lines;
    for (const auto& object : objects) lines.push_back(line(object));
    return lines;
}

std::vector<std::string> script_commands(const conf::Model& model, const conf::VrrpInstance& instance) {
    std::vector<std::string> commands;
    for (const auto& use : instance.tracks.scripts)
        for (const auto& object : model.scripts)
            if (object.name == use.name) commands.push_back(conf::quoted(object.script));
    return commands;
}

class InstanceData {
  public:
    InstanceData(JsonEmitter& json, const conf::Model& model, const Snapshot& snapshot, std::size_t index)
        : json_(json),
          model_(model),
          vrrp_(snapshot.vrrp),
          index_(index),
          instance_(model.instances[index]),
          row_(vrrp_.instances[index]) {}

    void write() {
        json_.begin_object();
        identity();
        gratuitous_arp();
        protocol();
        notifications();
        kernel_objects();
        tracking();
        authentication();
        json_.end_object();
    }

  private:
    void identity() {
        const auto interfaces = interfaces_of(instance_, row_);
        json_.key("iname").string(instance_.name);
        json_.key("dont_track_primary").integer(instance_.dont_track_primary);
        json_.key("skip_check_adv_addr").integer(instance_.skip_check_adv_addr);
        json_.key("strict_mode").integer(instance_.strict);
        json_.key("vmac_ifname").string(interfaces.base.empty() ? "" : interfaces.own);
        // Also of one that does not exist now (run: 2.2.7 with dynamic_interfaces).
        if (!interfaces.own.empty()) json_.key("ifp_ifname").string(interfaces.own);
    }
    void gratuitous_arp() {
        const conf::Garp& garp = instance_.garp;
        json_.key("master_priority").integer(row_.core.master_priority);
        json_.key("last_transition").fixed_seconds(Microseconds{row_.core.last_transition_wallclock_us});
        json_.key("garp_delay").seconds(garp.delay);
        json_.key("garp_refresh").integer(garp.refresh.count());
        json_.key("garp_rep").counter(garp.repeat);
        json_.key("garp_refresh_rep").counter(garp.refresh_repeat);
        json_.key("garp_lower_prio_delay").integer(garp.lower_prio_delay.count());
        json_.key("garp_lower_prio_rep").counter(garp.lower_prio_repeat);
        json_.key("lower_prio_no_advert").integer(instance_.lower_prio_no_advert);
        json_.key("higher_prio_send_advert").integer(instance_.higher_prio_send_advert);
    }
    void protocol() {
        json_.key("vrid").integer(instance_.vrid);
        json_.key("base_priority").integer(instance_.priority);
        json_.key("effective_priority").integer(row_.core.effective_priority);
        json_.key("vipset").boolean(row_.core.holds_objects);
        json_.key("promote_secondaries").boolean(instance_.promote_secondaries);
        json_.key("adver_int").seconds(instance_.advert_interval);
        json_.key("master_adver_int").seconds(row_.core.master_advert_interval);
        json_.key("accept").integer(instance_.accept);
        json_.key("nopreempt").boolean(instance_.nopreempt);
        json_.key("preempt_delay")
            .integer(std::chrono::duration_cast<Seconds>(instance_.preempt_delay).count());
        json_.key("state").integer(static_cast<int>(row_.core.state));
        json_.key("wantstate").integer(static_cast<int>(row_.core.wanted));
        json_.key("version").integer(instance_.version);
    }
    void notifications() {
        const conf::NotifyScripts& notify = instance_.notify;
        json_.key("smtp_alert").boolean(instance_.smtp_alert.value_or(false));
        json_.key("notify_deleted").boolean(notify.notify_deleted);
        script(json_, "script_backup", notify.backup);
        script(json_, "script_master", notify.master);
        script(json_, "script_fault", notify.fault);
        script(json_, "script_stop", notify.stop);
        script(json_, "script_deleted", notify.deleted);
        script(json_, "script", notify.generic);
        script(json_, "script_master_rx_lower_pri", notify.master_rx_lower_pri);
    }
    void kernel_objects() {
        const auto addresses = instance_address_lines(model_, vrrp_, index_);
        const auto route = [this](const conf::Route& one) { return shown_route(one, vrrp_); };
        string_list(json_, "vips", addresses.vips);
        string_list(json_, "evips", addresses.evips);
        string_list(json_, "vroutes", lines_of(instance_.routes, route));
        string_list(json_, "vrules", lines_of(instance_.rules, conf::rule_line));
    }
    void tracking() {
        const auto name = [](const conf::TrackRef& use) { return use.name; };
        string_list(json_, "track_ifp", lines_of(instance_.tracks.interfaces, name));
        string_list(json_, "track_script", script_commands(model_, instance_));
        string_list(json_, "track_process", lines_of(instance_.tracks.processes, name));
    }
    void authentication() {
        json_.key("auth_type").integer(static_cast<int>(instance_.auth_type));
        if (instance_.auth_type != conf::AuthType::none) json_.key("auth_data").string("********");
    }

    JsonEmitter& json_;
    const conf::Model& model_;
    const VrrpSnapshot& vrrp_;
    std::size_t index_;
    const conf::VrrpInstance& instance_;
    const vrrp::rows::Instance& row_;
};

void instance_stats(JsonEmitter& json, const vrrp::rows::Instance& row) {
    const auto shown = shown_counters(row);
    json.begin_object();
    json.key("advert_rcvd").counter(shown.advert_rcvd);
    json.key("advert_sent").counter(shown.advert_sent);
    json.key("become_master").counter(shown.become_master);
    json.key("release_master").counter(shown.release_master);
    json.key("packet_len_err").counter(shown.packet_len_err);
    json.key("advert_interval_err").counter(shown.advert_interval_err);
    json.key("ip_ttl_err").counter(shown.ip_ttl_err);
    json.key("invalid_type_rcvd").counter(shown.invalid_type_rcvd);
    json.key("addr_list_err").counter(shown.addr_list_err);
    json.key("invalid_authtype").counter(shown.invalid_authtype);
    json.key("authtype_mismatch").counter(shown.authtype_mismatch);
    json.key("auth_failure").counter(shown.auth_failure);
    json.key("auth_ext_missing").counter(shown.auth_ext_missing);
    json.key("auth_ext_malformed").counter(shown.auth_ext_malformed);
    json.key("auth_ext_unknown_key").counter(shown.auth_ext_unknown_key);
    json.key("auth_ext_invalid_hmac").counter(shown.auth_ext_invalid_hmac);
    json.key("auth_ext_stale").counter(shown.auth_ext_stale);
    json.key("auth_ext_replay").counter(shown.auth_ext_replay);
    json.key("pri_zero_rcvd").counter(shown.pri_zero_rcvd);
    json.key("pri_zero_sent").counter(shown.pri_zero_sent);
    json.end_object();
}

void instances(JsonEmitter& json, const conf::Model& model, const Snapshot& snapshot) {
    json.begin_array();
    for (std::size_t i = 0; i < model.instances.size(); ++i) {
        json.begin_object().key("data");
        InstanceData(json, model, snapshot, i).write();
        json.key("stats");
        instance_stats(json, snapshot.vrrp.instances[i]);
        json.end_object();
    }
    json.end_array();
}

std::string_view match_word(conf::ParamMatch match) {
    switch (match) {
        case conf::ParamMatch::none:
            break;
        case conf::ParamMatch::exact:
            return "exact";
        case conf::ParamMatch::initial:
            return "initial";
        case conf::ParamMatch::partial:
            return "partial";
    }
    return "none";
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

void track_process(JsonEmitter& json, const conf::TrackProcess& object,
                   const vrrp::rows::TrackedProcess& row) {
    json.begin_object();
    json.key("process").string(object.name);
    if (!object.parameters.empty()) json.key("parameters").string(joined(object.parameters));
    json.key("param_match").string(match_word(object.param_match));
    json.key("min_processes").counter(object.quorum);
    if (object.quorum_max) json.key("max_processes").counter(*object.quorum_max);
    json.key("current_processes").counter(row.current);
    json.key("have_quorum").boolean(row.have_quorum != 0);
    json.key("weight").integer(object.reverse ? -std::int64_t{object.weight} : object.weight);
    json.key("terminate_delay").seconds(object.terminate_delay);
    json.key("fork_delay").seconds(object.fork_delay);
    json.key("fork_delay_timer_running").boolean(row.fork_due != kNever);
    json.key("terminate_delay_timer_running").boolean(row.terminate_due != kNever);
    json.key("full_command").boolean(object.full_command);
    json.end_object();
}

}  // namespace

std::string vrrp_json(const conf::Model& model, const Snapshot& snapshot) {
    if (model.instances.empty()) return "";
    JsonEmitter json;
    if (model.global.json_version != 2) {
        instances(json, model, snapshot);
        return json.take() + "\n";
    }
    json.begin_object().key("vrrp");
    instances(json, model, snapshot);
    if (!model.track_processes.empty()) {
        json.key("track_process").begin_array();
        for (std::size_t i = 0; i < model.track_processes.size(); ++i)
            track_process(json, model.track_processes[i], snapshot.vrrp.processes[i]);
        json.end_array();
    }
    json.end_object();
    return json.take() + "\n";
}

}  // namespace report
