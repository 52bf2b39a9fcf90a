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
        const auto similar = conf::similar_keywords(keyword, 3);
        fmt::print(out, "There is no keyword {}.{}{}\n", keyword, similar.empty() ? "" : " Did you mean ",
                   similar.empty() ? "" : fmt::format("{}?", fmt::join(similar, ", ")));
    }
    return status;
}

}  // namespace report::ctl
