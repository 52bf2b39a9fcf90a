#include "vrrp/tracking/trackers.hpp"

#include "vrrp/tracking/file_tracker.hpp"
#include "vrrp/tracking/process_tracker.hpp"
#include "vrrp/tracking/script_tracker.hpp"

namespace vrrp::tracking {

struct Trackers::Impl {
    ScriptTracker scripts;
    FileTracker files;
    ProcessTracker processes;

    void configure(const conf::Model& model, const Numbers& numbers, const Tables& tables, bool is_reload,
                   bool may_overwrite, const Predecessor& predecessor) {
        scripts.configure(model.scripts, numbers.scripts, tables.scripts, is_reload, predecessor.scripts);
        files.configure(model.track_files, numbers.files, tables.files, may_overwrite, predecessor.files);
        processes.configure(model.track_processes, numbers.processes, tables.processes,
                            model.global.process_monitor, predecessor.processes);
    }
};

Trackers::Trackers(boost::asio::io_context& loop, process::ScriptRunner& runner, Report report)
    : impl_(new Impl{{loop, runner, report}, {loop, report}, {loop, report}}) {}
Trackers::~Trackers() = default;

void Trackers::configure(const conf::Model& model, const Numbers& numbers, const Tables& tables,
                         bool is_reload) {
    impl_->configure(model, numbers, tables, is_reload, !is_reload, {});
}

void Trackers::adopt(const conf::Model& model, const Numbers& numbers, const Tables& tables,
                     const Predecessor& predecessor) {
    impl_->configure(model, numbers, tables, false, false, predecessor);
}

void Trackers::start() {
    impl_->scripts.start();
    impl_->files.start();
    impl_->processes.start();
}

void Trackers::stop() {
    impl_->scripts.stop();
    impl_->files.stop();
    impl_->processes.stop();
}

}  // namespace vrrp::tracking
