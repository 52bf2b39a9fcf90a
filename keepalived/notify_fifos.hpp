// The notify FIFOs of all generations in use: opened here once and handed to the children, so that a reader sees no end
// of file while the suite runs, whatever becomes of a child (decisions.md §5). Their scripts run beside us, one each.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "conf/model.hpp"
#include "keepalived/role.hpp"
#include "lib/process/notify_fifo.hpp"
#include "lib/process/spawn.hpp"

namespace keepalived {

class NotifyFifos {
  public:
    explicit NotifyFifos(process::Baseline baseline);
    ~NotifyFifos();
    NotifyFifos(const NotifyFifos&) = delete;
    NotifyFifos& operator=(const NotifyFifos&) = delete;

    /// Opens what the model names and is not open yet.
    void open_for(const conf::Model& model);
    /// Closes what the model does not name, and makes the running scripts those of the model.
    void keep_only(const conf::Model& model);
    /// What a child gets, in the order of the keywords in conf::Global; /dev/null in place of one that cannot be used.
    std::vector<int> descriptors_for(Role role, const conf::Model& model) const;

  private:
    struct Reader {
        conf::Script script;
        process::Spawned process;
    };
    void start_script(const conf::Fifo& fifo);
    void stop_script(const std::string& path);

    process::Spawner spawner_;
    UniqueFd null_;
    std::map<std::string, process::NotifyFifo> open_;
    std::map<std::string, Reader> readers_;
};

}  // namespace keepalived
