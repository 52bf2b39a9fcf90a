// The checker child without its table, for measuring checks where the kernel has no IPVS: the fleet with its probes,
// schedule, quorum and rows, on the loop it has in the daemon; at the end of a turn everything is done but the writes to
// the kernel.
//
//     bench_checks SERVICES SERVERS_EACH DELAY_MS PORT     TCP_CHECKs of 127.1.0.2, 127.1.0.3, …; until it is killed
#include <cstdio>
#include <cstdlib>

#include "check/board_layout.hpp"
#include "check/child/fleet.hpp"
#include "check/child/shell.hpp"
#include "lib/net/event_loop.hpp"
#include "lib/process/limits.hpp"
#include "lib/time/clock.hpp"

namespace {

conf::Model model_of(std::uint32_t services, std::uint32_t each, Microseconds delay, std::uint16_t port) {
    constexpr std::uint32_t kFirstServer = 0x7f010002, kFirstService = 0x0a140000;
    conf::Model model;
    for (std::uint32_t n = 0; n < services; ++n) {
        conf::VirtualServer service;
        service.endpoint = {net::IpAddress::v4(kFirstService + n), 80};
        service.family = net::Family::ipv4;
        service.protocol = conf::Protocol::tcp;
        for (std::uint32_t s = 0; s < each; ++s) {
            conf::RealServer server;
            server.endpoint = {net::IpAddress::v4(kFirstServer + n * each + s), port};
            conf::Checker checker;
            checker.timing.own().delay_loop = checker.timing.own().warmup = delay;
            checker.connection.destination = server.endpoint;
            server.checkers.push_back(checker);
            service.real_servers.push_back(std::move(server));
        }
        model.lvs.virtual_servers.push_back(std::move(service));
    }
    return model;
}

}  // namespace

int main(int count, char** words) {
    if (count != 5) {
        std::fprintf(stderr, "usage: bench_checks SERVICES SERVERS_EACH DELAY_MS PORT\n");
        return 1;
    }
    const auto number = [&](int at) {
        return static_cast<std::uint32_t>(std::strtoul(words[at], nullptr, 10));
    };
    const conf::Model model = model_of(number(1), number(2), std::chrono::milliseconds(number(3)),
                                       static_cast<std::uint16_t>(number(4)));
    limits::raise_open_files(std::uint64_t{number(1)} * number(2) + 64);

    const auto memory = board::create("bench", check::board_tables(model));
    if (!memory) return 1;
    const auto rows = board::Board::map(memory->get(), board::Access::write);
    if (!rows) return 1;
    net::EventLoop loop;
    process::ScriptRunner scripts(loop.context(), process::Baseline::capture());
    const auto nothing = [](std::string_view) {};
    check::Fleet fleet(model, {loop.context(), scripts}, check::fleet_tables(*rows),
                       {nothing, nothing, [](const check::Notice&) {}}, 1);
    fleet.start(monotonic_now());
    loop.at_turn_end([&] {
        fleet.run_due(monotonic_now());
        (void)fleet.take_dirty();
        fleet.publish();
        fleet.carry_out_effects();
        loop.wake_at(fleet.next_deadline());
        return net::EventLoop::Turn::may_have_posted;
    });
    loop.run();
}
