// The control channel between the supervisor and its children: fixed structs over SOCK_SEQPACKET, descriptors
// by SCM_RIGHTS (decisions.md §1, §3). Descriptor 3 of a child is its end.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/process/role.hpp"
#include "lib/process/unique_fd.hpp"
#include "lib/result.hpp"

namespace control {

inline constexpr int kChildDescriptor = 3;
inline constexpr std::uint32_t kProtocolVersion = 1;

enum class Kind : std::uint8_t {
    hello = 1,  ///< both ways, first message: build id and role; to the child also pid = supervisor,
                ///< descriptor = its locked pid file (observers: none), text = the path of that file
    prepare,    ///< supervisor → child: generation descriptors, text = process name; nothing changes yet
    prepared,   ///< child → supervisor: model hash
    refused,    ///< child → supervisor: text = reason
    commit,     ///< supervisor → child: the prepared generation is in force
    committed,  ///< child → supervisor
    abort,      ///< supervisor → child: forget the prepared generation
    dump,       ///< see below
    done,       ///< answer to dump, set
    set,        ///< run-time control: object, field, value
    release,    ///< supervisor → child: read the board, send priority 0, remove kernel objects, exit
    stop,       ///< supervisor → child: clean stop (SIGTERM does the same)
    ping,       ///< watchdog; answered by pong
    pong,
    log,  ///< report → supervisor → child `role`: a line to be logged there
};

// A dump, step by step (decisions.md §8):
//   child → supervisor   dump{role: its own, dump, pid}; its rows are published before
//   supervisor → report  dump{role: whose, dump, pid: of that process, value: number of the request}, descriptor:
//                        the file, empty, write-only; with Dump::conf none: the text goes into the log under the ident
//                        and pid of that process. role = supervisor: keepalived_parent.data
//   report → supervisor  done{value} once the file is complete: it gets its name; refused{value, text}: removed
//   supervisor → child   with Dump::stats_clear: done{dump} or refused{dump}; after `done` the child moves its
//                        baseline to what it had published

enum class Dump : std::uint8_t { data = 1, stats, stats_clear, json, conf };

/// Descriptors that travel with `prepare`, in this order. To an observer: the generation (redacted), then, read-only,
/// the boards of vrrp, checker, bfd and lagg, always all four; one without tables where there is no such child.
/// To vrrp and checker after these: notify_fifo, then vrrp_notify_fifo or lvs_notify_fifo (those that are configured), and
/// with net_namespace_ipvs a generic netlink socket opened in that namespace.
enum class PrepareFd : std::uint8_t {
    generation = 0,  ///< sealed memfd of the configuration
    board = 1,       ///< this child's board, read-write
    old_board =
        2,  ///< board of the predecessor or of the old generation, for adoption; absent with Adopt::none.
            ///< After a crash it is the very same board as `board`: its rows hold the predecessor's state
};

/// Process-wide options every child needs before its first log line; sent with the supervisor's hello.
struct Options {
    std::uint8_t log_facility = 3;        ///< LOG_DAEMON >> 3
    std::uint8_t detail = 0;              ///< number of -D
    std::uint8_t console = 0;             ///< -l together with -n
    std::uint8_t no_syslog = 0;           ///< -G
    std::uint8_t dont_release_vrrp = 0;   ///< -V
    std::uint8_t release_vips = 0;        ///< -X
    std::uint8_t dont_release_ipvs = 0;   ///< -I
    std::uint8_t dump_conf = 0;           ///< -d
    std::uint8_t ignore_sigint = 0;       ///< --ignore-sigint
    std::uint8_t address_monitoring = 0;  ///< -a
    std::uint8_t snmp = 0;                ///< -x
    std::uint8_t debug = 0;
    std::uint32_t umask = 0177;
    std::uint64_t script_core_soft = 0;  ///< RLIMIT_CORE before -m: what scripts get back
    std::uint64_t script_core_hard = 0;
    std::array<char, 64> ident_suffix{};  ///< "_nsA_inst1"
};

/// One message. The text is zero-terminated; a longer one is cut.
struct Message {
    std::uint32_t version = kProtocolVersion;
    Kind kind = Kind::hello;
    Role role = Role::supervisor;
    Dump dump = Dump::data;
    Adopt adopt = Adopt::none;
    std::uint32_t generation = 0;
    std::uint32_t pid = 0;
    std::uint64_t hash = 0;  ///< model hash; build id in hello
    std::uint32_t value = 0;
    std::uint32_t flags = 0;  ///< kNoSwap, kSameText in prepare
    Options options{};
    std::array<char, 512> text{};

    void set_text(std::string_view words);
    std::string_view text_view() const;
};

// No padding: nothing of the sender's stack travels to an unprivileged observer.
static_assert(std::has_unique_object_representations_v<Message>);

/// prepare: the child locks its memory (vrrp_no_swap and the like) when it commits.
inline constexpr std::uint32_t kNoSwap = 1U << 0;
/// prepare: the text is the one which this child has in force, word for word, and the host says the same about it.
inline constexpr std::uint32_t kSameText = 1U << 1;

inline constexpr std::size_t kMaxDescriptors = 8;

struct Received {
    Message message;
    std::vector<UniqueFd> descriptors;
};

/// One end of a channel. Non-blocking.
class Channel {
  public:
    Channel() = default;
    explicit Channel(UniqueFd fd) : fd_(std::move(fd)) {}

    /// A connected pair: {supervisor's end, child's end}, both CLOEXEC.
    static Result<std::pair<Channel, Channel>> pair();

    int fd() const { return fd_.get(); }
    explicit operator bool() const { return static_cast<bool>(fd_); }
    UniqueFd release() { return std::move(fd_); }

    Result<> send(const Message& message, std::span<const int> descriptors = {});
    /// nullopt: nothing there now. Error code ECONNRESET: the other end is gone. A message of another size or
    /// version is an error.
    Result<std::optional<Received>> receive();

  private:
    UniqueFd fd_;
};

/// Identity of this build, the same in all executables of one build.
std::uint64_t build_id();

}  // namespace control
