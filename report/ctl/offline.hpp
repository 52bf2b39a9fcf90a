// The configuration tools of keepalivedctl: operator.md. Each returns the exit code: 0 good, 1 something is wrong.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace report::ctl {

struct CheckOptions {
    std::string pattern = "/etc/keepalived/keepalived.conf";
    std::string config_id;
    bool json = false;
    bool colour = false;
    bool expanded = false;  ///< print the expanded text instead
};

int check(const CheckOptions& options, std::ostream& out);
struct FormatOptions {
    std::vector<std::string> files;
    bool write = false;  ///< replace the files instead of printing
    bool check = false;  ///< only say which are not formatted; exit code 1 when there are any
};

int format(const FormatOptions& options, std::ostream& out, std::ostream& err);
/// What a reload from the old to the new file would change, in words.
int diff(const std::string& old_file, const std::string& new_file, const std::string& config_id,
         std::ostream& out, std::ostream& err);
int explain(const std::vector<std::string>& keywords, std::ostream& out);

}  // namespace report::ctl
