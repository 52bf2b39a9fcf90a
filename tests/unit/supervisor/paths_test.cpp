// Names of pid files and dump files, and how a dump file comes into being.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "keepalived/dump_file.hpp"
#include "keepalived/dump_paths.hpp"
#include "keepalived/pid_paths.hpp"
#include "keepalived/version.hpp"
#include "tests/unit/process/temporary_directory.hpp"

using control::Dump;
using keepalived::Role;

TEST_CASE("pid files are where the reference has them") {
    struct Case {
        std::string net_namespace, instance;
        bool use_pid_dir;
        std::string parent, checker;
    };
    const Case cases[] = {
        {"", "", false, "/run/keepalived.pid", "/run/checkers.pid"},
        {"nsA", "", false, "/run/keepalived/keepalived.pid", "/run/keepalived/checkers.pid"},
        {"", "inst1", false, "/run/keepalived/keepalived_inst1.pid", "/run/keepalived/checkers_inst1.pid"},
        {"nsA", "inst1", false, "/run/keepalived/keepalived_inst1.pid", "/run/keepalived/checkers_inst1.pid"},
        {"", "", true, "/run/keepalived/keepalived.pid", "/run/keepalived/checkers.pid"},
    };
    for (const Case& c : cases) {
        keepalived::PidRules rules{c.net_namespace, c.instance, c.use_pid_dir, {}};
        CHECK(keepalived::pid_path(rules, Role::supervisor) == c.parent);
        CHECK(keepalived::pid_path(rules, Role::checker) == c.checker);
        rules.given[keepalived::index_of(Role::checker)] = "/x/y";
        CHECK(keepalived::pid_path(rules, Role::checker) == "/x/y");
    }
}

TEST_CASE("dump files get their names from the kind, the process and global_defs") {
    struct Case {
        std::string state_file;
        bool use_instance;
        std::string net_namespace, instance;
        Dump kind;
        Role role;
        std::string path;
    };
    const Case cases[] = {
        {"", false, "", "", Dump::data, Role::vrrp, "/tmp/keepalived.data"},
        {"", false, "", "", Dump::data, Role::supervisor, "/tmp/keepalived_parent.data"},
        {"", false, "", "", Dump::data, Role::checker, "/tmp/keepalived_check.data"},
        {"", false, "", "", Dump::data, Role::bfd, "/tmp/keepalived_bfd.data"},
        {"", true, "nsA", "inst1", Dump::data, Role::vrrp, "/tmp/keepalived.nsA_inst1.data"},
        {"", true, "nsA", "inst1", Dump::data, Role::supervisor, "/tmp/keepalived_parent.nsA_inst1.data"},
        {"", true, "nsA", "", Dump::data, Role::vrrp, "/tmp/keepalived.nsA.data"},
        {"", true, "", "inst1", Dump::data, Role::vrrp, "/tmp/keepalived.inst1.data"},
        {"", false, "nsA", "inst1", Dump::data, Role::vrrp, "/tmp/keepalived.data"},
        {"", true, "nsA", "inst1", Dump::stats, Role::vrrp, "/tmp/keepalived.stats"},
        {"", true, "nsA", "inst1", Dump::json, Role::vrrp, "/tmp/keepalived.json"},
        {"/x/mystate.txt", false, "", "", Dump::data, Role::vrrp, "/x/mystate.txt"},
        {"/x/mystate.txt", false, "", "", Dump::data, Role::supervisor, "/x/mystate_parent.txt"},
        {"/d/st.txt", true, "", "inst1", Dump::data, Role::supervisor, "/d/st_parent.inst1.txt"},
        {"/x/", false, "", "", Dump::data, Role::vrrp, "/x/keepalived.data"},
        {"mine", false, "", "", Dump::data, Role::bfd, "/tmp/mine_bfd"},
    };
    for (const Case& c : cases) {
        const keepalived::DumpRules rules{"/tmp",         c.state_file,    "",        "",
                                          c.use_instance, c.net_namespace, c.instance};
        CHECK(keepalived::dump_path(rules, c.kind, c.role) == c.path);
    }
}

TEST_CASE("*.json is 0600 always, the others follow the umask") {
    CHECK(keepalived::dump_mode(Dump::json, 022) == 0600);
    CHECK(keepalived::dump_mode(Dump::data, 022) == 0644);
    CHECK(keepalived::dump_mode(Dump::stats, 0177) == 0600);
}

namespace {

std::string content(const std::string& path) {
    std::ifstream file{path};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("a dump file appears whole, and replaces a link without touching its target") {
    const TemporaryDirectory directory;
    std::ofstream{directory / "victim"} << "precious";
    std::filesystem::create_symlink(directory / "victim", directory / "k.data");
    {
        auto file = keepalived::DumpFile::create(directory / "k.data", 0644);
        REQUIRE(file.has_value());
        REQUIRE(::write(file->fd(), "dump", 4) == 4);
        CHECK(content(directory / "k.data") == "precious");
        CHECK(file->temporary().size() == (directory / "k.data").size() + 6);
        REQUIRE(file->publish().has_value());
    }
    CHECK(content(directory / "k.data") == "dump");
    CHECK(content(directory / "victim") == "precious");
    CHECK_FALSE(std::filesystem::is_symlink(directory / "k.data"));
    struct stat info {};
    ::stat((directory / "k.data").c_str(), &info);
    CHECK((info.st_mode & 07777) == 0644);
}

TEST_CASE("a dump that fails leaves no temporary file behind") {
    const TemporaryDirectory directory;
    std::filesystem::create_directory(directory / "k.data");
    std::string temporary;
    {
        auto file = keepalived::DumpFile::create(directory / "k.data", 0600);
        temporary = file->temporary();
        const auto published = file->publish();
        REQUIRE_FALSE(published.has_value());
        CHECK(published.error().code == EISDIR);
    }
    CHECK_FALSE(std::filesystem::exists(temporary));
    CHECK_FALSE(keepalived::DumpFile::create(directory / "missing/k.data", 0600).has_value());
}

TEST_CASE("the version begins with the words that tools look for") {
    const std::string text = keepalived::version_text("/nonexistent");
    CHECK(text.starts_with("Keepalived v2.4.3 ("));
    CHECK(text.find("Config options:  ") != std::string::npos);
    CHECK(text.find("JSON") == std::string::npos);  // not built, not claimed
}

TEST_CASE("a long command line is wrapped and continued under its first word") {
    const std::vector<std::string> words{"/opt/a/rather/long/path/of/a/program/usr/sbin/keepalived", "-n",
                                         "-l", "-f", "/etc/other/keepalived/k.conf"};
    CHECK(keepalived::command_line_text(words) ==
          std::vector<std::string>{
              "Command line: '/opt/a/rather/long/path/of/a/program/usr/sbin/keepalived' '-n' '-l' '-f'",
              "              '/etc/other/keepalived/k.conf'"});
}
