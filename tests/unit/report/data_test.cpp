#include <catch2/catch.hpp>

#include "report/dump/sections.hpp"
#include "tests/unit/report/sample_lab.hpp"

using namespace report;

namespace {

std::string section(const SampleLab& lab, void (*dump)(const VrrpDump&), Scope scope = Scope::running) {
    Lines lines;
    dump({lab.model, lab.snapshot, scope, lines});
    return lines.take();
}

std::string without(std::string text, const std::string& part) {
    const auto at = text.find(part);
    return at == std::string::npos ? "not there: " + part : text.erase(at, part.size());
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
    const auto at = text.find(part);
    return at == std::string::npos ? "not there: " + part : text.replace(at, part.size(), by);
}

}  // namespace

TEST_CASE("every section of the full VRRP sample is the reference's, byte for byte") {
    const SampleLab lab;
    const std::string all = golden("vrrp.data");
    CHECK(section(lab, dump_static_objects) ==
          between(all, "------< Static Addresses >------", "------< VRRP Topology"));
    CHECK(section(lab, dump_topology) ==
          between(all, "------< VRRP Topology >------", "------< VRRP Sockpool"));
    CHECK(section(lab, dump_sockpool) ==
          between(all, "------< VRRP Sockpool >------", "------< VRRP Sync groups"));
    CHECK(section(lab, dump_sync_groups) ==
          between(all, "------< VRRP Sync groups >------", "------< VRRP Scripts"));
    CHECK(section(lab, dump_scripts) ==
          between(all, "------< VRRP Scripts >------", "------< VRRP Track files"));
    CHECK(section(lab, dump_track_files) ==
          between(all, "------< VRRP Track files >------", "------< VRRP Track proc"));
    CHECK(section(lab, dump_track_processes) ==
          between(all, "------< VRRP Track processes >------", "------< Interfaces"));
}

TEST_CASE("the interfaces of the full VRRP sample are the reference's, byte for byte") {
    const SampleLab lab;
    // The sample leaves out the interfaces which no instance names.
    const std::string v1 = between(section(lab, dump_interfaces), " Name = v1", " Name = vrrp.61");
    CHECK(without(section(lab, dump_interfaces), v1) ==
          between(golden("vrrp.data"), "------< Interfaces >------", ""));
}

TEST_CASE("the whole file is its sections in their order") {
    const SampleLab lab;
    const std::string data = vrrp_data(lab.model, lab.snapshot, Scope::running);
    std::size_t last = 0;
    for (const char* title : {"Global definitions", "Static Addresses", "Static Routes", "Static Rules",
                              "VRRP Topology", "VRRP Sockpool", "VRRP Sync groups", "VRRP Scripts",
                              "VRRP Track files", "VRRP Track processes", "Interfaces"}) {
        INFO(title);
        const auto found = data.find(std::string("------< ") + title + " >------\n");
        REQUIRE(found != std::string::npos);
        CHECK(found >= last);
        last = found;
    }
}

TEST_CASE("with an empty configuration only global definitions and interfaces remain") {
    SampleLab lab;
    lab.model = {};
    lab.snapshot = empty_snapshot(lab.model);
    Lines global;
    dump_global_definitions(lab.model, Writer::vrrp, global);
    CHECK(vrrp_data(lab.model, lab.snapshot, Scope::running) ==
          global.take() + "------< Interfaces >------\n");
    Lines parent;
    dump_global_definitions(lab.model, Writer::parent, parent);
    CHECK(parent_data(lab.model) == parent.take());
}

TEST_CASE("the configuration dump of option -d leaves out what runs") {
    const SampleLab lab;
    const std::string data = vrrp_data(lab.model, lab.snapshot, Scope::configuration);
    for (const char* running :
         {"   State = MASTER", "   Wantstate", "   Last transition", "   Read timeout",
          "   Master down timer", "   Effective priority", "   Total priority", "   Number of"}) {
        INFO(running);
        CHECK(data.find(running) == std::string::npos);
    }
    CHECK(data.find("   Priority = 150\n") != std::string::npos);
}

namespace {

void name_and_mail(conf::Global& global) {
    global.config_save_dir = "/var/lib/ka/";
    global.vrrp_process.name = "keepalived_vrrp";
    global.checker_process.name = "keepalived_lvs";
    global.bfd_process.name = "keepalived_bfd";
    global.router_id = "R1";
    global.smtp_server = ip("192.0.2.25");
    global.smtp_port = 2525;
    global.smtp_helo_name = "lb1.example.com";
    global.smtp_connect_timeout = Seconds{7};
    global.email_from = "ka@example.com";
    global.notification_email = {"admin@example.com", "Ops Team <ops@example.com>"};
    global.smtp_alert_vrrp = false;
    global.no_email_faults = true;
    global.reload_time_file = "/etc/keepalived/reload_at";
    global.reload_repeat = true;
    global.reload_file = "/run/keepalived/keepalived_I1.reload";
    global.data_use_instance = true;
    global.startup_script = command({"/etc/keepalived/n.sh", "start"});
    global.shutdown_script = command({"/etc/keepalived/n.sh", "stop"});
    global.startup_script_timeout = Seconds{5};
}

conf::Fifo fifo(const char* path, const char* argument) {
    conf::Fifo made;
    made.path = path;
    if (*argument != '\0') made.script = command({"/etc/keepalived/n.sh", argument});
    return made;
}

conf::Model nearly_everything_set() {
    conf::Model model;
    conf::Global& global = model.global;
    model.host.instance = "I1";
    name_and_mail(global);
    global.dynamic_interfaces = global.allow_if_changes = true;
    global.lvs_timeout_tcp = 7200;
    global.lvs_timeout_tcpfin = 120;
    global.lvs_timeout_udp = 300;
    global.lvs_flush_on_stop = conf::Global::FlushOnStop::vs;
    global.notify_fifo = fifo("/run/ka_fifo_a", "fifo");
    global.vrrp_notify_fifo = fifo("/run/ka_fifo_v", "fifov");
    global.lvs_notify_fifo = fifo("/run/ka_fifo_l", "");
    global.garp_extra_if = 10;
    global.garp_interval = Milliseconds{10};
    global.gna_interval = Milliseconds{20};
    global.nftables = global.nftables_ipvs = true;
    global.max_auto_priority = 20;
    global.vrrp_process.cpu_affinity = {0, 1};
    global.snmp_socket = "unix:/run/agentx.sock";
    global.script_security = true;
    global.rx_policy = conf::Global::RxPolicy::advert;
    global.startup_delay = Milliseconds{500};
    global.log_unknown_vrids = global.owner_ignore_adverts = true;
    global.vmac_prefix = "vm";
    global.vmac_addr_prefix = "va";
    global.json_version = 2;
    global.state_dump_file = "/var/lib/ka/dump.txt";
    return model;
}

std::string global_section(const conf::Model& model, Writer writer) {
    Lines lines;
    dump_global_definitions(model, writer, lines);
    return lines.take();
}

}  // namespace

TEST_CASE("the global definitions are the reference's, byte for byte") {
    // The reference leaves out CPU 0; we list all.
    const std::string expected =
        replaced(golden("global_vrrp.data"), "CPU Affinity =  1 \n", "CPU Affinity = 0 1 \n");
    CHECK(global_section(nearly_everything_set(), Writer::vrrp) == expected);
}

TEST_CASE("the global definitions differ in a few lines from process to process") {
    const conf::Model model = nearly_everything_set();
    const std::string parent = global_section(model, Writer::parent);
    CHECK(parent.find(" Use instance name in data dumps\n"
                      " Startup script = '/etc/keepalived/n.sh' 'start', uid:gid 0:0, timeout 5\n"
                      " Shutdown script = '/etc/keepalived/n.sh' 'stop', uid:gid 0:0 timeout 10\n"
                      " Dynamic interfaces = true\n") != std::string::npos);
    CHECK(parent.find("Default interface") == std::string::npos);
    CHECK(parent.find(" Global notify fifo script = '/etc/keepalived/n.sh' 'fifo', uid:gid 0:0\n") !=
          std::string::npos);
    CHECK(global_section(model, Writer::checker).find("Startup script") == std::string::npos);
}
