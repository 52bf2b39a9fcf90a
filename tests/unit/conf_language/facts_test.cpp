// Facts of the host: conf-global.md §6, §7.2; decisions.md §3.
#include "conf/facts.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "conf/iproute_names.hpp"
#include "conf/script_lookup.hpp"
#include "files.hpp"

TEST_CASE("what was asked once is replayed, what was not asked has no answer") {
    const conf::LiveFacts live;
    const auto root = live.user("root");
    REQUIRE(root);
    CHECK(root->uid == 0);
    CHECK_FALSE(live.user("nobody-by-this-name"));
    CHECK(live.group("root") == 0);
    REQUIRE(live.interfaces("") != nullptr);
    REQUIRE(live.interface("", "lo") != nullptr);
    CHECK(live.interface("", "lo")->is_loopback());
    CHECK(live.interface("", "no-such-if") == nullptr);
    CHECK(live.interfaces("no-such-namespace") == nullptr);

    const conf::RecordedFacts recorded(live.recorded());
    CHECK(recorded.user("root")->uid == 0);
    CHECK_FALSE(recorded.user("nobody-by-this-name"));
    CHECK(*recorded.interfaces("") == *live.interfaces(""));
    CHECK(recorded.interfaces("no-such-namespace") == nullptr);
    CHECK_FALSE(recorded.user("daemon"));
}

TEST_CASE("interfaces survive being written down") {
    conf::Interface vlan;
    vlan.name = "eth0.5";
    vlan.index = 9;
    vlan.mtu = 1500;
    vlan.type = 1;
    vlan.flags = 0x1043;
    vlan.kind = "vlan";
    vlan.link = 2;
    vlan.address = *net::LinkAddress::parse("02:00:00:00:00:01");
    vlan.addresses = {{*net::IpAddress::parse("10.0.0.1"), 24}, {*net::IpAddress::parse("fe80::1"), 64}};
    conf::Interface plain;
    plain.name = "x";
    plain.index = 10;
    const conf::RecordedFacts facts(
        conf::FactTable{{conf::interfaces_question(""), conf::encode_interfaces({vlan, plain})}});
    REQUIRE(facts.interfaces("")->size() == 2);
    CHECK(*facts.interface("", "eth0.5") == vlan);
    CHECK(*facts.interface("", "x") == plain);
}

TEST_CASE("paths are cleaned without being looked up") {
    struct Case {
        const char *path, *cleaned;
    };
    const Case cases[] = {
        {"/a//b/./c/../d", "/a/b/d"}, {"/../a", "/a"}, {"/", "/"}, {"a/../../b", "../b"}, {"./a", "a"}};
    for (const auto& c : cases) CHECK(conf::cleaned_path(c.path) == c.cleaned);
}

TEST_CASE("a script is found, resolved and judged") {
    const ConfigFiles files;
    files.write("script", "#!/bin/sh\n");
    ::chmod(files.path("script").c_str(), 0755);
    REQUIRE(::symlink(files.path("script").c_str(), files.path("link").c_str()) == 0);
    files.write("plain", "x");

    using State = conf::ScriptFact::State;
    conf::ScriptQuestion question;
    question.command = files.path(".//link");
    auto fact = conf::look_up_script(question);
    CHECK(fact.state == State::executable);
    CHECK(fact.cleaned == files.path("link"));
    CHECK(fact.path == files.path("script"));
    question.use_symlink_paths = true;
    CHECK(conf::look_up_script(question).path == files.path("link"));
    question.command = files.path("plain");
    CHECK(conf::look_up_script(question).state == State::not_executable);
    question.command = files.path("missing");
    fact = conf::look_up_script(question);
    CHECK(fact.state == State::inaccessible);
    CHECK(fact.error == ENOENT);
    question.command = "no-such-command-anywhere";
    CHECK(conf::look_up_script(question).state == State::not_in_path);
    question.command = "sh";
    CHECK(conf::look_up_script(question).state == State::executable);
}

TEST_CASE("a script which others may write is insecure for root, and the part at fault is named") {
    if (::geteuid() != 0) return;
    const ConfigFiles files;
    files.write("open/script", "#!/bin/sh\n");
    ::chmod(files.path("open/script").c_str(), 0755);
    conf::ScriptQuestion question;
    question.command = files.path("open/script");
    CHECK_FALSE(conf::look_up_script(question).insecure);
    ::chmod(files.path("open").c_str(), 0777);
    CHECK(conf::look_up_script(question).insecure_path == files.path("open"));
    ::chmod(files.path("open").c_str(), 01777);
    CHECK_FALSE(conf::look_up_script(question).insecure);
    ::chmod(files.path("open/script").c_str(), 0757);
    CHECK(conf::look_up_script(question).insecure_path == files.path("open/script"));
    question.uid = question.gid = 12345;
    CHECK_FALSE(conf::look_up_script(question).insecure);
}

TEST_CASE("names of iproute2's files are found as the reference finds them") {
    const ConfigFiles files;
    files.write("usr/rt_tables", "100 hundred # comment\n0x65 hex\nbad line here\n# 5 five\n010 octal\n");
    files.write("usr/rt_tables.d/a.conf", "200 from_usr\n201 hidden\n");
    files.write("usr/rt_tables.d/b.conf", "202 usr_b\n");
    files.write("usr/rt_tables.d/.c.conf", "203 dot\n");
    files.write("etc/rt_tables.d/a.conf", "300 from_etc\n");
    files.write("etc/rt_protos", "300 too_large\n7 seven\n");
    const auto table = [&](const std::string& name) {
        return conf::iproute_number(conf::NameTable::table, name, files.path("usr"), files.path("etc"));
    };
    CHECK(table("hundred") == 100);
    CHECK(table("hex") == 101);
    CHECK(table("octal") == 8);
    CHECK(table("usr_b") == 202);
    CHECK(table("from_etc") == 300);
    CHECK(table("main") == 254);
    for (const char* none : {"from_usr", "hidden", "dot", "five", "line", "nothing"})
        CHECK_FALSE(table(none));
    const auto protocol = [&](const std::string& name) {
        return conf::iproute_number(conf::NameTable::protocol, name, files.path("usr"), files.path("etc"));
    };
    CHECK(protocol("seven") == 7);
    CHECK(protocol("babel") == 42);
    CHECK_FALSE(protocol("too_large"));
}
