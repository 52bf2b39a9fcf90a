// keepalivedctl explain KEYWORD…
#include "conf/explain.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "report/ctl/offline.hpp"

namespace report::ctl {

int explain(const std::vector<std::string>& keywords, std::ostream& out) {
    int status = 0;
    for (const auto& keyword : keywords) {
        const std::string text = conf::explain(keyword);
        if (!text.empty()) {
            out << text;
            continue;
        }
        status = 1;
        const std::string_view similar = conf::suggestion(keyword);
        fmt::print(out, "There is no keyword {}.{}\n", keyword,
                   similar.empty() ? std::string() : fmt::format(" Did you mean {}?", similar));
    }
    return status;
}

}  // namespace report::ctl
