#include "lib/watch/file_watch.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <unordered_map>

#include "lib/log/log.hpp"

namespace watch {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t kInside = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE;
constexpr std::uint32_t kItself = IN_MOVE_SELF | IN_DELETE_SELF | IN_UNMOUNT;
constexpr auto kRetryMissing = std::chrono::seconds(1);

using NamedPaths =
    std::unordered_multimap<std::string, std::size_t>;  ///< name in the directory → index of the path

}  // namespace

struct FileWatch::Impl : std::enable_shared_from_this<FileWatch::Impl> {
    Impl(asio::io_context& io, std::function<void(std::size_t)> on_change)
        : inotify(io), retry(io), changed(std::move(on_change)) {}

    asio::posix::stream_descriptor inotify;
    asio::steady_timer retry;
    std::function<void(std::size_t)> changed;
    std::vector<std::string> paths;
    std::unordered_map<int, NamedPaths> directories;  ///< by watch descriptor

    void arm();
    bool add(std::size_t index);
    void wait();
    void read_events();
    bool handle(const inotify_event& event, std::vector<std::size_t>& touched);
    void arm_again();
    void retry_later();
};

/// A fresh inotify descriptor with a watch on every directory; after a move anything else would follow the inodes,
/// not the names.
void FileWatch::Impl::arm() {
    retry.cancel();
    directories.clear();
    boost::system::error_code ignored;
    inotify.close(ignored);
    if (paths.empty()) return;
    const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
        logging::info("Unable to watch files: inotify_init: {}", std::strerror(errno));
        return;
    }
    inotify.assign(fd);
    bool complete = true;
    for (std::size_t index = 0; index < paths.size(); ++index) complete = add(index) && complete;
    wait();
    if (!complete) retry_later();
}

bool FileWatch::Impl::add(std::size_t index) {
    const auto path = std::filesystem::absolute(paths[index]).lexically_normal();
    const int directory = inotify_add_watch(inotify.native_handle(), path.parent_path().c_str(),
                                            kInside | kItself | IN_ONLYDIR | IN_MASK_ADD);
    if (directory < 0) return false;
    directories[directory].emplace(path.filename().string(), index);
    // A rename further up changes what the name means as well. These watches see only the directory itself move, so
    // a busy /tmp wakes nobody.
    for (auto above = path.parent_path().parent_path(); above.has_relative_path();
         above = above.parent_path())
        inotify_add_watch(inotify.native_handle(), above.c_str(), kItself | IN_ONLYDIR | IN_MASK_ADD);
    return true;
}

void FileWatch::Impl::wait() {
    inotify.async_wait(asio::posix::stream_descriptor::wait_read,
                       [weak = weak_from_this()](const boost::system::error_code& error) {
                           const auto self = weak.lock();
                           if (self && !error) self->read_events();
                       });
}

void FileWatch::Impl::read_events() {
    alignas(inotify_event) char buffer[16384];
    std::vector<std::size_t> touched;
    bool moved = false;
    for (;;) {
        const ssize_t length = ::read(inotify.native_handle(), buffer, sizeof buffer);
        if (length <= 0) break;
        for (const char* at = buffer; at < buffer + length;) {
            const auto& event = *reinterpret_cast<const inotify_event*>(at);
            moved = handle(event, touched) || moved;
            at += sizeof(inotify_event) + event.len;
        }
    }
    if (moved) return arm_again();
    wait();
    const auto self = shared_from_this();  // `changed` may destroy the owner
    for (const auto index : touched) self->changed(index);
}

/// True when the watches no longer match the names.
bool FileWatch::Impl::handle(const inotify_event& event, std::vector<std::size_t>& touched) {
    if ((event.mask & (kItself | IN_IGNORED | IN_Q_OVERFLOW)) != 0) return true;
    const auto directory = directories.find(event.wd);
    if (directory == directories.end() || event.len == 0) return false;
    const auto [first, last] = directory->second.equal_range(event.name);
    for (auto named = first; named != last; ++named) touched.push_back(named->second);
    return false;
}

void FileWatch::Impl::arm_again() {
    arm();
    const auto self = shared_from_this();
    for (std::size_t index = 0; index < self->paths.size(); ++index) self->changed(index);
}

void FileWatch::Impl::retry_later() {
    retry.expires_after(kRetryMissing);
    retry.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        const auto self = weak.lock();
        if (self && !error) self->arm_again();
    });
}

FileWatch::FileWatch(asio::io_context& loop, std::function<void(std::size_t)> changed)
    : impl_(std::make_shared<Impl>(loop, std::move(changed))) {}
FileWatch::~FileWatch() {
    impl_->changed = [](std::size_t) {};
    impl_->paths.clear();
    impl_->arm();
}

void FileWatch::watch(std::vector<std::string> paths) {
    impl_->paths = std::move(paths);
    impl_->arm();
}

}  // namespace watch
