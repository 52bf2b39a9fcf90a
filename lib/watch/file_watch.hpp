// Says when files may have changed: written and closed, renamed in or out, deleted; also when a directory above them
// moved away or came back. By inotify on the directories, so a file may come and go.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace watch {

class FileWatch {
  public:
    /// @param changed  called from the loop with the index of a path: look again
    FileWatch(boost::asio::io_context& loop, std::function<void(std::size_t)> changed);
    ~FileWatch();

    /// Watches these paths instead of those before. Read the files after this call: what changes later is told.
    void watch(std::vector<std::string> paths);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace watch
