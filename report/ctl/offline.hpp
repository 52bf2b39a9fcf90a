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
int explain(const std::vector<std::string>& keywords, std::ostream& out);

}  // namespace report::ctl
