// Files about a reading of the configuration: its expanded text (config_save_dir), the marker that it is being read
// (reload_file), the report of the check before a reload (reload_check_config).
#pragma once

#include <optional>
#include <string>

#include "conf/reader.hpp"

namespace keepalived {

/// DIR/keepalived.conf.PID.N, mode 0600; DIR is made, 0700, if only its last part is missing.
void save_configuration(const std::string& directory, const conf::Generation& generation, unsigned reading);

/// Exists while it exists.
class ReloadMarker {
  public:
    /// @param path  empty: no marker
    explicit ReloadMarker(std::string path);
    ~ReloadMarker();
    ReloadMarker(const ReloadMarker&) = delete;
    ReloadMarker& operator=(const ReloadMarker&) = delete;

  private:
    std::string path_;
};

/// reload_file: as configured, or keepalived[_INSTANCE].reload beside the pid file; empty = none.
std::string reload_marker_path(const std::optional<std::string>& configured, const std::string& pid_path,
                               const std::string& instance);

/// Truncates the log of reload_check_config and writes the report into it.
void write_check_report(const std::string& path, const std::string& report);

}  // namespace keepalived
