#include "check/child/mark_rules.hpp"

#include <fmt/format.h>

namespace check {

namespace {

/// "add" first: deleting a table that is not there is an error.
std::string deletion(const std::string& table) {
    return fmt::format("add table ip {0}\ndelete table ip {0}\nadd table ip6 {0}\ndelete table ip6 {0}\n",
                       table);
}

}  // namespace

void MarkRules::run(const std::string& commands) {
    if (auto done = library_.run(commands); done.has_error())
        log_("nftables_ipvs: " + done.error().message());
}

void MarkRules::set(const std::string& table, const std::string& ruleset) {
    if (ruleset.empty()) return remove();
    if (table == table_ && ruleset == ruleset_) return;
    const std::string former = table_.empty() || table_ == table ? "" : deletion(table_);
    run(former + deletion(table) + ruleset);
    table_ = table;
    ruleset_ = ruleset;
}

void MarkRules::remove() {
    if (table_.empty()) return;
    run(deletion(table_));
    table_.clear();
    ruleset_.clear();
}

}  // namespace check
