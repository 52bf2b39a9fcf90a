// Settings below /proc/sys/net which the child changes, and the real originals it puts back (vrrp-behaviour.md §7).
#pragma once

#include <map>
#include <optional>
#include <string>

namespace vrrp {

/// "ipv4/conf/eth0/rp_filter" → its value; nullopt: there is no such setting.
std::optional<int> read_setting(const std::string& path);
bool write_setting(const std::string& path, int value);

/// Settings changed for the time the process runs. What was there first is put back, whatever happened in between.
class ChangedSettings {
  public:
    void set(const std::string& path, int value);
    /// A predecessor changed it already and died; this is what it found.
    void assume(const std::string& path, int original) { originals_.emplace(path, original); }
    void restore();
    bool changed(const std::string& path) const { return originals_.contains(path); }
    std::optional<int> original(const std::string& path) const;

  private:
    std::map<std::string, int> originals_;
};

}  // namespace vrrp
