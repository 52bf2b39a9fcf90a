#include "vrrp/tracking/file_tracker.hpp"

#include <algorithm>

#include "lib/log/log.hpp"
#include "lib/watch/file_watch.hpp"
#include "lib/watch/number_file.hpp"

namespace vrrp::tracking {

using protocol::Verdict;

namespace {

struct Tracked {
    conf::TrackFile file;
    protocol::TrackerIndex number = protocol::kNone;
    std::uint32_t row_index = 0;
    rows::File row;
};

/// What the row becomes now: a number that does not fit leaves the old value.
rows::File row_now(const Tracked& tracked) {
    const auto content = watch::read_number_file(tracked.file.path);
    rows::File row{tracked.row.value, content.readable};
    if (const auto* number = std::get_if<std::int32_t>(&content.number)) {
        row.value = *number;
    } else {
        logging::info("Invalid number {} read from {} - ignoring",
                      std::get<watch::OutOfRange>(content.number).text, tracked.file.path);
    }
    return row;
}

}  // namespace

struct FileTracker::Impl {
    Impl(boost::asio::io_context& loop, Report on_result)
        : report(std::move(on_result)), files(loop, [this](std::size_t index) { look_again(index); }) {}

    Report report;
    watch::FileWatch files;
    board::Table<rows::File> table;
    std::vector<Tracked> all;
    bool started = false;

    void begin_to_watch();
    void look_again(std::size_t index);
    void publish_and_report(const Tracked& tracked) {
        table.publish(tracked.row_index, tracked.row);
        report({tracked.number, Verdict::up, tracked.row.value});
    }
};

void FileTracker::Impl::begin_to_watch() {
    std::vector<std::string> paths;
    for (const auto& tracked : all) paths.push_back(tracked.file.path);
    files.watch(std::move(paths));
}

void FileTracker::Impl::look_again(std::size_t index) {
    if (index >= all.size()) return;
    Tracked& tracked = all[index];
    const rows::File now = row_now(tracked);
    const bool same = now.value == tracked.row.value && now.readable == tracked.row.readable;
    if (same) return;
    const bool value_changed = now.value != tracked.row.value;
    tracked.row = now;
    if (value_changed) {
        publish_and_report(tracked);
    } else {
        table.publish(tracked.row_index, tracked.row);
    }
}

FileTracker::FileTracker(boost::asio::io_context& loop, Report report)
    : impl_(std::make_unique<Impl>(loop, std::move(report))) {}
FileTracker::~FileTracker() = default;

void FileTracker::configure(const std::vector<conf::TrackFile>& files,
                            const std::vector<protocol::TrackerIndex>& numbers,
                            board::Table<rows::File> table, bool may_overwrite,
                            const std::vector<std::optional<rows::File>>& predecessor) {
    const auto before = std::move(impl_->all);
    impl_->table = table;
    impl_->all.clear();
    for (std::uint32_t i = 0; i < files.size(); ++i) {
        if (files[i].init_value)
            watch::initialise_number_file(files[i].path, *files[i].init_value,
                                          may_overwrite && files[i].init_overwrite);
        if (i >= numbers.size() || numbers[i] == protocol::kNone) {
            table.publish(i, {});
            continue;
        }
        Tracked tracked{files[i], numbers[i], i, {}};
        const auto old =
            std::ranges::find(before, files[i].path, [](const Tracked& t) { return t.file.path; });
        if (old != before.end()) tracked.row = old->row;
        if (i < predecessor.size() && predecessor[i]) tracked.row = *predecessor[i];
        impl_->all.push_back(std::move(tracked));
    }
    // Watched before they are read: no change is missed.
    if (impl_->started) impl_->begin_to_watch();
    for (auto& tracked : impl_->all) {
        tracked.row = row_now(tracked);
        impl_->publish_and_report(tracked);
    }
}

void FileTracker::start() {
    if (impl_->started) return;
    impl_->started = true;
    impl_->begin_to_watch();
    for (std::size_t index = 0; index < impl_->all.size(); ++index) impl_->look_again(index);
}

void FileTracker::stop() {
    impl_->started = false;
    impl_->all.clear();
    impl_->files.watch({});
}

}  // namespace vrrp::tracking
