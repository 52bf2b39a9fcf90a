#include "report/child/render.hpp"

#include "report/dump/dump.hpp"
#include "report/json/vrrp_json.hpp"
#include "report/stats/vrrp_stats.hpp"

namespace report {
namespace {

std::optional<std::string> data_of(control::Role whose, Scope scope, const conf::Model& model,
                                   const Snapshot& snapshot) {
    switch (whose) {
        case control::Role::supervisor:
            return parent_data(model);
        case control::Role::vrrp:
            return vrrp_data(model, snapshot, scope);
        case control::Role::bfd:
            return bfd_data(model, snapshot);
        case control::Role::checker:
            return check_data(model, snapshot);
        default:
            return std::nullopt;
    }
}

}  // namespace

std::optional<std::string> render(control::Dump kind, control::Role whose, const conf::Model& model,
                                  const Snapshot& snapshot) {
    switch (kind) {
        case control::Dump::data:
            return data_of(whose, Scope::running, model, snapshot);
        case control::Dump::conf:
            return data_of(whose, Scope::configuration, model, snapshot);
        case control::Dump::stats:
        case control::Dump::stats_clear:
            return vrrp_stats(model, snapshot.vrrp);
        case control::Dump::json: {
            std::string text = vrrp_json(model, snapshot);
            if (text.empty()) return std::nullopt;
            return text;
        }
    }
    return std::nullopt;
}

}  // namespace report
