#include "keepalived/notify_fifos.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

#include "conf/command.hpp"
#include "lib/log/log.hpp"

namespace keepalived {
namespace {

std::vector<const conf::Fifo*> fifos_of(const conf::Model& model) {
    std::vector<const conf::Fifo*> fifos;
    const conf::Global& global = model.global;
    for (const auto* fifo : {&global.notify_fifo, &global.vrrp_notify_fifo, &global.lvs_notify_fifo})
        if (*fifo) fifos.push_back(&**fifo);
    return fifos;
}

bool names(const conf::Model& model, const std::string& path) {
    const auto fifos = fifos_of(model);
    return std::any_of(fifos.begin(), fifos.end(),
                       [&](const conf::Fifo* fifo) { return fifo->path == path; });
}

}  // namespace

NotifyFifos::NotifyFifos(process::Baseline baseline)
    : spawner_(std::move(baseline)), null_(::open("/dev/null", O_RDWR | O_CLOEXEC)) {}

NotifyFifos::~NotifyFifos() {
    while (!readers_.empty()) stop_script(readers_.begin()->first);
}

void NotifyFifos::open_for(const conf::Model& model) {
    for (const conf::Fifo* fifo : fifos_of(model)) {
        if (open_.contains(fifo->path)) continue;
        auto opened = process::NotifyFifo::open({fifo->path, fifo->uid, fifo->gid});
        if (opened)
            open_.emplace(fifo->path, std::move(*opened));
        else
            logging::info("{}", opened.error().message());
    }
}

void NotifyFifos::keep_only(const conf::Model& model) {
    std::erase_if(open_, [&](const auto& entry) { return !names(model, entry.first); });
    for (auto reader = readers_.begin(); reader != readers_.end();) {
        const std::string path = (reader++)->first;
        if (!names(model, path)) stop_script(path);
    }
    for (const conf::Fifo* fifo : fifos_of(model)) {
        const auto reader = readers_.find(fifo->path);
        const bool unchanged =
            reader != readers_.end() && fifo->script && reader->second.script == *fifo->script;
        if (unchanged) continue;
        if (reader != readers_.end()) stop_script(fifo->path);
        start_script(*fifo);
    }
}

void NotifyFifos::start_script(const conf::Fifo& fifo) {
    if (!fifo.script || fifo.script->verdict != conf::ScriptVerdict::usable || !open_.contains(fifo.path))
        return;
    auto started = spawner_.start(conf::command_of(*fifo.script, {fifo.path}));
    if (!started) return logging::info("{}", started.error().message());
    readers_.emplace(fifo.path, Reader{*fifo.script, std::move(*started)});
}

/// By its pidfd: the number may have become somebody else's.
void NotifyFifos::stop_script(const std::string& path) {
    const auto reader = readers_.find(path);
    ::syscall(SYS_pidfd_send_signal, reader->second.process.pidfd.get(), SIGTERM, nullptr, 0);
    readers_.erase(reader);
}

std::vector<int> NotifyFifos::descriptors_for(Role role, const conf::Model& model) const {
    std::vector<int> descriptors;
    const auto add = [&](const std::optional<conf::Fifo>& fifo) {
        if (!fifo) return;
        const auto found = open_.find(fifo->path);
        descriptors.push_back(found != open_.end() ? found->second.fd() : null_.get());
    };
    if (role != Role::vrrp && role != Role::checker) return descriptors;
    add(model.global.notify_fifo);
    add(role == Role::vrrp ? model.global.vrrp_notify_fifo : model.global.lvs_notify_fifo);
    return descriptors;
}

}  // namespace keepalived
