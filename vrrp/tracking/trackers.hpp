// Tracked scripts, files and processes of the VRRP child: watches them, publishes their rows, reports
// results. Interfaces and BFD sessions are watched elsewhere (vrrp/child). Algebra: vrrp-behaviour.md §9.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "conf/model.hpp"
#include "lib/board/board.hpp"
#include "vrrp/protocol/router.hpp"
#include "vrrp/rows.hpp"

namespace boost::asio {
class io_context;
}
namespace process {
class ScriptRunner;
}

namespace vrrp::tracking {

/// Numbers under which the core knows the objects, in the order of the model; kNone = tracked by nobody: not
/// watched.
struct Numbers {
    std::vector<protocol::TrackerIndex> scripts;
    std::vector<protocol::TrackerIndex> files;
    std::vector<protocol::TrackerIndex> processes;
};

struct Tables {
    board::Table<rows::Script> scripts;
    board::Table<rows::File> files;
    board::Table<rows::TrackedProcess> processes;
};

/// What a dead predecessor's board says about the objects of the new model, in its order (matched by name
/// when the generation differs); shorter vectors and nullopt: nothing known.
struct Predecessor {
    std::vector<std::optional<rows::Script>> scripts;
    std::vector<std::optional<rows::File>> files;
    std::vector<std::optional<rows::TrackedProcess>> processes;
};

using Report = std::function<void(const protocol::TrackerChanged&)>;

class Trackers {
  public:
    Trackers(boost::asio::io_context& loop, process::ScriptRunner& runner, Report report);
    ~Trackers();

    /// First configuration, or a reload: scripts with the same command, arguments and user keep their result,
    /// a changed or new one starts without. Rows are published here. Every object with a number is reported
    /// from inside this call with the result it has at this moment (`unknown` for a script which has not
    /// run).
    void configure(const conf::Model& model, const Numbers& numbers, const Tables& tables, bool is_reload);
    /// As configure at a start, but goes on from what the predecessor knew.
    void adopt(const conf::Model& model, const Numbers& numbers, const Tables& tables,
               const Predecessor& predecessor);

    /// Begins to watch and to run; later results come from the loop. Idempotent; configure on a started
    /// object goes on by itself.
    void start();
    /// Kills scripts that run, watches nothing more, reports nothing more.
    void stop();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace vrrp::tracking
