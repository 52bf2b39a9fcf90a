#include "vrrp/notify/texts.hpp"

#include <fmt/format.h>

namespace vrrp::notify {

using protocol::Notice;
using protocol::State;

std::string_view word_of(State state) { return state == State::init ? "" : protocol::name_of(state); }

std::string_view fifo_word_of(Notice notice, State state) {
    if (notice == Notice::master_rx_lower_pri) return "MASTER_RX_LOWER_PRI";
    if (notice == Notice::priority && state == State::master) return "MASTER_PRIORITY";
    if (notice == Notice::priority && state == State::backup) return "BACKUP_PRIORITY";
    return word_of(state);
}

std::string instance_line(std::string_view name, std::string_view word, std::uint8_t priority) {
    return fmt::format("INSTANCE \"{}\" {} {}\n", name, word, priority);
}

std::string group_line(std::string_view name, std::string_view word) {
    return fmt::format("GROUP \"{}\" {} 0\n", name, word);
}

std::optional<smtp::Mail> instance_mail(std::string_view name, State state) {
    const auto subject = [&](std::string_view rest) {
        return fmt::format("VRRP Instance {} - {}", name, rest);
    };
    const auto entering = [&] { return subject(fmt::format("Entering {} state", word_of(state))); };
    switch (state) {
        case State::master:
            return smtp::Mail{entering(), "=> VRRP Instance is now owning VRRP VIPs <="};
        case State::backup:
        case State::fault:
            return smtp::Mail{entering(), "=> VRRP Instance is no longer owning VRRP VIPs <="};
        case State::stop:
            return smtp::Mail{subject("Stopping"), "=> VRRP Instance stopping <="};
        case State::deleted:
            return smtp::Mail{subject("Deleted"), "=> VRRP Deleted at reload <="};
        case State::init:
            break;
    }
    return std::nullopt;
}

std::optional<smtp::Mail> group_mail(std::string_view name, State state) {
    switch (state) {
        case State::master:
        case State::backup:
        case State::fault:
            return smtp::Mail{
                fmt::format("VRRP Group {} - Entering {} state", name, word_of(state)),
                fmt::format("=> All VRRP group instances are now in {} state <=", word_of(state))};
        case State::stop:
            return smtp::Mail{fmt::format("VRRP Group {} - Stopping", name),
                              "=> All VRRP group instances are now stopping <="};
        case State::deleted:
        case State::init:
            break;
    }
    return std::nullopt;
}

}  // namespace vrrp::notify
