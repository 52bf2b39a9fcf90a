// keepalived_healthcheckers: the health-checker child. Started by keepalived with the control channel on descriptor 3
// (decisions.md §1).
#include <malloc.h>
#include <unistd.h>

#include <csignal>

#include "check/child/shell.hpp"
#include "conf/auto_priority.hpp"
#include "conf/reader.hpp"
#include "lib/log/log.hpp"
#include "lib/process/shell_child.hpp"

namespace {

class CheckerChild final : public child::ShellChild<check::Shell, check::Prepared> {
  public:
    using ShellChild::ShellChild;

  private:
    /// The supervisor's further descriptors: notify_fifo, lvs_notify_fifo, and the socket opened in net_namespace_ipvs.
    Result<> read(child::Prepare& next, check::Prepared& prepared) override {
        prepared.stays = next.same_text && shell().running() && shell().can_stay();
        if (prepared.stays) {
            prepared.generation.model_hash = shell().generation().model_hash;
            return {};
        }
        auto generation = conf::open_sealed(next.generation_fd.get());
        if (!generation) return generation.error();
        prepared.generation = std::move(*generation);
        const conf::Model& model = prepared.generation.model;
        child::FurtherDescriptors more(next);
        prepared.fifos.notify = more.take(model.global.notify_fifo.has_value(), prepared.descriptors);
        prepared.fifos.lvs_notify = more.take(model.global.lvs_notify_fifo.has_value(), prepared.descriptors);
        prepared.ipvs_socket = more.take(model.host.net_namespace_ipvs.has_value());
        return {};
    }

    /// A reload needs for a while as much as the fleet itself; touching new memory is most of what it would take.
    std::size_t keeps_free() const override { return std::size_t{16} * 1024 * 1024; }
    bool stays(const check::Prepared& generation) const override { return generation.stays; }
    bool releases_when_stopped_early() const override { return true; }

    process::AutoPriority::Limits priority_of(const check::Prepared& generation) const override {
        const conf::Global& global =
            (generation.stays ? shell().generation() : generation.generation).model.global;
        return conf::auto_priority_limits(global, global.checker_process);
    }

    void signal(int number) override {
        if (number != SIGUSR1) return;
        logging::info("Printing checker data for process({}) on signal", ::getpid());
        shell().publish_all();
        (void)frame().request_dump(control::Dump::data);
    }
};

}  // namespace

int main() {
    // Until it is trimmed once a commit is over, the heap keeps what is freed: most of what parsing took is wanted again for
    // the fleet, and touching memory for the first time is dear.
    constexpr int kKept = 256 * 1024 * 1024;
    ::mallopt(M_TRIM_THRESHOLD, kKept);
    ::mallopt(M_MMAP_THRESHOLD, kKept);
    child::Process process{{control::Role::checker, "Keepalived_healthcheckers"}};
    if (const int status = process.start(); status >= 0) return status;
    return CheckerChild(process).run();
}
