// The full BFD sample of state-files.md §5.
#include <catch2/catch.hpp>

#include "report/dump/dump.hpp"
#include "report/text/values.hpp"
#include "tests/unit/report/sample_lab.hpp"

using namespace report;

namespace {

conf::Model sample_sessions() {
    conf::BfdInstance first, second;
    first.name = "bfd1";
    first.neighbor = ip("10.1.0.2");
    first.source = ip("10.1.0.1");
    first.min_rx = first.min_tx = Milliseconds{100};
    first.multiplier = 3;
    second.name = "bfd6";
    second.neighbor = ip("2001:db8:1::2");
    second.ttl = 64;
    second.max_hops = 3;
    second.passive = true;
    conf::Model model;
    model.bfd = {first, second};
    return model;
}

Snapshot sample_sessions_snapshot(const conf::Model& model) {
    Snapshot snapshot = empty_snapshot(model);
    snapshot.bfd.process.fd_in = 11;
    snapshot.bfd.process.multihop_fd_in = 13;
    auto& sessions = snapshot.bfd.sessions;
    sessions[0].fd_out = 9;
    sessions[0].out_due = {1};
    sessions[0].local_discriminator = 0x8a9c97ff;
    sessions[1].fd_out = 10;
    sessions[1].local_discriminator = 0x5c1aa63f;
    for (auto& session : sessions) session.local_tx_us = 1'000'000;
    return snapshot;
}

/// The reference prints pointers to its timers; ours says only that there is one.
std::string without_pointers(std::string text) {
    for (const char* pointer : {"0x0x552aba3e10", "0x0x552aba4280"}) {
        const auto at = text.find(pointer);
        if (at != std::string::npos) text.replace(at, std::string(pointer).size(), "0x0x1");
    }
    return text;
}

}  // namespace

TEST_CASE("the BFD process's file is the reference's, byte for byte but for pointers") {
    const conf::Model model = sample_sessions();
    Lines global;
    dump_global_definitions(model, Writer::bfd, global);
    CHECK(bfd_data(model, sample_sessions_snapshot(model)) ==
          global.take() + without_pointers(golden("bfd.data")));
}

TEST_CASE("a session that was heard says when, and numbers out of range are no words") {
    const SampleLab utc;
    const conf::Model model = sample_sessions();
    Snapshot snapshot = sample_sessions_snapshot(model);
    snapshot.bfd.sessions[0].local_state = 3;
    snapshot.bfd.sessions[0].local_diagnostic = 200;
    snapshot.bfd.sessions[0].last_seen_wallclock_us = at(1795197798, 910119);
    const std::string data = bfd_data(model, snapshot);
    CHECK(data.find("   local state = Up\n") != std::string::npos);
    CHECK(data.find("   local diag = unknown\n") != std::string::npos);
    CHECK(data.find("   last seen = 1795197798.910119 (Fri Nov 20 18:03:18.910119 2026)\n") !=
          std::string::npos);
}

TEST_CASE("without sessions the BFD process's file ends after its data") {
    const conf::Model model;
    const std::string data = bfd_data(model, empty_snapshot(model));
    CHECK(data.ends_with("\n------< BFD Data >------\n thread_in = 0x(nil)\n"));
}
