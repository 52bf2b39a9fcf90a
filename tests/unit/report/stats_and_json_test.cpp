#include <catch2/catch.hpp>

#include "report/json/emitter.hpp"
#include "report/json/vrrp_json.hpp"
#include "report/stats/vrrp_stats.hpp"
#include "tests/unit/report/sample_lab.hpp"

using namespace report;

TEST_CASE("the statistics of one instance are those of the reference, byte for byte") {
    SampleLab lab;
    lab.model.instances.resize(1);
    lab.snapshot.vrrp.instances[0].core.counters.advert_sent = 6;
    CHECK(vrrp_stats(lab.model, lab.snapshot.vrrp) == golden("vrrp.stats"));
}

TEST_CASE("without instances the statistics file is empty and there is no JSON") {
    const conf::Model model;
    const Snapshot snapshot = empty_snapshot(model);
    CHECK(vrrp_stats(model, snapshot.vrrp).empty());
    CHECK(vrrp_json(model, snapshot).empty());
}

TEST_CASE("statistics show what has happened since they were last cleared") {
    SampleLab lab;
    auto& row = lab.snapshot.vrrp.instances[0];
    row.baseline = row.core.counters;
    row.core.counters.advert_sent += 1;
    CHECK(shown_counters(row).advert_sent == 1);
    CHECK(shown_counters(row).become_master == 0);
}

TEST_CASE("keepalived.json of version 1 is the reference's, byte for byte") {
    SampleLab lab;
    lab.model.instances.resize(1);
    CHECK(vrrp_json(lab.model, lab.snapshot) == golden("v1.json"));
}

TEST_CASE("keepalived.json of version 2 wraps the same array and adds the tracked processes") {
    SampleLab lab;
    lab.model.global.json_version = 2;
    lab.model.track_processes[0].quorum_max = 5;
    lab.model.track_processes[0].reverse = true;
    lab.model.track_processes[0].terminate_delay = Milliseconds{500};
    const std::string json = vrrp_json(lab.model, lab.snapshot);
    CHECK(json.substr(0, 25) == R"({"vrrp":[{"data":{"iname")");
    const std::string processes =
        R"(],"track_process":[{"process":"tp1","param_match":"none","min_processes":1,"max_processes":5,)"
        R"("current_processes":0,"have_quorum":false,"weight":-7,"terminate_delay":0.5,"fork_delay":0,)"
        R"("fork_delay_timer_running":false,"terminate_delay_timer_running":false,"full_command":false}]})"
        "\n";
    CHECK(json.substr(json.size() - processes.size()) == processes);
}

TEST_CASE("an instance on a VMAC names it, its trackers, and the script's command") {
    SampleLab lab;
    const std::string json = vrrp_json(lab.model, lab.snapshot);
    CHECK(json.find(R"("iname":"VI_4","dont_track_primary":0,"skip_check_adv_addr":0,"strict_mode":0,)"
                    R"("vmac_ifname":"vrrp.61","ifp_ifname":"vrrp.61")") != std::string::npos);
    CHECK(json.find(R"("vips":["10.2.0.9\/24 dev vrrp.61@v1 scope global set"])") != std::string::npos);
    CHECK(json.find(
              R"("track_ifp":["v0"],"track_script":["'\/usr\/bin\/true' 'arg'"],"track_process":["tp1"])") !=
          std::string::npos);
}

TEST_CASE("JSON strings escape quotes, slashes and control characters") {
    JsonEmitter json;
    json.begin_array().string("a\"b\\c/d\ne\x01").end_array();
    CHECK(json.take() == R"(["a\"b\\c\/d\ne\u0001"])");
}

TEST_CASE("JSON seconds have no fraction when there is none") {
    struct Case {
        Microseconds time;
        const char* text;
    };
    for (const Case& c :
         {Case{Seconds{5}, "5"}, {Milliseconds{500}, "0.5"}, {Milliseconds{10}, "0.01"}, {Seconds{0}, "0"}}) {
        JsonEmitter json;
        json.seconds(c.time);
        CHECK(json.take() == c.text);
    }
}
