// Tells the world about servers and services: scripts, FIFO lines, mail (lvs-behaviour.md §8).
#pragma once

#include <functional>
#include <memory>

#include "check/child/fleet.hpp"
#include "conf/model.hpp"
#include "lib/smtp/client.hpp"

namespace boost::asio {
class io_context;
}
namespace process {
class ScriptRunner;
}

namespace check {

/// Open, non-blocking descriptors which the supervisor passed; -1 = not configured. Not owned.
struct Fifos {
    int notify = -1;      ///< notify_fifo
    int lvs_notify = -1;  ///< lvs_notify_fifo
};

class Notifier {
  public:
    Notifier(boost::asio::io_context& loop, process::ScriptRunner& scripts);
    ~Notifier();

    /// The model must outlive the next configure().
    void configure(const conf::Model& model, Fifos fifos);
    void notify(const Notice& notice);
    /// Clean stop: `then` is called once, from the loop, when the last script and mail are over, at the latest after 1 s.
    void finish(std::function<void()> then);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace check
