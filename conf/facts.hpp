// Facts: everything the reader looks up on the host. Looked up once, by the supervisor; recorded into the
// generation; replayed by every other process, which looks nothing up (decisions.md §3).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/script.hpp"
#include "lib/net/address.hpp"

namespace conf {

struct HostName {
    std::string node;       ///< uname
    std::string canonical;  ///< getaddrinfo's canonical name of it; "[unknown]" when that fails
};

struct User {
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> groups;  ///< supplementary
};

/// Who runs the reader.
struct Caller {
    std::uint32_t uid = 0, gid = 0;
    std::string login;  ///< name of the uid; its number when it has none
};

enum class FileType : std::uint8_t { none, regular, directory, fifo, symlink, other };

struct FileFact {
    FileType type = FileType::none;  ///< of the file itself, links not followed
    int error = 0;                   ///< errno of lstat
    std::uint32_t mode = 0, uid = 0, gid = 0;
};

struct ResolvedHost {
    net::IpAddress address;
    std::string interface;  ///< of fe80::1%eth0, as written there; else empty
};

struct Interface {
    std::string name;
    std::uint32_t index = 0;
    std::uint32_t mtu = 0;
    std::uint16_t type = 0;    ///< ARPHRD_*
    std::uint32_t flags = 0;   ///< IFF_*
    std::string kind;          ///< rtnetlink's: "", "vlan", "macvlan", "ipvlan", "bridge", "vrf", …
    std::uint32_t link = 0;    ///< index of the interface below, 0 = none
    std::uint32_t master = 0;  ///< index of the bridge, bond or VRF, 0 = none
    net::LinkAddress address;
    std::vector<net::Prefix> addresses;

    bool is_loopback() const;
    friend bool operator==(const Interface&, const Interface&) = default;
};

/// Names of iproute2 (conf-global.md §6).
enum class NameTable : std::uint8_t { table, dsfield, realm, protocol, group, scope, address_protocol };

struct ScriptQuestion {
    std::string command;  ///< argv[0] as written
    std::uint32_t uid = 0, gid = 0;
    std::vector<std::uint32_t> groups;
    bool use_symlink_paths = false;
};

/// What the host says about a script (conf-global.md §7.2), whatever enable_script_security is.
struct ScriptFact {
    enum class State : std::uint8_t { executable, not_in_path, inaccessible, not_executable };
    State state = State::executable;
    int error = 0;          ///< errno, when inaccessible
    std::string cleaned;    ///< the configured path without //, /./, /../; found in PATH when it had no '/'
    std::string path;       ///< what is executed: resolved, or `cleaned` with use_symlink_paths
    bool insecure = false;  ///< root would run it and somebody else may write it or a directory above
    std::string insecure_path;  ///< the part that is at fault
};

/// Typed questions over one generic store of question and answer texts; safe to keep for a generation's life.
class HostFacts {
  public:
    virtual ~HostFacts() = default;

    HostName host_name() const;
    Caller caller() const;
    std::optional<User> user(std::string_view name) const;
    std::optional<std::uint32_t> group(std::string_view name) const;
    ScriptFact script(const ScriptQuestion& question) const;
    FileFact file(std::string_view path) const;
    /// The text of a small file which holds a secret (an HMAC key); nothing when it cannot be read. Observers get a
    /// mask instead.
    std::optional<std::string> secret(std::string_view path) const;
    /// First address of a host name, or of an address with a scope; nothing when it cannot be resolved.
    std::optional<ResolvedHost> resolve(std::string_view host) const;
    /// Whether this is a directory or one can be made there: 0, EEXIST for another kind of file, or what mkdir() says.
    int directory_error(std::string_view path) const;
    std::uint32_t online_cpus() const;
    /// A name of iproute2's files or a built-in one; numbers are the caller's affair.
    std::optional<std::uint32_t> number_of(NameTable table, std::string_view name, std::string_view usr_dir,
                                           std::string_view etc_dir) const;
    /// The interfaces of a network namespace ("" = ours), in order of index; nothing when it cannot be
    /// entered. The vector is kept: the pointer stays valid as long as the facts.
    const std::vector<Interface>* interfaces(std::string_view net_namespace) const;
    /// By name, hashed; nullptr = does not exist.
    const Interface* interface(std::string_view net_namespace, std::string_view name) const;

  protected:
    /// The answer to a question, both texts of fields separated by NUL. "" = no answer.
    virtual std::string answer(const std::string& question) const = 0;

  private:
    struct InterfaceList;
    const InterfaceList* interface_list(std::string_view net_namespace) const;
    mutable std::map<std::string, std::shared_ptr<const InterfaceList>, std::less<>> interfaces_;
};

/// Question → answer, as stored in a generation.
using FactTable = std::map<std::string, std::string, std::less<>>;

/// Asks the host, remembers every answer.
class LiveFacts : public HostFacts {
  public:
    const FactTable& recorded() const { return recorded_; }
    /// Whether the host would answer all of these questions as it did then.
    bool still_answer(const FactTable& before) const;

  protected:
    std::string answer(const std::string& question) const override;
    /// Without the memory; a test replaces some of the answers.
    virtual std::string look_up(const std::string& question) const;

  private:
    mutable FactTable recorded_;
};

/// Replays.
class RecordedFacts : public HostFacts {
  public:
    explicit RecordedFacts(FactTable table) : table_(std::move(table)) {}

  protected:
    std::string answer(const std::string& question) const override;

  private:
    FactTable table_;
};

/// The answer to the question for interfaces, for tests which invent them.
std::string interfaces_question(std::string_view net_namespace);
std::string encode_interfaces(const std::vector<Interface>& interfaces);

}  // namespace conf
