// Checks without attempts of their own: FILE_CHECK follows a track_file, BFD_CHECK a session (lvs-behaviour.md §7.9, §7.10).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "check/child/fleet.hpp"
#include "conf/model.hpp"
#include "lib/watch/file_watch.hpp"

namespace check {

/// Where a check stands in the fleet.
struct CheckPlace {
    std::uint32_t service = 0, server = 0, checker = 0;
};

class ExternalChecks {
  public:
    explicit ExternalChecks(boost::asio::io_context& loop);

    /// Whether any check of the model depends on a file or a session.
    static bool concern(const conf::Model& model);

    /// Begins to follow the files of the fleet's model and tells their present values. @param may_initialise  at a start
    void follow(Fleet& fleet, bool may_initialise);
    void stop();
    /// A session of the BFD child changed.
    void bfd_changed(const std::string& name, bool up);
    std::int64_t file_value(std::size_t track_file) const { return files_[track_file].value; }

  private:
    struct File {
        std::string name, path;
        std::int32_t value = 0;
        std::vector<std::pair<CheckPlace, conf::FileCheck>> users;
    };
    struct Session {
        std::string name;
        std::vector<CheckPlace> users;
    };

    Fleet* fleet_ = nullptr;
    watch::FileWatch watch_;
    std::vector<File> files_;
    std::vector<Session> sessions_;

    void collect(const conf::Model& model);
    void read(std::size_t index, bool initial);
    void tell(const File& file, const CheckPlace& place, const conf::FileCheck& check);
};

}  // namespace check
