// From files to a generation and back from its bytes: decisions.md §3.
#include <fcntl.h>
#include <unistd.h>
#include <catch2/catch.hpp>
#include <iterator>

#include "conf/fact_text.hpp"
#include "conf/facts.hpp"
#include "conf/format.hpp"
#include "conf/reader.hpp"
#include "conf/sealed.hpp"
#include "files.hpp"

namespace {

conf::Generation read_file(const ConfigFiles& files, std::string_view text) {
    files.write("keepalived.conf", text);
    conf::ReadOptions options;
    options.pattern = files.path("keepalived.conf");
    options.config_test = true;
    return conf::read(options);
}

std::string encoded(const conf::Generation& generation, bool redact) {
    std::string bytes;
    conf::encode_sealed(generation, redact, [&](std::string_view piece) { bytes += piece; });
    return bytes;
}

constexpr std::string_view kConfiguration = R"(
global_defs {
    router_id test
    script_user root
}
vrrp_instance VI_1 {
    interface lo
    virtual_router_id 51
    priority 100
    authentication {
        auth_type PASS
        auth_pass geheim
    }
    virtual_ipaddress {
        ~SEQ(A, 1, 3) 10.0.0.${A}/24
    }
    notify /bin/true root
}
)";

}  // namespace

TEST_CASE("a child which replays a generation comes to the supervisor's model") {
    const ConfigFiles files;
    auto generation = read_file(files, kConfiguration);
    generation.number = 7;
    const auto fd = conf::seal(generation, false);
    REQUIRE(fd.has_value());
    const auto replayed = conf::open_sealed(fd->get());
    REQUIRE(replayed.has_value());
    CHECK(replayed->number == 7);
    CHECK(replayed->model_hash == generation.model_hash);
    CHECK((replayed->model == generation.model));
    REQUIRE(replayed->model.instances.size() == 1);
    CHECK(replayed->model.instances[0].vips.size() == 3);
    CHECK(replayed->model.instances[0].auth_pass == "geheim");
}

TEST_CASE("a child without virtual servers passes them over and comes to the supervisor's hash") {
    const ConfigFiles files;
    const std::string servers =
        "SSL {\n ca /etc/hosts\n}\nvirtual_server_group G {\n 10.0.0.1 80\n}\n"
        "virtual_server group G {\n lvs_sched rr\n lvs_method NAT\n protocol TCP\n"
        " real_server 10.0.0.9 80 {\n  MISC_CHECK {\n   misc_path \"/bin/true } {\"\n  }\n }\n}\n";
    const auto generation = read_file(files, servers + std::string(kConfiguration));
    const auto fd = conf::seal(generation, false);
    REQUIRE(fd.has_value());
    const auto whole = conf::open_sealed(fd->get());
    const auto part = conf::open_sealed(fd->get(), conf::Wanted::all_but_lvs);
    REQUIRE(whole.has_value());
    REQUIRE(part.has_value());
    CHECK(whole->model.lvs.virtual_servers.size() == 1);
    CHECK((part->model.lvs == conf::Lvs{}));
    CHECK(part->model.wants_checker);
    CHECK(part->model_hash == generation.model_hash);
    auto model = part->model;
    model.lvs = whole->model.lvs;
    CHECK((model == whole->model));
}

TEST_CASE("a sealed generation cannot be changed") {
    const ConfigFiles files;
    const auto fd = conf::seal(read_file(files, kConfiguration), false);
    REQUIRE(fd.has_value());
    CHECK(::write(fd->get(), "x", 1) == -1);
    CHECK(::ftruncate(fd->get(), 0) == -1);
    CHECK((::fcntl(fd->get(), F_GET_SEALS) & F_SEAL_WRITE) != 0);
}

TEST_CASE("an observer gets no secrets") {
    const ConfigFiles files;
    const std::string secret =
        "~LST(P, geheim) vrrp_instance V { interface lo\n virtual_router_id 1\n"
        "authentication { auth_pass ${P} }\nauth_hmac { key 1 hex:cafe }\n}\n"
        "SSL { password \"zwei worte\"\n key /etc/key }\n";
    auto generation = read_file(files, "$X=geheim\n" + std::string(kConfiguration) + secret);
    const std::string bytes = encoded(generation, true);
    for (const char* word : {"geheim", "cafe", "worte"}) CHECK(bytes.find(word) == std::string::npos);
    CHECK(bytes.find("/etc/key") != std::string::npos);
    const auto fd = conf::seal(generation, true);
    const auto replayed = conf::open_sealed(fd->get());
    REQUIRE(replayed.has_value());
    CHECK(replayed->model_hash == generation.model_hash);
    CHECK(expanded_text(*replayed).find("auth_pass ********") != std::string::npos);
}

TEST_CASE("damaged bytes are refused, not believed") {
    const ConfigFiles files;
    const std::string bytes = encoded(read_file(files, kConfiguration), false);
    for (std::size_t size = 0; size < bytes.size(); size += 7) {
        CHECK_FALSE(conf::decode_sealed(std::string_view(bytes).substr(0, size)).has_value());
    }
    for (std::size_t at = 0; at + 8 < bytes.size(); at += 5) {
        std::string damaged = bytes;
        for (std::size_t offset = 0; offset < 8; ++offset) damaged[at + offset] = static_cast<char>(0xff);
        (void)conf::decode_sealed(damaged);
    }
}

TEST_CASE("the hash of a model follows its meaning, not its place") {
    const ConfigFiles files;
    const auto once = read_file(files, kConfiguration);
    const auto moved = read_file(files, "\n# comment\n" + std::string(kConfiguration));
    std::string other(kConfiguration);
    other.replace(other.find("priority 100"), 12, "priority 101");
    CHECK(once.model_hash == moved.model_hash);
    CHECK((once.model == moved.model));
    CHECK(once.model_hash != read_file(files, other).model_hash);
}

TEST_CASE("problems carry the line as written") {
    const ConfigFiles files;
    const auto generation = read_file(files, "a {\n}\n  prioritee 5 # comment\n");
    const auto& list = generation.diagnostics.list;
    const auto found =
        std::find_if(list.begin(), list.end(), [](const auto& d) { return d.where.line == 3; });
    REQUIRE(found != list.end());
    CHECK(found->source_line == "  prioritee 5 # comment");
    CHECK(found->where.column == 3);
}

TEST_CASE("the expanded configuration can be printed and read again") {
    const ConfigFiles files;
    const auto generation = read_file(files, kConfiguration);
    const std::string text = expanded_text(generation);
    CHECK(text.find("    virtual_ipaddress {\n        10.0.0.1/24\n        10.0.0.2/24\n") !=
          std::string::npos);
    CHECK((read_file(files, text).model == generation.model));
}

TEST_CASE("printing and reading again gives the same model for every file of the corpus") {
    const auto folder = corpus_files();
    if (folder.empty()) return;
    const ConfigFiles files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        INFO(entry.path().filename().string());
        conf::ReadOptions options;
        options.pattern = entry.path().string();
        options.config_test = true;
        const auto generation = conf::read(options);
        CHECK((read_file(files, expanded_text(generation)).model == generation.model));
    }
}

TEST_CASE("formatting keeps the model of every file of the corpus") {
    const auto folder = corpus_files();
    if (folder.empty()) return;
    const ConfigFiles files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        INFO(entry.path().filename().string());
        std::ifstream stream(entry.path(), std::ios::binary);
        const std::string text(std::istreambuf_iterator<char>(stream), {});
        const auto written = read_file(files, text);
        const auto formatted = read_file(files, conf::format_configuration(text));
        CHECK((formatted.model == written.model));
        CHECK(formatted.diagnostics.exit_status() == written.diagnostics.exit_status());
    }
}

TEST_CASE("what may not change at a reload has its line") {
    conf::Model running, next;
    CHECK(conf::unchangeable_difference(running, next).empty());
    next.host.instance = "b";
    CHECK(conf::unchangeable_difference(running, next) ==
          "Cannot change instance name at a reload - please restart keepalived");
    next = running;
    next.host.net_namespace = "b";
    CHECK(conf::unchangeable_difference(running, next) ==
          "Cannot change network namespace at a reload - please restart keepalived");
    next = running;
    next.global.disable_local_igmp = true;
    CHECK(conf::unchangeable_difference(running, next) ==
          "Cannot change disable_local_igmp at a reload - please restart keepalived");
    for (bool conf::Global::*used : {&conf::Global::nftables, &conf::Global::nftables_ipvs}) {
        next = running;
        next.global.*used = true;
        const bool ipvs = used == &conf::Global::nftables_ipvs;
        const std::string line = std::string("Cannot change ") + (ipvs ? "IPVS " : "") +
                                 "nftables table name at a reload - please restart keepalived";
        CHECK(conf::unchangeable_difference(running, next) == line);
        CHECK(conf::unchangeable_difference(next, running) == line);
    }
}

TEST_CASE("a namespace that cannot be entered is said once, and nothing of interfaces") {
    const ConfigFiles files;
    const auto generation = read_file(files,
                                      "net_namespace no-such-namespace\nxyzzy\nvrrp_instance V {\n"
                                      "interface not-there\nvirtual_router_id 1\n}\n");
    CHECK(generation.diagnostics.namespace_unreachable);
    CHECK(generation.diagnostics.exit_status() == 0);
    for (const auto& problem : generation.diagnostics.list)
        CHECK(problem.text.find("not-there") == std::string::npos);
    CHECK(generation.diagnostics.list.back().text == "Unable to enter network namespace no-such-namespace");
}

TEST_CASE("secrets are found by keyword and block") {
    CHECK(conf::redacted_text("a\n{\nauth_pass x y\npassword \"p\"\nauth_hmac\n{\nkey 1 s\n}\nkey 1 "
                              "s\nsend b\nsent c\n}\n}\n") ==
          "a\n{\nauth_pass ********\npassword ********\nauth_hmac\n{\nkey 1 ********\n}\nkey 1 s\nsend "
          "********\nsent c\n}\n}\n");
    CHECK(conf::redacted_text("").empty());
}

namespace {

constexpr std::string_view kClean = R"(
global_defs {
    router_id test
}
virtual_server 10.0.0.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 10.0.1.1 80 {
        TCP_CHECK {
        }
    }
}
)";

class Host final : public conf::LiveFacts {
  public:
    explicit Host(std::string name) : name_(std::move(name)) {}

  protected:
    std::string look_up(const std::string& question) const override {
        return conf::FactFields(question).text(0) == "host_name" ? conf::fact_text({name_, name_})
                                                                 : conf::LiveFacts::look_up(question);
    }

  private:
    std::string name_;
};

conf::Generation read_again(const ConfigFiles& files, std::string_view text, const conf::Generation& running,
                            const std::string& host = "here") {
    files.write("keepalived.conf", text);
    conf::ReadOptions options;
    options.pattern = files.path("keepalived.conf");
    options.is_reload = true;
    options.running = &running;
    return conf::read(options, Host(host));
}

}  // namespace

TEST_CASE("a reload is the same as what runs when text and host are and there is nothing to say") {
    const ConfigFiles files;
    const conf::Generation empty;
    const auto running = read_again(files, kClean, empty);
    REQUIRE(running.diagnostics.list.empty());
    REQUIRE_FALSE(running.same_as_running);
    REQUIRE(running.model.lvs.virtual_servers.size() == 1);

    const auto again = read_again(files, kClean, running);
    CHECK(again.same_as_running);
    CHECK(again.model_hash == running.model_hash);
    CHECK(read_again(files, "# a comment on the last line\n" + std::string(kClean), again).model_hash ==
          running.model_hash);

    auto other = std::string(kClean);
    other.replace(other.find("10.0.1.1"), 8, "10.0.1.2");
    const auto changed = read_again(files, other, again);
    CHECK_FALSE(changed.same_as_running);
    CHECK(changed.model_hash != running.model_hash);

    CHECK(conf::expanded_text(changed) == conf::expanded_text(read_again(files, other, empty)));
    for (const std::string_view longer : {"", "track_file f {\n file /f\n}\n"}) {
        const std::string next = longer.empty() ? other.substr(0, other.find("virtual_server")) : other;
        const auto cut = read_again(files, next + std::string(longer), changed);
        CHECK_FALSE(cut.same_as_running);
        CHECK(conf::expanded_text(cut) ==
              conf::expanded_text(read_again(files, next + std::string(longer), empty)));
    }

    const auto moved = read_again(files, kClean, again, "elsewhere");
    CHECK_FALSE(moved.same_as_running);
    CHECK(moved.model.lvs.virtual_servers.size() == 1);

    const auto strange = read_again(files, std::string(kClean) + "xyzzy\n", again);
    CHECK_FALSE(strange.same_as_running);
    CHECK_FALSE(read_again(files, std::string(kClean) + "xyzzy\n", strange).same_as_running);
}

TEST_CASE(
    "virtual servers alone ask for no interfaces, so that one which comes or goes means no reading again") {
    const ConfigFiles files;
    const auto asks = [&](const std::string& text) {
        const auto facts = read_again(files, text, {}).sealed->facts;
        return facts.contains(conf::interfaces_question(""));
    };
    CHECK_FALSE(asks(std::string(kClean)));
    std::string with_sorry(kClean);
    with_sorry.insert(with_sorry.rfind('}'), " sorry_server 10.9.9.9 80\n");
    CHECK_FALSE(asks(with_sorry));
    with_sorry.insert(with_sorry.rfind('}'), " lvs_method DR\n");
    CHECK(asks(with_sorry));
}
