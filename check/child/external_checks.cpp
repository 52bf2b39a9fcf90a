// Files and sessions.
#include "check/child/external_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "check/child/file_verdict.hpp"
#include "lib/log/log.hpp"
#include "lib/watch/number_file.hpp"

namespace check {

ExternalChecks::ExternalChecks(boost::asio::io_context& loop)
    : watch_(loop, [this](std::size_t index) {
          if (fleet_ != nullptr && index < files_.size()) read(index, false);
      }) {}

void ExternalChecks::collect(const conf::Model& model) {
    files_.clear();
    sessions_.clear();
    for (const conf::TrackFile& file : model.track_files) files_.push_back({file.name, file.path, 0, {}});
    const auto& services = model.lvs.virtual_servers;
    for (std::uint32_t v = 0; v < services.size(); ++v) {
        for (std::uint32_t s = 0; s < services[v].real_servers.size(); ++s) {
            const auto& checkers = services[v].real_servers[s].checkers;
            for (std::uint32_t c = 0; c < checkers.size(); ++c) {
                if (const auto* file = std::get_if<conf::FileCheck>(&checkers[c].kind)) {
                    const auto at = std::find_if(files_.begin(), files_.end(),
                                                 [&](const File& f) { return f.name == file->track_file; });
                    if (at != files_.end()) at->users.push_back({{v, s, c}, *file});
                } else if (const auto* bfd = std::get_if<conf::BfdCheck>(&checkers[c].kind)) {
                    auto at = std::find_if(sessions_.begin(), sessions_.end(),
                                           [&](const Session& session) { return session.name == bfd->name; });
                    if (at == sessions_.end()) at = sessions_.insert(at, {bfd->name, {}});
                    at->users.push_back({v, s, c});
                }
            }
        }
    }
}

bool ExternalChecks::concern(const conf::Model& model) {
    const auto is_outside = [](const conf::Checker& checker) {
        return std::holds_alternative<conf::FileCheck>(checker.kind) ||
               std::holds_alternative<conf::BfdCheck>(checker.kind);
    };
    return std::ranges::any_of(model.lvs.virtual_servers, [&](const conf::VirtualServer& service) {
        return std::ranges::any_of(service.real_servers, [&](const conf::RealServer& server) {
            return std::ranges::any_of(server.checkers, is_outside);
        });
    });
}

void ExternalChecks::follow(Fleet& fleet, bool may_initialise) {
    fleet_ = &fleet;
    const auto before = std::move(files_);
    collect(fleet.model());
    std::vector<std::string> paths;
    for (std::size_t n = 0; n < files_.size(); ++n) {
        const conf::TrackFile& config = fleet.model().track_files[n];
        if (may_initialise && config.init_value && !files_[n].users.empty()) {
            watch::initialise_number_file(config.path, *config.init_value, config.init_overwrite);
        }
        const auto old =
            std::find_if(before.begin(), before.end(), [&](const File& f) { return f.path == config.path; });
        if (old != before.end()) files_[n].value = old->value;
        paths.push_back(config.path);
    }
    watch_.watch(std::move(paths));  // before they are read: no change is missed
    for (std::size_t n = 0; n < files_.size(); ++n) read(n, true);
    // A session of which nothing is known is down, until the BFD child says otherwise.
    for (const Session& session : sessions_) {
        for (const CheckPlace& place : session.users) {
            const auto& state = fleet.service(place.service).checker(place.server, place.checker);
            if (!state.has_run) fleet.external_result(place.service, place.server, place.checker, false);
        }
    }
}

void ExternalChecks::stop() {
    fleet_ = nullptr;
    watch_.watch({});
}

void ExternalChecks::read(std::size_t index, bool initial) {
    File& file = files_[index];
    if (file.users.empty()) return;
    const auto content = watch::read_number_file(file.path);
    std::int32_t value = file.value;
    if (const auto* number = std::get_if<std::int32_t>(&content.number)) {
        value = *number;
    } else {
        logging::info("Invalid number {} read from {} - ignoring",
                      std::get<watch::OutOfRange>(content.number).text, file.path);
    }
    if (!initial && value == file.value) return;
    file.value = value;
    fleet_->track_file_read(static_cast<std::uint32_t>(index), value);
    for (const auto& [place, check] : file.users) tell(file, place, check);
}

void ExternalChecks::tell(const File& file, const CheckPlace& place, const conf::FileCheck& check) {
    const FileVerdict verdict = file_verdict(file.value, check.weight, check.reverse);
    const auto& core = fleet_->service(place.service);
    const bool was_up = core.checker(place.server, place.checker).up;
    if (was_up != verdict.up) {
        fleet_->detail(fmt::format("({}): tracked file {} {} FAULT state",
                                   core.config().servers[place.server].name, file.name,
                                   verdict.up ? "leaving" : "now"));
    }
    if (verdict.up) {
        fleet_->external_contribution(place.service, place.server, place.checker, verdict.contribution);
    }
    fleet_->external_result(place.service, place.server, place.checker, verdict.up);
}

void ExternalChecks::bfd_changed(const std::string& name, bool up) {
    if (fleet_ == nullptr) return;
    for (const Session& session : sessions_) {
        if (session.name != name) continue;
        for (const CheckPlace& place : session.users) {
            logging::info("BFD check of [{}] RS({}) is {}", name,
                          fleet_->service(place.service).config().servers[place.server].name,
                          up ? "UP" : "DOWN");
            fleet_->external_result(place.service, place.server, place.checker, up);
        }
    }
}

}  // namespace check
