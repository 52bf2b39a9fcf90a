// The words in which a change of state is told: FIFO lines, script arguments, mails (vrrp-behaviour.md §10,
// conf-global.md §5.3). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/smtp/settings.hpp"
#include "vrrp/protocol/router.hpp"

namespace vrrp::notify {

/// MASTER, BACKUP, FAULT, STOP, DELETED; empty for states nobody is told.
std::string_view word_of(protocol::State state);
/// The word of a FIFO line: for notices other than state MASTER_RX_LOWER_PRI, MASTER_PRIORITY, BACKUP_PRIORITY.
std::string_view fifo_word_of(protocol::Notice notice, protocol::State state);

/// `INSTANCE "NAME" WORD PRIORITY\n`
std::string instance_line(std::string_view name, std::string_view word, std::uint8_t priority);
/// `GROUP "NAME" WORD 0\n`
std::string group_line(std::string_view name, std::string_view word);

/// nullopt: no mail tells of this state.
std::optional<smtp::Mail> instance_mail(std::string_view name, protocol::State state);
std::optional<smtp::Mail> group_mail(std::string_view name, protocol::State state);

}  // namespace vrrp::notify
