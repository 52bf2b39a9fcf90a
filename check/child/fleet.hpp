// All virtual servers of one generation at work: checks are started when due, their results go through schedule/ and
// quorum/, and what comes out is collected for the end of the turn: tables first, then lines, scripts, FIFO, mail.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <ranges>
#include <set>
#include <string>
#include <vector>

#include "check/child/dirty_set.hpp"
#include "check/child/due_checks.hpp"
#include "check/continuation.hpp"
#include "check/group_marks.hpp"
#include "check/probe/probe.hpp"
#include "check/quorum/service.hpp"
#include "check/rows.hpp"
#include "check/schedule/schedule.hpp"
#include "conf/model.hpp"
#include "ipvs/table.hpp"
#include "lib/board/board.hpp"

namespace check {

/// A notice for scripts, FIFO and mail, in the order in which things happened.
struct Notice {
    enum class Kind : std::uint8_t { server, service, checker_mail } kind = Kind::server;
    std::uint32_t service = 0;
    std::uint32_t server = 0;  ///< within the service
    bool up = false;
    bool stopping = false;  ///< a stop, or a removal at a reload
    std::string mail_body;  ///< kind server: empty = no mail
};

struct FleetTables {
    board::Table<rows::Service> services;
    board::Table<rows::Server> servers;
    board::Table<rows::Checker> checkers;
    board::Table<rows::Reason> reasons;
    board::Table<rows::TrackFile> track_files;
};

class Fleet {
  public:
    struct Effects {
        std::function<void(std::string_view line)> log;
        std::function<void(std::string_view line)> detail;  ///< a line for -D only
        std::function<void(const Notice&)> notify;
    };

    Fleet(const conf::Model& model, ProbeServices services, FleetTables tables, Effects effects,
          std::uint32_t seed);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    /// ha_suspend, before one of the three below: checks of these services begin idle.
    void begin_suspended(std::vector<bool> services) { suspended_ = std::move(services); }

    /// Before start(), if need be: from here on desired() is the table to begin with. Nothing is checked, logged or shown yet.
    void settle();
    void settle_from(Fleet& old);  ///< the same before continue_from()

    // One of these three first.
    void start(Instant now);
    void continue_from(Fleet& old, Instant now);  ///< reload; `old` is to be destroyed afterwards
    /// A reload of the very same model, which continues_itself(): as if a new fleet continued this one. The checks start
    /// anew, with this context.
    void stay(TlsContext* tls, const std::vector<bool>& suspended, Instant now);
    /// Crash: the predecessor's rows of an equal model. False: they are not there; start() then.
    bool adopt(const FleetTables& predecessor, Instant now);

    /// Checks that are due start.
    void run_due(Instant now);
    Instant next_deadline() const;

    // Events from outside the probes.
    void external_result(std::uint32_t service, std::uint32_t server, std::uint32_t checker, bool up);
    void external_contribution(std::uint32_t service, std::uint32_t server, std::uint32_t checker,
                               std::int64_t value);
    void set_override(std::uint32_t service, std::uint32_t server, quorum::Override override);
    void set_weight(std::uint32_t service, std::uint32_t server, std::optional<std::int64_t> weight);
    /// ha_suspend: the service's address came to or left this host.
    void set_suspended(std::uint32_t service, bool suspended);
    /// A track_file was read; its number is its place in the model.
    void track_file_read(std::uint32_t file, std::int32_t value);
    /// A line for -D, in order with the others.
    void detail(std::string line);

    /// No more checks, and nothing is said: what is in the table stays there (-I).
    void halt();
    /// Clean stop: lines and notices; the desired table is empty afterwards.
    void stop(bool quietly);

    /// Services whose desired entries may have changed since the last call. Clears the set.
    std::vector<std::uint32_t> take_dirty();
    /// The desired table of all services, normalised.
    ipvs::Table desired() const;
    /// Keys of a service's entries and, for these, the desired entries (united with services that share them).
    ipvs::Table desired_of(const std::vector<std::uint32_t>& services,
                           std::vector<ipvs::ServiceKey>& keys) const;

    /// Lines and notices collected since the last call, in order, once the table is up to date.
    void carry_out_effects();
    /// Rows that changed.
    void publish();

    const conf::Model& model() const { return *model_; }
    const GroupMarks& marks() const { return marks_; }
    const quorum::Service& service(std::uint32_t index) const { return services_[index].core; }
    std::uint64_t checks_ended() const { return checks_ended_; }

  private:
    struct Checker {
        std::uint32_t service = 0, server = 0, index = 0;  // index within the server
        schedule::Config config;
        schedule::State state;
        std::unique_ptr<Probe> probe;
        rows::Checker row;
        bool running = false;
    };
    struct Service {
        quorum::Service core;
        std::vector<ipvs::Service> kernel_services;
        std::uint32_t first_server = 0;
        rows::Service row;
    };
    struct Pending {
        enum class Kind : std::uint8_t { line, detail, notice } kind = Kind::line;
        std::string line;
        Notice notice;
    };

    const conf::Model* model_;
    ProbeServices probe_services_;
    FleetTables tables_;
    Effects effects_;
    std::uint64_t random_;
    std::vector<Service> services_;
    std::vector<bool> suspended_;
    GroupMarks marks_;
    std::vector<rows::Server> server_rows_;
    std::vector<Checker> checkers_;
    std::vector<std::uint32_t> first_checker_{
        0};  // of each server (numbered through), and the end of the last one's
    DueChecks due_;
    DirtySet dirty_tables_;                                     // services whose desired entries may differ
    DirtySet dirty_services_, dirty_servers_, dirty_checkers_;  // rows
    std::vector<Pending> pending_;
    std::map<std::uint32_t, std::set<std::uint32_t>>
        sharing_;                                      // a service → others with a kernel service in common
    std::map<std::string, std::int32_t> file_values_;  // of track files, as read last
    std::uint64_t checks_ended_ = 0;
    std::int64_t started_wallclock_us_ = 0;  // when the checks of this turn began
    bool settled_ = false, equipped_ = false;
    std::vector<quorum::ActionList> first_actions_;  // of each service, from settle() to start()
    std::vector<ServiceContinuation> matches_;       // from settle_from() to continue_from()
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

    void equip();
    ProbeSubject subject(std::uint32_t service, std::uint32_t server, const std::string& service_name);
    void settle_marks(const GroupMarks& before);
    void find_sharing();
    void recompute_contributions(Fleet& old, std::uint32_t service, const ServiceContinuation& match) const;
    double random_part();
    std::uint32_t server_number(std::uint32_t service, std::uint32_t server) const;
    /// Numbers of the checkers of a server that is numbered through.
    auto checkers_of(std::uint32_t server) const {
        return std::views::iota(first_checker_[server], first_checker_[server + 1]);
    }
    Checker& checker(std::uint32_t service, std::uint32_t server, std::uint32_t index);
    std::uint32_t number_of(const Checker& checker) const {
        return static_cast<std::uint32_t>(&checker - checkers_.data());
    }
    void take_reason(const FleetTables& from, std::uint32_t its_number, std::uint32_t our_number);
    void schedule_all(Instant now, bool only_new);
    void leave_behind(const conf::Lvs& next, const std::vector<ServiceContinuation>& matches);
    void continue_rows(Fleet& old, std::uint32_t service, const ServiceContinuation& match);
    void log_entries(const conf::VirtualServer& from, const conf::Lvs& from_lvs,
                     const conf::VirtualServer& to, const conf::Lvs& to_lvs, bool added);
    void reschedule(std::uint32_t number, Instant due);
    void begin(std::uint32_t number, Instant now);
    void attempt_ended(std::uint32_t number, Attempt attempt, Instant now);
    void say_attempt(const Checker& checker, const Attempt& attempt, const schedule::Decision& decision);
    void collect(std::uint32_t service, quorum::ActionList& actions);
    void log(std::string line);
    void touch(std::uint32_t service);
    void touch_checker(const Checker& checker);
};

}  // namespace check
