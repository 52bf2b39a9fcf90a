// The whole way from files to a model, for those outside conf/: read (supervisor, -t), seal, parse again (children).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "conf/diagnostic.hpp"
#include "conf/facts.hpp"
#include "conf/model.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace conf {

struct ReadOptions {
    std::string pattern = "/etc/keepalived/keepalived.conf";  ///< -f, may be a glob
    std::string config_id;                                    ///< -i; empty = host name up to the first dot
    bool all_config = false;                                  ///< -e
    bool config_test = false;  ///< -t: lenient numbers are errors, files are not created
    /// Complain also of lines which only the reference misreads, behind an unknown block; take its status (-t).
    bool reference_complaints = false;
    bool judge_only = false;  ///< nothing will run the model: its hash is not made
    bool is_reload = false;
    std::string net_namespace;  ///< -s, wins over the keyword
    /// A reload: what is in force. When neither the text nor the host's answers differ from it, and there is nothing to
    /// say, what is read is `same_as_running` and has no model.
    const struct Generation* running = nullptr;
};

/// The outcome of reading: the text every process parses, where each byte of it came from, what was looked up on the
/// host, the model, and everything there is to say about it.
struct Generation {
    std::uint32_t number = 0;
    Model model;
    Diagnostics diagnostics;
    std::uint64_t model_hash = 0, lvs_hash = 0;  ///< model_hash.hpp; the second is part of the first
    bool main_file_missing =
        false;  ///< missing, unreadable, directory, FIFO, executable: run mode exits 6, -t 4
    bool same_as_running = false;  ///< see ReadOptions::running

    struct Sealed;  ///< expanded text, position table, facts
    std::shared_ptr<const Sealed> sealed;
};

/// Reads, expands, parses, looks up, checks. Never throws on what a file says; always returns.
Generation read(const ReadOptions& options);
/// The same with a host of the caller's: tests.
Generation read(const ReadOptions& options, const LiveFacts& facts);

/// One sealed memfd (decisions.md §3). @param redact  for observers: secrets replaced by "********"
Result<UniqueFd> seal(const Generation& generation, bool redact);

enum class Wanted : std::uint8_t { everything, all_but_lvs };
/// What a child does with the descriptor: parse the very same bytes, look nothing up. Maps, does not take ownership.
/// @param wanted  all_but_lvs: virtual servers are passed over and stay out of the model, as if there were none
Result<Generation> open_sealed(int fd, Wanted wanted = Wanted::everything);

/// The expanded configuration as text (config_save_dir, keepalivedctl).
std::string expanded_text(const Generation& generation);

/// "/" and the like: what may not change at a reload (conf-global.md §2.11); empty = nothing, else the log line.
std::string unchangeable_difference(const Model& running, const Model& next);

}  // namespace conf
