// keepalived_vrrp: the VRRP child. Started by keepalived with the control channel on descriptor 3 (decisions.md §1).
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <vector>

#include "conf/auto_priority.hpp"
#include "conf/reader.hpp"
#include "lib/log/log.hpp"
#include "lib/process/exit_code.hpp"
#include "lib/process/shell_child.hpp"
#include "vrrp/child/shell.hpp"

namespace {

/// An instance without which nothing is right (no VRID, an interface that is not there) ends a start (conf-vrrp.md
/// §1.2); a reload has been refused before it comes here. A missing parameter does not.
bool cannot_be_run(const conf::Diagnostics& diagnostics) {
    return std::ranges::any_of(diagnostics.list, [](const conf::Diagnostic& problem) {
        const bool of_an_object =
            problem.severity == conf::Class::general_error || problem.severity == conf::Class::fatal;
        return problem.refuses_reload && of_an_object && !problem.ends_reader;
    });
}

class VrrpChild final : public child::ShellChild<vrrp::Shell, vrrp::Prepared> {
  public:
    using ShellChild::ShellChild;

  private:
    /// The supervisor's further descriptors: notify_fifo, vrrp_notify_fifo, and the socket opened in net_namespace_ipvs.
    Result<> read(child::Prepare& next, vrrp::Prepared& prepared) override {
        auto generation = conf::open_sealed(next.generation_fd.get(), conf::Wanted::all_but_lvs);
        if (!generation) return generation.error();
        if (!shell().running() && next.adopt == control::Adopt::none &&
            cannot_be_run(generation->diagnostics)) {
            frame().finish(exit_code::kConfig);
            return Error{EINVAL, "run the configuration", {}, {}};
        }
        prepared.generation = std::move(*generation);
        conf::Model& model = prepared.generation.model;
        // Parsing has scattered them among drafts that are gone, a few to a page; a copy lies close together.
        model.instances = std::vector(model.instances);
        prepared.core = vrrp::core_config(model, frame().options().detail != 0);
        child::FurtherDescriptors more(next);
        prepared.fifos.notify = more.take(model.global.notify_fifo.has_value(), prepared.descriptors);
        prepared.fifos.vrrp_notify =
            more.take(model.global.vrrp_notify_fifo.has_value(), prepared.descriptors);
        prepared.ipvs_socket = more.take(model.host.net_namespace_ipvs.has_value());
        return {};
    }

    process::AutoPriority::Limits priority_of(const vrrp::Prepared& generation) const override {
        const conf::Global& global = generation.generation.model.global;
        return conf::auto_priority_limits(global, global.vrrp_process);
    }

    void warm_up() override { shell().rehearse(); }

    void signal(int number) override {
        if (number == SIGUSR1) {
            logging::info("Printing VRRP data for process({}) on signal", ::getpid());
            shell().publish_all();
            (void)frame().request_dump(control::Dump::data);
        } else if (number == SIGUSR2) {
            logging::info("Printing VRRP stats for process({}) on signal", ::getpid());
            shell().publish_all();
            (void)frame().request_dump(control::Dump::stats);
        } else if (number == signals::json()) {
            shell().publish_all();  // 2.4.3 says nothing here
            (void)frame().request_dump(control::Dump::json);
        } else if (number == signals::stats_clear()) {
            logging::info("Printing and clearing VRRP stats for process({}) on signal", ::getpid());
            shell().publish_all();
            (void)frame().request_dump(control::Dump::stats_clear);
            shell().mark_statistics();
        }
    }

    /// The statistics are in their file: from now on they are counted from there (decisions.md §8).
    void message(const control::Message& message) override {
        if (message.kind == control::Kind::done && message.dump == control::Dump::stats_clear)
            shell().clear_statistics();
    }
};

}  // namespace

int main() {
    // Larger pieces come from mmap and go back when they are freed: parsing leaves no holes behind.
    constexpr int kLargePiece = 32 * 1024;
    ::mallopt(M_MMAP_THRESHOLD, kLargePiece);
    child::Process process{{control::Role::vrrp, "Keepalived_vrrp"}};
    if (const int status = process.start(); status >= 0) return status;
    return VrrpChild(process).run();
}
