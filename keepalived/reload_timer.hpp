// Watches reload_time_file and its directory, and says when a reload is due (cli-signals.md §8).
#pragma once

#include <ctime>
#include <optional>
#include <string>

#include "lib/process/unique_fd.hpp"

namespace keepalived {

class ReloadTimer {
  public:
    /// The path and reload_repeat of the generation in force; an empty path ends the watch.
    void configure(const std::string& path, bool repeat);

    int watch_fd() const { return inotify_.get(); }  ///< readable: call on_change(); -1: nothing to watch
    int timer_fd() const { return timer_.get(); }    ///< readable: call on_time()
    void on_change();
    /// True when a reload is to be done now.
    bool on_time();

  private:
    void start_watching();
    void stop_watching();
    void look();
    void schedule(std::time_t when, bool has_date);
    void cancel();
    void arm(std::time_t when);

    std::string path_, directory_, name_;
    bool repeat_ = false, has_date_ = false;
    std::optional<std::time_t> due_;
    UniqueFd inotify_, timer_;
};

}  // namespace keepalived
