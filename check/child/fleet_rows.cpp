// What comes out of the fleet at the end of a turn: desired entries of the kernel's table, rows, lines and notices.
#include <algorithm>

#include "check/child/fleet.hpp"
#include "check/desired_table.hpp"

namespace check {

std::vector<std::uint32_t> Fleet::take_dirty() {
    std::vector<std::uint32_t> taken;
    dirty_tables_.take([&](std::uint32_t service) { taken.push_back(service); });
    std::sort(taken.begin(), taken.end());
    return taken;
}

ipvs::Table Fleet::desired() const {
    ipvs::Table table;
    table.reserve(services_.size());
    const conf::Lvs& lvs = model_->lvs;
    for (std::uint32_t n = 0; n < services_.size(); ++n) {
        if (!services_[n].core.state().started) continue;
        append_entries(table, lvs.virtual_servers[n], lvs, services_[n].core.desired(),
                       services_[n].row.mark);
    }
    ipvs::normalise(table);
    return table;
}

ipvs::Table Fleet::desired_of(const std::vector<std::uint32_t>& services,
                              std::vector<ipvs::ServiceKey>& keys) const {
    std::set<std::uint32_t> wanted;
    std::vector<std::uint32_t> open = services;
    while (!open.empty()) {
        const std::uint32_t n = open.back();
        open.pop_back();
        if (!wanted.insert(n).second) continue;
        if (const auto at = sharing_.find(n); at != sharing_.end())
            open.insert(open.end(), at->second.begin(), at->second.end());
    }
    ipvs::Table table;
    for (const std::uint32_t n : wanted) {
        for (const ipvs::Service& service : services_[n].kernel_services) keys.push_back(service.key);
        if (!services_[n].core.state().started) continue;
        append_entries(table, model_->lvs.virtual_servers[n], model_->lvs, services_[n].core.desired(),
                       services_[n].row.mark);
    }
    ipvs::normalise(table);
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return table;
}

void Fleet::carry_out_effects() {
    std::vector<Pending> now;
    now.swap(pending_);
    for (const Pending& one : now) {
        switch (one.kind) {
            case Pending::Kind::line:
                effects_.log(one.line);
                break;
            case Pending::Kind::detail:
                effects_.detail(one.line);
                break;
            case Pending::Kind::notice:
                effects_.notify(one.notice);
                break;
        }
    }
}

void Fleet::publish() {
    dirty_services_.take([this](std::uint32_t n) {
        Service& service = services_[n];
        service.row.core = service.core.state();
        tables_.services.publish(n, service.row);
    });
    dirty_servers_.take([this](std::uint32_t number) {
        rows::Server& row = server_rows_[number];
        const Service& service = services_[row.service];
        row.core = service.core.server(number - service.first_server);
        tables_.servers.publish(number, row);
    });
    dirty_checkers_.take([this](std::uint32_t number) {
        Checker& checker = checkers_[number];
        checker.row.core = services_[checker.service].core.checker(checker.server, checker.index);
        checker.row.schedule = checker.state;
        tables_.checkers.publish(number, checker.row);
    });
}

}  // namespace check
